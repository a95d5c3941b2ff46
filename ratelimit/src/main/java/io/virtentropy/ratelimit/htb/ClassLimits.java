package io.virtentropy.ratelimit.htb;

import io.virtentropy.ratelimit.Rate;
import java.math.BigInteger;

/**
 * The parameters of one class of a {@link HierarchicalTokenBucket}.
 *
 * <pre>{@code
 * ClassLimits.of(Rate.perSecond(1024)).withPeak(Rate.perSecond(4096)).withPriority(1)
 * }</pre>
 *
 * @param rate the sustained rate in bytes with its burst; null for none, which {@link
 *     Policy#BORROW} accepts at the root only
 * @param peak the peak rate in bytes with its burst, not below {@code rate}; null for no second
 *     bucket under {@link Policy#PATH} and for {@code rate} itself, so that the class never
 *     borrows, under {@link Policy#BORROW} (as {@code tc} has it)
 * @param priority who among waiting leaves is served first, 0 (best) to 7; 0 for an inner class
 * @param quantum how many bytes the class is served in one turn while siblings of its priority wait
 *     too, 1 to 2<sup>63</sup>-1: shares are in proportion to it. A waiting leaf is remembered for
 *     16 quanta, so it should be no less than a sixteenth of what may come while a leaf is away
 */
public record ClassLimits(Rate rate, Rate peak, int priority, long quantum) {
  /** The worst priority. */
  public static final int MAX_PRIORITY = 7;

  /** The least quantum given by default: what a Linux guest asks for at once. */
  static final long LEAST_DEFAULT_QUANTUM = 64;

  /** The greatest quantum given by default: more at once would make siblings wait for long. */
  static final long GREATEST_DEFAULT_QUANTUM = 65_536;

  /** The quantum of a class without a rate. */
  static final long QUANTUM_WITHOUT_RATE = 1024;

  /** How long a turn of the default quantum lasts: Linux's {@code r2q} of 10 turns a second. */
  private static final BigInteger NANOS_PER_TURN = BigInteger.valueOf(100_000_000);

  /** No limit at all, and the best priority. */
  public static final ClassLimits NONE = new ClassLimits(null, null, 0, QUANTUM_WITHOUT_RATE);

  /**
   * Checks the numbers.
   *
   * @param rate the sustained rate, or null
   * @param peak the peak rate, or null
   * @param priority 0 to 7
   * @param quantum bytes, 1 to 2<sup>63</sup>-1
   * @throws IllegalArgumentException if they don't fit together; says what was given and what is
   *     accepted
   */
  public ClassLimits {
    if (priority < 0 || priority > MAX_PRIORITY) {
      throw new IllegalArgumentException(
          "priority is " + priority + "; 0 (best) to " + MAX_PRIORITY + " is accepted");
    }
    if (quantum < 1) {
      throw new IllegalArgumentException(
          "quantum is " + quantum + " bytes; 1 to 9223372036854775807 (2^63-1) is accepted");
    }
    if (rate != null && peak != null && !rate.isAtMost(peak)) {
      throw new IllegalArgumentException(
          "the peak rate "
              + peak
              + " is below the sustained "
              + rate
              + "; at least that is accepted");
    }
  }

  /**
   * A sustained rate, no peak rate, the best priority, and a quantum of a tenth of a second's bytes
   * but at least 64 and at most 65,536.
   *
   * @param rate bytes
   * @return the parameters
   */
  public static ClassLimits of(Rate rate) {
    BigInteger quantum =
        BigInteger.valueOf(rate.tokens())
            .multiply(NANOS_PER_TURN)
            .divide(BigInteger.valueOf(rate.periodNanos()))
            .max(BigInteger.valueOf(LEAST_DEFAULT_QUANTUM))
            .min(BigInteger.valueOf(GREATEST_DEFAULT_QUANTUM));
    return new ClassLimits(rate, null, 0, quantum.longValueExact());
  }

  /**
   * The same with another peak rate.
   *
   * @param newPeak bytes, or null for none
   * @return the parameters
   */
  public ClassLimits withPeak(Rate newPeak) {
    return new ClassLimits(rate, newPeak, priority, quantum);
  }

  /**
   * The same with another priority.
   *
   * @param newPriority 0 (best) to 7
   * @return the parameters
   */
  public ClassLimits withPriority(int newPriority) {
    return new ClassLimits(rate, peak, newPriority, quantum);
  }

  /**
   * The same with another quantum.
   *
   * @param newQuantum bytes, 1 to 2<sup>63</sup>-1
   * @return the parameters
   */
  public ClassLimits withQuantum(long newQuantum) {
    return new ClassLimits(rate, peak, priority, newQuantum);
  }
}
