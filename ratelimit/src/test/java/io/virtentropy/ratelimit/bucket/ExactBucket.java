package io.virtentropy.ratelimit.bucket;

import java.math.BigInteger;

/**
 * The reference for {@link Bucket}: the same rule in numbers without end. Slow and obvious; nothing
 * in it is shared with what it is compared to.
 */
public final class ExactBucket {
  private BigInteger rate;
  private BigInteger period;
  private BigInteger burst;
  private BigInteger parts;
  private BigInteger updatedAt;

  /**
   * A full bucket.
   *
   * @param rate tokens per period
   * @param period nanoseconds
   * @param burst tokens
   * @param now the present instant
   */
  public ExactBucket(long rate, long period, long burst, BigInteger now) {
    configure(rate, period, burst);
    this.parts = this.burst.multiply(this.period);
    this.updatedAt = now;
  }

  private void configure(long newRate, long newPeriod, long newBurst) {
    rate = BigInteger.valueOf(newRate);
    period = BigInteger.valueOf(newPeriod);
    burst = BigInteger.valueOf(newBurst);
  }

  public void refill(BigInteger now) {
    if (now.compareTo(updatedAt) > 0) {
      parts = parts.add(rate.multiply(now.subtract(updatedAt))).min(burst.multiply(period));
      updatedAt = now;
    }
  }

  /** Whole tokens, rounded down, negative for a debt. */
  public BigInteger tokens() {
    return floorDivide(parts, period);
  }

  public boolean holds(long tokens) {
    return tokens().compareTo(BigInteger.valueOf(tokens)) >= 0;
  }

  public long upTo(long wanted) {
    return tokens().max(BigInteger.ZERO).min(BigInteger.valueOf(wanted)).longValueExact();
  }

  public void take(long tokens) {
    parts = parts.subtract(period.multiply(BigInteger.valueOf(tokens)));
  }

  public void put(long tokens) {
    parts = parts.add(period.multiply(BigInteger.valueOf(tokens))).min(burst.multiply(period));
  }

  public void forgiveBeyond(long nanos) {
    BigInteger floor = rate.multiply(BigInteger.valueOf(nanos)).max(burst.multiply(period));
    BigInteger deepest = BigInteger.valueOf(Long.MAX_VALUE).multiply(period);
    parts = parts.max(floor.min(deepest).negate());
  }

  /** Nanoseconds, rounded up. */
  public BigInteger nanosUntil(long tokens) {
    BigInteger missing = period.multiply(BigInteger.valueOf(tokens)).subtract(parts);
    return floorDivide(missing.negate(), rate).negate().max(BigInteger.ZERO);
  }

  public void change(long newRate, long newPeriod, long newBurst) {
    BigInteger scaled = floorDivide(parts.multiply(BigInteger.valueOf(newPeriod)), period);
    configure(newRate, newPeriod, newBurst);
    parts = scaled.min(burst.multiply(period));
  }

  private static BigInteger floorDivide(BigInteger dividend, BigInteger divisor) {
    BigInteger[] parts = dividend.divideAndRemainder(divisor);
    return parts[1].signum() < 0 ? parts[0].subtract(BigInteger.ONE) : parts[0];
  }
}
