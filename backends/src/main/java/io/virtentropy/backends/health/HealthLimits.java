package io.virtentropy.backends.health;

/**
 * The cut-offs of the continuous health tests, computed from what a source claims of itself.
 *
 * <p>Both follow from the claimed min-entropy per byte, H, and the chance α that a test fails on a
 * source that is exactly as good as it claims (SP 800-90B §4.4):
 *
 * <ul>
 *   <li>repetition count: 1 + ⌈-log₂ α / H⌉ bytes the same in a row;
 *   <li>adaptive proportion: 1 + critbinom({@value #WINDOW}, 2^-H, 1 - α), where that is the least
 *       number that a binomial variable stays below or at with a chance of 1 - α: so often may the
 *       first byte of a window of {@value #WINDOW} stand in it.
 * </ul>
 *
 * @param repetitions the repetition count at which a source fails
 * @param proportion the count in a window at which a source fails
 */
public record HealthLimits(int repetitions, int proportion) {
  /** The bytes of a window of the adaptive proportion test, as SP 800-90B has it for bytes. */
  public static final int WINDOW = 512;

  /**
   * The chance of a false alarm, as a power of two: 2^-30 for each byte, or for each window. SP
   * 800-90B recommends 2^-20 to 2^-40. A source that is as good as its claim, no better, and gives
   * 1 kB/s raises one in twelve days.
   */
  public static final int ALPHA_LOG2 = -30;

  /** The least claim that is accepted, in bits per byte. */
  public static final double LEAST_CLAIM = 0.1;

  /**
   * The limits for a claim, with the false-alarm chance of {@link #ALPHA_LOG2}.
   *
   * @param bitsPerByte the claimed min-entropy, {@value #LEAST_CLAIM} to 8
   * @return the limits
   */
  public static HealthLimits of(double bitsPerByte) {
    return of(bitsPerByte, ALPHA_LOG2);
  }

  /**
   * The limits for a claim.
   *
   * @param bitsPerByte the claimed min-entropy, {@value #LEAST_CLAIM} to 8
   * @param alphaLog2 the chance of a false alarm, as a power of two: -40 to -10
   * @return the limits
   * @throws IllegalArgumentException if either is out of its range
   */
  public static HealthLimits of(double bitsPerByte, int alphaLog2) {
    if (!(bitsPerByte >= LEAST_CLAIM && bitsPerByte <= 8)) {
      throw new IllegalArgumentException(
          "a min-entropy of "
              + bitsPerByte
              + " bits per byte; "
              + LEAST_CLAIM
              + " to 8 is accepted");
    }
    if (alphaLog2 < -40 || alphaLog2 > -10) {
      throw new IllegalArgumentException(
          "a false-alarm chance of 2^" + alphaLog2 + "; 2^-40 to 2^-10 is accepted");
    }
    int repetitions = 1 + (int) Math.ceil(-alphaLog2 / bitsPerByte);
    return new HealthLimits(
        repetitions, 1 + critbinom(Math.pow(2, -bitsPerByte), Math.pow(2, alphaLog2)));
  }

  /** The least k for which more than k of {@link #WINDOW} has a chance of at most alpha. */
  private static int critbinom(double p, double alpha) {
    // Summed from the smallest term up, which loses nothing; alpha is far from what a double ends
    // at.
    double tail = 0;
    for (int k = WINDOW; k > 0; k--) {
      tail += chanceOf(k, p);
      if (tail > alpha) {
        return k;
      }
    }
    return 0;
  }

  /** The chance that exactly k of {@link #WINDOW} bytes are the one whose chance is p. */
  private static double chanceOf(int k, double p) {
    double log = k * Math.log(p) + (WINDOW - k) * Math.log1p(-p);
    for (int i = 1; i <= k; i++) {
      log += Math.log((double) (WINDOW - k + i) / i);
    }
    return Math.exp(log);
  }
}
