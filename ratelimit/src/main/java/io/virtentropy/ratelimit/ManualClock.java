package io.virtentropy.ratelimit;

/**
 * A clock that stands still until it is told to move: the clock of tests and of emulators that
 * count guest instructions.
 *
 * <p>Not safe for use by several threads at once.
 */
public final class ManualClock implements NanoClock {
  private long now;

  /** Creates a clock that reads zero. */
  public ManualClock() {
    this(0);
  }

  /**
   * Creates a clock that reads a given instant.
   *
   * @param startNanos the first reading, any value
   */
  public ManualClock(long startNanos) {
    this.now = startNanos;
  }

  @Override
  public long nanoTime() {
    return now;
  }

  /**
   * Moves the clock forward.
   *
   * @param nanos how far, 0 or more
   * @throws IllegalArgumentException if {@code nanos} is negative
   */
  public void advance(long nanos) {
    if (nanos < 0) {
      throw new IllegalArgumentException(
          "a monotonic clock can't go back: " + nanos + " ns; 0 or more is accepted");
    }
    now += nanos;
  }
}
