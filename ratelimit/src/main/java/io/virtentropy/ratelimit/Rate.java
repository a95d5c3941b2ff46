package io.virtentropy.ratelimit;

import java.math.BigInteger;

/**
 * A rate that holds in the long run and a burst that may go beyond it: the numbers of one token
 * bucket. In any time t at most {@code burst + tokens·t/periodNanos} tokens, rounded up, can be
 * had.
 *
 * <p>A token is a byte, or an operation, according to where the rate is used.
 *
 * @param tokens how many tokens come in a period, 1 to 2<sup>63</sup>-1
 * @param periodNanos the period in nanoseconds, 1 to 2<sup>63</sup>-1; tokens come evenly within it
 * @param burst how many tokens can be saved up, 1 to 2<sup>63</sup>-1
 */
public record Rate(long tokens, long periodNanos, long burst) {
  private static final long NANOS_PER_SECOND = 1_000_000_000;

  /**
   * Checks the numbers.
   *
   * @param tokens how many tokens come in a period, 1 to 2<sup>63</sup>-1
   * @param periodNanos the period in nanoseconds, 1 to 2<sup>63</sup>-1
   * @param burst how many tokens can be saved up, 1 to 2<sup>63</sup>-1
   * @throws IllegalArgumentException if one is out of its range; says what was given and what is
   *     accepted
   */
  public Rate {
    requirePositive("tokens per period", tokens);
    requirePositive("period in nanoseconds", periodNanos);
    requirePositive("burst", burst);
  }

  /**
   * A rate per second with a burst of one second's worth.
   *
   * @param tokens how many tokens come in a second, 1 to 2<sup>63</sup>-1
   * @return the rate
   * @throws IllegalArgumentException if {@code tokens} is not positive
   */
  public static Rate perSecond(long tokens) {
    return new Rate(tokens, NANOS_PER_SECOND, tokens);
  }

  /**
   * The rate of a quota, with a burst of one quota.
   *
   * @param quota so many bytes per period
   * @return the rate in bytes
   */
  public static Rate of(Quota quota) {
    return new Rate(quota.maxBytes(), quota.periodNanos(), quota.maxBytes());
  }

  /**
   * The same rate with another burst.
   *
   * @param newBurst how many tokens can be saved up, 1 to 2<sup>63</sup>-1
   * @return the rate
   * @throws IllegalArgumentException if {@code newBurst} is not positive
   */
  public Rate withBurst(long newBurst) {
    return new Rate(tokens, periodNanos, newBurst);
  }

  /**
   * Compares the long-run rates exactly; bursts don't matter.
   *
   * @param other another rate
   * @return whether this one brings no more tokens than the other in a long time
   */
  public boolean isAtMost(Rate other) {
    return BigInteger.valueOf(tokens)
            .multiply(BigInteger.valueOf(other.periodNanos))
            .compareTo(BigInteger.valueOf(other.tokens).multiply(BigInteger.valueOf(periodNanos)))
        <= 0;
  }

  private static void requirePositive(String name, long value) {
    if (value < 1) {
      throw new IllegalArgumentException(
          name + " is " + value + "; 1 to 9223372036854775807 (2^63-1) is accepted");
    }
  }
}
