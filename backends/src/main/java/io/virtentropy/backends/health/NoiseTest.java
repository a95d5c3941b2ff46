package io.virtentropy.backends.health;

/**
 * The two continuous health tests of SP 800-90B §4.4 on one stream of bytes: repetition count, over
 * all of it, and adaptive proportion, window by window. For one thread at a time.
 */
public final class NoiseTest {
  /** What a test found. */
  public enum Outcome {
    /** Nothing. */
    PASSED,
    /** Too many bytes the same in a row. */
    REPETITION,
    /** One byte too often in a window. */
    PROPORTION
  }

  private static final int NONE = 1000;

  private final HealthLimits limits;

  /** The last byte; a number that is none at the beginning. */
  private int last = NONE;

  private int repeated;

  /**
   * Starts with an empty stream.
   *
   * @param limits the cut-offs
   */
  public NoiseTest(HealthLimits limits) {
    this.limits = limits;
  }

  /**
   * Tests the next window of the stream.
   *
   * @param window {@link HealthLimits#WINDOW} bytes or more, of which the first so many are tested
   * @return what was found; after anything but {@code PASSED} the stream is to be given up
   */
  public Outcome test(byte[] window) {
    byte first = window[0];
    int found = 0;
    for (int i = 0; i < HealthLimits.WINDOW; i++) {
      byte next = window[i];
      repeated = next == last ? repeated + 1 : 1;
      last = next;
      if (repeated >= limits.repetitions()) {
        return Outcome.REPETITION;
      }
      if (next == first && ++found >= limits.proportion()) {
        return Outcome.PROPORTION;
      }
    }
    return Outcome.PASSED;
  }

  /** Forgets the stream: the next window is the first of another. */
  public void reset() {
    last = NONE;
    repeated = 0;
  }
}
