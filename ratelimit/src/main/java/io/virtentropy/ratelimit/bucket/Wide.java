package io.virtentropy.ratelimit.bucket;

import java.math.BigInteger;

/** The two operations on 128-bit numbers that take more than a line. */
final class Wide {
  private static final long LOW_HALF = 0xffff_ffffL;

  private Wide() {}

  /**
   * Divides an unsigned 128-bit number, where the quotient fits into 64 bits.
   *
   * @param hi the upper half, at least 0 and less than {@code divisor}
   * @param lo the lower half, unsigned
   * @param divisor 1 to 2<sup>63</sup>-1
   * @return the quotient rounded down, unsigned
   */
  static long divide(long hi, long lo, long divisor) {
    if (hi == 0) {
      return Long.divideUnsigned(lo, divisor);
    }
    // Long division in base 2^32 (Knuth, TAOCP vol. 2, 4.3.1, algorithm D, two digits by two).
    // The divisor is shifted up to its highest bit; then a digit that is guessed from the divisor's
    // upper half is at most two too large.
    int shift = Long.numberOfLeadingZeros(divisor);
    long d = divisor << shift;
    long d1 = d >>> 32;
    long d0 = d & LOW_HALF;
    long top = (hi << shift) | (lo >>> (Long.SIZE - shift)); // shift is 1 or more
    long low = lo << shift;
    long q1 = digit(top, low >>> 32, d1, d0);
    // Wraps, and comes out right: the remainder is below d.
    long rest = (top << 32) + (low >>> 32) - q1 * d;
    long q0 = digit(rest, low & LOW_HALF, d1, d0);
    return (q1 << 32) + q0;
  }

  /** One digit of the quotient: (top·2^32 + next) / d, for an unsigned top below d. */
  private static long digit(long top, long next, long d1, long d0) {
    long q = Long.divideUnsigned(top, d1);
    long r = top - q * d1;
    while (q > LOW_HALF || Long.compareUnsigned(q * d0, (r << 32) + next) > 0) {
      q--;
      r += d1;
      if (r > LOW_HALF) {
        break;
      }
    }
    return q;
  }

  static BigInteger toBigInteger(long hi, long lo) {
    BigInteger low = BigInteger.valueOf(lo);
    if (lo < 0) {
      low = low.add(BigInteger.ONE.shiftLeft(Long.SIZE));
    }
    return BigInteger.valueOf(hi).shiftLeft(Long.SIZE).add(low);
  }
}
