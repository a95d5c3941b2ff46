package io.virtentropy.distribution.rng;

import java.util.OptionalLong;

/**
 * A limit for one guest: libvirt's {@code <rate>}, which becomes QEMU's {@code max-bytes} and
 * {@code period}. Both numbers have 32 bits in libvirt.
 *
 * @param bytes how many bytes in a period, 1 to 2<sup>32</sup>-1
 * @param periodMillis the period in milliseconds, 1 to 2<sup>32</sup>-1; absent means {@link
 *     #DEFAULT_PERIOD_MILLIS}
 */
public record RngRate(long bytes, OptionalLong periodMillis) {
  /** What libvirt gives to QEMU where no period stands; QEMU's own default is 65,536. */
  public static final long DEFAULT_PERIOD_MILLIS = 1000;

  private static final long MAX = 0xffff_ffffL;

  /**
   * Checks the numbers.
   *
   * @param bytes how many bytes in a period, 1 to 2<sup>32</sup>-1
   * @param periodMillis the period in milliseconds, 1 to 2<sup>32</sup>-1, or absent
   * @throws IllegalArgumentException if one is out of its range
   */
  public RngRate {
    requireInRange("bytes", bytes);
    if (periodMillis.isPresent()) {
      requireInRange("period", periodMillis.getAsLong());
    }
  }

  /** {@return the period in force, in milliseconds} */
  public long effectivePeriodMillis() {
    return periodMillis.orElse(DEFAULT_PERIOD_MILLIS);
  }

  private static void requireInRange(String what, long value) {
    if (value < 1 || value > MAX) {
      throw new IllegalArgumentException(
          "the rate's " + what + " is " + value + "; 1 to " + MAX + " is accepted");
    }
  }
}
