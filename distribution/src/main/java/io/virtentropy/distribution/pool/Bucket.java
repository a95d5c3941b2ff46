package io.virtentropy.distribution.pool;

import io.virtentropy.ratelimit.Rate;
import java.util.OptionalLong;

/**
 * One limit of a class or a source: {@code <rate>} or {@code <peak>}.
 *
 * @param bytes how many bytes come in a period, 1 to 2<sup>53</sup>
 * @param periodMillis the period in milliseconds, 1 to 2<sup>32</sup>-1; absent means {@link
 *     #DEFAULT_PERIOD_MILLIS}
 * @param burst how many bytes can be saved up, 1 to 2<sup>53</sup>; absent means a period's, and at
 *     least {@link #LEAST_DEFAULT_BURST}
 */
public record Bucket(long bytes, OptionalLong periodMillis, OptionalLong burst) {
  /** The period where none stands, as in libvirt's {@code <rate>}. */
  public static final long DEFAULT_PERIOD_MILLIS = 1000;

  /** A whole request of the EGD protocol, so that any can be granted at once. */
  public static final long LEAST_DEFAULT_BURST = 255;

  /** What JSON and XML tools keep exactly: 2<sup>53</sup>. */
  static final long MAX_BYTES = 1L << 53;

  private static final long MAX_PERIOD_MILLIS = 0xffff_ffffL;
  private static final long NANOS_PER_MILLI = 1_000_000;

  /**
   * Checks the numbers.
   *
   * @param bytes how many bytes come in a period
   * @param periodMillis the period in milliseconds, or absent
   * @param burst how many bytes can be saved up, or absent
   * @throws IllegalArgumentException if one is out of its range
   */
  public Bucket {
    requireInRange("bytes", bytes, MAX_BYTES);
    if (periodMillis.isPresent()) {
      requireInRange("period", periodMillis.getAsLong(), MAX_PERIOD_MILLIS);
    }
    if (burst.isPresent()) {
      requireInRange("burst", burst.getAsLong(), MAX_BYTES);
    }
  }

  private static void requireInRange(String what, long value, long most) {
    if (value < 1 || value > most) {
      throw new IllegalArgumentException(what + " is " + value + "; 1 to " + most + " is accepted");
    }
  }

  /** {@return the period in force, in milliseconds} */
  public long effectivePeriodMillis() {
    return periodMillis.orElse(DEFAULT_PERIOD_MILLIS);
  }

  /** {@return the burst in force, in bytes} */
  public long effectiveBurst() {
    return burst.orElse(Math.max(LEAST_DEFAULT_BURST, bytes));
  }

  /** {@return the same as the limiters have it} */
  public Rate toRate() {
    return new Rate(bytes, effectivePeriodMillis() * NANOS_PER_MILLI, effectiveBurst());
  }
}
