package io.virtentropy.ratelimit;

/** The argument checks that every limiter shares, so that they read alike. */
final class Amounts {
  private Amounts() {}

  static long requirePositive(long bytes) {
    if (bytes <= 0) {
      throw new IllegalArgumentException(bytes + " bytes asked for; 1 or more is accepted");
    }
    return bytes;
  }

  static void requireRange(long least, long wanted) {
    if (least < 1 || least > wanted) {
      throw new IllegalArgumentException(
          "at least " + least + " of " + wanted + " bytes asked for; 1 to that many is accepted");
    }
  }

  static long requireNotNegative(long bytes) {
    if (bytes < 0) {
      throw new IllegalArgumentException(bytes + " bytes given back; 0 or more is accepted");
    }
    return bytes;
  }
}
