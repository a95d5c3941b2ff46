package io.virtentropy.ratelimit.bucket;

import io.virtentropy.ratelimit.state.StateReader;
import io.virtentropy.ratelimit.state.StateWriter;
import java.math.BigInteger;

/**
 * One bucket that fills at R tokens per P nanoseconds up to B tokens.
 *
 * <p>The level is kept in parts of 1/P token. Then nothing has ever to be divided to keep it exact:
 * a nanosecond adds R parts, a token costs P parts, a full bucket holds B·P. Filling in two steps
 * and in one give the same level to the last part, after years as after an instant.
 *
 * <pre>
 *     B·P  +-----------+  what flows over is lost
 *          |           |
 *          |~~~~~~~~~~~|  level: + R per nanosecond, - P per token taken
 *          |           |
 *       0  +-----------+
 *          :   debt    :  below zero after more was taken than there was
 * </pre>
 *
 * <p>R, P and B may each be anything from 1 to 2<sup>63</sup>-1, so every product of two of them
 * stays below 2<sup>126</sup> and the sum of any two products fits into the 128 bits of {@code hi}
 * and {@code lo}. A division is needed only to say how many tokens there are when there are too few
 * of them, and how long to wait.
 *
 * <p>Callers say what time it is by {@link #refill} first; the other methods speak of that instant.
 * Arguments are the callers' affair and are not checked here.
 */
public final class Bucket {
  private long rate;
  private long period;
  private long burst;
  private long fullHi;
  private long fullLo;

  /** The level as a signed 128-bit number; {@code lo} is unsigned. */
  private long hi;

  private long lo;
  private long updatedAt;

  /**
   * Creates a full bucket.
   *
   * @param rate R, tokens that come in a period
   * @param period P, nanoseconds
   * @param burst B, tokens that the bucket holds
   * @param now the instant from which it fills
   */
  public Bucket(long rate, long period, long burst, long now) {
    configure(rate, period, burst);
    this.hi = fullHi;
    this.lo = fullLo;
    this.updatedAt = now;
  }

  private void configure(long newRate, long newPeriod, long newBurst) {
    rate = newRate;
    period = newPeriod;
    burst = newBurst;
    fullHi = Math.multiplyHigh(burst, period);
    fullLo = burst * period;
  }

  /**
   * B.
   *
   * @return tokens that the bucket holds
   */
  public long burst() {
    return burst;
  }

  /**
   * Lets in what has come since the last call.
   *
   * @param now the present instant; one that isn't later than the last changes nothing
   */
  public void refill(long now) {
    long elapsed = now - updatedAt;
    if (elapsed <= 0) {
      return;
    }
    updatedAt = now;
    add(Math.multiplyHigh(rate, elapsed), rate * elapsed);
  }

  /**
   * Whether so many whole tokens are there.
   *
   * @param tokens how many, 0 or more
   * @return whether they could be taken without debt
   */
  public boolean holds(long tokens) {
    long needHi = Math.multiplyHigh(tokens, period);
    return hi > needHi || (hi == needHi && Long.compareUnsigned(lo, tokens * period) >= 0);
  }

  /**
   * How many whole tokens are there, as far as the caller cares.
   *
   * @param wanted the most that is of interest, 0 or more
   * @return 0 to {@code wanted}
   */
  public long upTo(long wanted) {
    if (holds(wanted)) {
      return wanted;
    }
    // Less than wanted·P, so the quotient is below wanted.
    return hi < 0 ? 0 : Wide.divide(hi, lo, period);
  }

  /**
   * Takes tokens, whether they are there or not.
   *
   * @param tokens how many, 0 or more; what isn't there becomes debt
   */
  public void take(long tokens) {
    long costLo = tokens * period;
    long borrow = Long.compareUnsigned(lo, costLo) < 0 ? 1 : 0;
    hi = hi - Math.multiplyHigh(tokens, period) - borrow;
    lo -= costLo;
  }

  /**
   * Puts tokens back; what flows over is lost. To put and then to refill comes to the same as the
   * other way round, so this needs no instant.
   *
   * @param tokens how many, 0 or more
   */
  public void put(long tokens) {
    add(Math.multiplyHigh(tokens, period), tokens * period);
  }

  /**
   * Forgives the part of a debt that goes beyond what a time or a whole bucket brings, whichever is
   * more, and beyond 2<sup>63</sup>-1 tokens in any case.
   *
   * @param nanos how long a debt may take to be repaid at least
   */
  public void forgiveBeyond(long nanos) {
    if (hi >= 0) {
      return;
    }
    long debtHi = Math.multiplyHigh(rate, nanos);
    long debtLo = rate * nanos;
    if (fullHi > debtHi || (fullHi == debtHi && Long.compareUnsigned(fullLo, debtLo) > 0)) {
      debtHi = fullHi;
      debtLo = fullLo;
    }
    long deepestHi = Math.multiplyHigh(Long.MAX_VALUE, period);
    long deepestLo = Long.MAX_VALUE * period;
    if (debtHi > deepestHi
        || (debtHi == deepestHi && Long.compareUnsigned(debtLo, deepestLo) > 0)) {
      debtHi = deepestHi;
      debtLo = deepestLo;
    }
    long floorLo = -debtLo;
    long floorHi = ~debtHi + (debtLo == 0 ? 1 : 0);
    if (hi < floorHi || (hi == floorHi && Long.compareUnsigned(lo, floorLo) < 0)) {
      hi = floorHi;
      lo = floorLo;
    }
  }

  /**
   * How long until so many whole tokens are there.
   *
   * @param tokens how many, 0 to B
   * @return nanoseconds, rounded up; 0 if they are there; {@link Long#MAX_VALUE} also for more than
   *     that
   */
  public long nanosUntil(long tokens) {
    if (holds(tokens)) {
      return 0;
    }
    long costLo = tokens * period;
    long missingLo = costLo - lo;
    long borrow = Long.compareUnsigned(costLo, lo) < 0 ? 1 : 0;
    long missingHi = Math.multiplyHigh(tokens, period) - hi - borrow;
    // (missing + R - 1) / R is the quotient rounded up; the sum stays below 2^127 + 2^63.
    long roundedLo = missingLo + (rate - 1);
    long roundedHi = missingHi + (Long.compareUnsigned(roundedLo, missingLo) < 0 ? 1 : 0);
    if (roundedHi >= rate) {
      return Long.MAX_VALUE; // a quotient of 2^64 or more
    }
    long nanos = Wide.divide(roundedHi, roundedLo, rate);
    return nanos < 0 ? Long.MAX_VALUE : nanos;
  }

  /**
   * How many whole tokens are there, for a person to read. Slow.
   *
   * @return tokens, rounded down; negative for a debt
   */
  public long tokens() {
    BigInteger[] parts = exactLevel().divideAndRemainder(BigInteger.valueOf(period));
    return saturated(parts[1].signum() < 0 ? parts[0].subtract(BigInteger.ONE) : parts[0]);
  }

  /**
   * Changes the parameters and keeps the tokens: those that no longer fit are lost, a debt remains,
   * and a fraction is rounded down. Slow.
   *
   * @param newRate R from now on
   * @param newPeriod P from now on
   * @param newBurst B from now on
   */
  public void change(long newRate, long newPeriod, long newBurst) {
    BigInteger scaled = exactLevel().multiply(BigInteger.valueOf(newPeriod));
    BigInteger[] parts = scaled.divideAndRemainder(BigInteger.valueOf(period));
    configure(newRate, newPeriod, newBurst);
    setLevel(
        (parts[1].signum() < 0 ? parts[0].subtract(BigInteger.ONE) : parts[0])
            .min(Wide.toBigInteger(fullHi, fullLo))
            .max(deepestDebt()));
  }

  /**
   * Saves parameters and level, as of the last {@link #refill}.
   *
   * @param writer where to
   */
  public void save(StateWriter writer) {
    writer.number(rate).number(period).number(burst).number(hi).number(lo);
  }

  /**
   * Reads what {@link #save} wrote of a bucket with the same parameters.
   *
   * @param reader where from
   * @param field the bucket's name, for complaints
   * @param now the present instant
   * @return a new bucket with the saved level
   * @throws IllegalArgumentException if it isn't the state of such a bucket
   */
  public Bucket restored(StateReader reader, String field, long now) {
    reader.same("rate of " + field, rate);
    reader.same("period of " + field, period);
    reader.same("burst of " + field, burst);
    Bucket copy = new Bucket(rate, period, burst, now);
    BigInteger level =
        Wide.toBigInteger(
            reader.number("level of " + field, Long.MIN_VALUE, Long.MAX_VALUE),
            reader.number("level of " + field, Long.MIN_VALUE, Long.MAX_VALUE));
    if (level.compareTo(copy.exactLevel()) > 0 || level.compareTo(deepestDebt()) < 0) {
      throw new IllegalArgumentException(
          "the saved level of "
              + field
              + " is "
              + level
              + "; "
              + deepestDebt()
              + " to "
              + copy.exactLevel()
              + " is accepted");
    }
    copy.setLevel(level);
    return copy;
  }

  /** A request of the greatest length, served by an empty bucket. */
  private BigInteger deepestDebt() {
    return BigInteger.valueOf(-Long.MAX_VALUE).multiply(BigInteger.valueOf(period));
  }

  private BigInteger exactLevel() {
    return Wide.toBigInteger(hi, lo);
  }

  private void setLevel(BigInteger level) {
    hi = level.shiftRight(Long.SIZE).longValueExact();
    lo = level.longValue();
  }

  private void add(long addHi, long addLo) {
    long sumLo = lo + addLo;
    long sumHi = hi + addHi + (Long.compareUnsigned(sumLo, addLo) < 0 ? 1 : 0);
    if (sumHi > fullHi || (sumHi == fullHi && Long.compareUnsigned(sumLo, fullLo) > 0)) {
      hi = fullHi;
      lo = fullLo;
    } else {
      hi = sumHi;
      lo = sumLo;
    }
  }

  private static long saturated(BigInteger value) {
    if (value.bitLength() < Long.SIZE) {
      return value.longValue();
    }
    return value.signum() < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
  }
}
