package io.virtentropy.ratelimit;

import java.math.BigInteger;

/**
 * So many bytes per period: the two numbers of QEMU's {@code max-bytes} and {@code period} (QEMU
 * 10.0 virtio-rng) and of libvirt's {@code <rate bytes='…' period='…'/>}.
 *
 * <p>QEMU 7.2 also takes {@code max-bytes=0} and makes a device that never answers; it is refused
 * here, as by QEMU since 10.0. What is refused is refused in QEMU 11.1's words, and then ours.
 *
 * @param maxBytes bytes per period, 1 to 2<sup>63</sup>-1
 * @param periodMillis length of the period in milliseconds, 1 to 2<sup>32</sup>-1
 */
public record Quota(long maxBytes, long periodMillis) {
  /** QEMU's default for {@code max-bytes}: as good as no limit. */
  public static final long DEFAULT_MAX_BYTES = Long.MAX_VALUE;

  /** QEMU's default for {@code period}, in milliseconds. */
  public static final long DEFAULT_PERIOD_MILLIS = 65_536;

  /** The longest period, in milliseconds: 49 days and 17 hours. */
  public static final long MAX_PERIOD_MILLIS = 0xffff_ffffL;

  /** What QEMU does when neither number is given. */
  public static final Quota DEFAULT = new Quota(DEFAULT_MAX_BYTES, DEFAULT_PERIOD_MILLIS);

  private static final long NANOS_PER_MILLI = 1_000_000;

  /**
   * Checks both numbers.
   *
   * @param maxBytes bytes per period, 1 to 2<sup>63</sup>-1
   * @param periodMillis length of the period in milliseconds, 1 to 2<sup>32</sup>-1
   * @throws IllegalArgumentException if one is out of its range; says what was given and what is
   *     accepted
   */
  public Quota {
    if (maxBytes < 1) {
      throw maxBytesOutOfRange(Long.toString(maxBytes));
    }
    if (periodMillis < 1 || periodMillis > MAX_PERIOD_MILLIS) {
      throw periodOutOfRange(Long.toString(periodMillis), periodMillis == 0);
    }
  }

  /**
   * Reads both numbers as a person writes them on QEMU's command line: decimal, or hexadecimal
   * after {@code 0x}, without a suffix.
   *
   * @param maxBytes the text after {@code max-bytes=}, or null for the default
   * @param periodMillis the text after {@code period=}, or null for the default
   * @return the quota
   * @throws IllegalArgumentException if one is no such number or out of its range
   */
  public static Quota parse(String maxBytes, String periodMillis) {
    long bytes = DEFAULT_MAX_BYTES;
    if (maxBytes != null) {
      BigInteger given = parseWhole("max-bytes", maxBytes);
      if (given.signum() < 1 || given.bitLength() > 63) {
        throw given.bitLength() > 64
            ? notInteger("max-bytes", maxBytes)
            : maxBytesOutOfRange(maxBytes);
      }
      bytes = given.longValue();
    }
    long millis = DEFAULT_PERIOD_MILLIS;
    if (periodMillis != null) {
      BigInteger given = parseWhole("period", periodMillis);
      if (given.signum() < 1 || given.bitLength() > 32) {
        throw given.bitLength() > 64
            ? notInteger("period", periodMillis)
            : periodOutOfRange(periodMillis, given.signum() == 0);
      }
      millis = given.longValue();
    }
    return new Quota(bytes, millis);
  }

  /**
   * The period in the unit of {@link NanoClock}.
   *
   * @return nanoseconds, 10<sup>6</sup> to about 4.3·10<sup>15</sup>
   */
  public long periodNanos() {
    return periodMillis * NANOS_PER_MILLI;
  }

  private static BigInteger parseWhole(String name, String text) {
    boolean hex = text.startsWith("0x") || text.startsWith("0X");
    String digits = hex ? text.substring(2) : text;
    // BigInteger takes the digits of every script and a sign after 0x; a command line doesn't.
    boolean plain = digits.matches(hex ? "[0-9a-fA-F]{1,64}" : "-?[0-9]{1,64}");
    if (!plain) {
      throw notInteger(name, text);
    }
    return new BigInteger(digits, hex ? 16 : 10);
  }

  private static IllegalArgumentException notInteger(String name, String given) {
    return new IllegalArgumentException(
        "Parameter '"
            + name
            + "' expects integer; '"
            + given
            + "' was given, decimal or 0x… without a suffix is accepted");
  }

  private static IllegalArgumentException maxBytesOutOfRange(String given) {
    return new IllegalArgumentException(
        "'max-bytes' parameter must be positive, and less than 2^63; " + given + " was given");
  }

  private static IllegalArgumentException periodOutOfRange(String given, boolean isZero) {
    return new IllegalArgumentException(
        (isZero
                ? "'period' parameter expects a positive integer; "
                : "Parameter 'period' expects uint32_t; ")
            + given
            + " was given, 1 to 4294967295 ms is accepted");
  }
}
