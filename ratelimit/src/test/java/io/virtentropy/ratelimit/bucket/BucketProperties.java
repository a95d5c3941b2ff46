package io.virtentropy.ratelimit.bucket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.ratelimit.state.StateLayout;
import io.virtentropy.ratelimit.state.StateReader;
import io.virtentropy.ratelimit.state.StateWriter;
import java.math.BigInteger;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;

/** Invariants 1 to 7: those of a single bucket. */
@Label("A bucket")
final class BucketProperties {
  record Parameters(long rate, long period, long burst) {
    Bucket bucket(long now) {
      return new Bucket(rate, period, burst, now);
    }

    ExactBucket exact(long now) {
      return new ExactBucket(rate, period, burst, BigInteger.valueOf(now));
    }
  }

  /** Time goes by, then up to so many tokens are taken, then some of them are put back. */
  record Step(long elapsed, long wanted, long putBack) {}

  @Property
  @Label("invariant 1: should hold between nothing and its burst")
  void staysWithinItsBounds(
      @ForAll("parameters") Parameters p, @ForAll("steps") @Size(max = 40) List<Step> steps) {
    Bucket bucket = p.bucket(0);
    long now = 0;
    for (Step step : steps) {
      now += step.elapsed();
      bucket.refill(now);
      bucket.take(bucket.upTo(step.wanted()));
      assertTrue(bucket.tokens() >= 0);
      bucket.put(step.putBack());
      assertTrue(bucket.tokens() >= 0 && bucket.tokens() <= p.burst());
    }
  }

  @Property
  @Label("invariant 2: should grant no more in any interval than burst and rate allow")
  void windowBound(
      @ForAll("parameters") Parameters p, @ForAll("steps") @Size(max = 30) List<Step> steps) {
    Bucket bucket = p.bucket(0);
    BigInteger[] at = new BigInteger[steps.size()];
    BigInteger[] sumBefore = new BigInteger[steps.size() + 1];
    sumBefore[0] = BigInteger.ZERO;
    BigInteger now = BigInteger.ZERO;
    for (int i = 0; i < steps.size(); i++) {
      now = now.add(BigInteger.valueOf(steps.get(i).elapsed()));
      bucket.refill(now.longValue());
      long granted = bucket.upTo(steps.get(i).wanted());
      bucket.take(granted);
      at[i] = now;
      sumBefore[i + 1] = sumBefore[i].add(BigInteger.valueOf(granted));
    }
    for (int from = 0; from < at.length; from++) {
      for (int to = from; to < at.length; to++) {
        BigInteger brought =
            BigInteger.valueOf(p.rate())
                .multiply(at[to].subtract(at[from]))
                .add(BigInteger.valueOf(p.period() - 1))
                .divide(BigInteger.valueOf(p.period()));
        BigInteger granted = sumBefore[to + 1].subtract(sumBefore[from]);
        assertTrue(granted.compareTo(brought.add(BigInteger.valueOf(p.burst()))) <= 0);
      }
    }
  }

  @Property
  @Label("invariant 3: should fill to the same level in one step and in many")
  void refillSplits(
      @ForAll("parameters") Parameters p,
      @ForAll("amounts") long taken,
      @ForAll @Size(max = 20) List<@From("times") Long> pieces) {
    Bucket split = p.bucket(0);
    Bucket whole = p.bucket(0);
    split.take(taken);
    whole.take(taken);
    long now = 0;
    for (long piece : pieces) {
      now = Math.max(now, now + piece); // stop at the end of time rather than go round
      split.refill(now);
    }
    whole.refill(now);
    assertEquals(saved(whole), saved(split));
  }

  @Property
  @Label("invariant 4: should not change when the clock stands still or goes back")
  void ignoresBackwardClock(
      @ForAll("parameters") Parameters p,
      @ForAll("amounts") long taken,
      @ForAll("times") long back) {
    Bucket bucket = p.bucket(Long.MIN_VALUE);
    bucket.take(taken);
    List<Long> before = saved(bucket);
    bucket.refill(Long.MIN_VALUE);
    bucket.refill(Long.MIN_VALUE - Math.max(1, back));
    assertEquals(before, saved(bucket));
  }

  @Property
  @Label("invariant 4: should be full, and no more, after the longest time there is")
  void survivesTheLongestTime(@ForAll("parameters") Parameters p, @ForAll("amounts") long taken) {
    Bucket bucket = p.bucket(-1);
    ExactBucket exact = p.exact(-1);
    bucket.take(taken);
    exact.take(taken);
    bucket.refill(Long.MAX_VALUE - 1);
    exact.refill(BigInteger.valueOf(Long.MAX_VALUE - 1));
    assertEquals(exact.upTo(Long.MAX_VALUE), bucket.upTo(Long.MAX_VALUE));
  }

  @Property
  @Label("invariant 5: should have the tokens at the announced instant and not before")
  void waitsExactly(
      @ForAll("parameters") Parameters p,
      @ForAll("amounts") long taken,
      @ForAll("amounts") long wanted) {
    long needed = Math.min(wanted, p.burst());
    Bucket bucket = p.bucket(0);
    bucket.take(taken);
    long wait = bucket.nanosUntil(needed);
    Assume.that(wait > 0 && wait < Long.MAX_VALUE);
    bucket.refill(wait - 1);
    assertFalse(bucket.holds(needed));
    assertEquals(1, bucket.nanosUntil(needed));
    bucket.refill(wait);
    assertTrue(bucket.holds(needed));
    assertEquals(needed, bucket.upTo(needed));
  }

  @Property
  @Label("invariant 7: should keep its tokens through a change, as far as they fit")
  void changes(
      @ForAll("parameters") Parameters before,
      @ForAll("parameters") Parameters after,
      @ForAll("amounts") long taken) {
    Bucket bucket = before.bucket(0);
    bucket.take(taken);
    long tokens = bucket.tokens();
    bucket.change(after.rate(), after.period(), after.burst());
    assertEquals(Math.min(tokens, after.burst()), bucket.tokens());
  }

  @Property
  @Label("should agree with the reference on every answer")
  void agreesWithReference(
      @ForAll("parameters") Parameters p, @ForAll("steps") @Size(max = 40) List<Step> steps) {
    long now = Long.MAX_VALUE - 5;
    BigInteger exactNow = BigInteger.valueOf(now);
    Bucket bucket = p.bucket(now);
    ExactBucket exact = p.exact(now);
    for (Step step : steps) {
      now += step.elapsed();
      exactNow = exactNow.add(BigInteger.valueOf(step.elapsed()));
      bucket.refill(now);
      exact.refill(exactNow);
      assertEquals(exact.holds(step.wanted()), bucket.holds(step.wanted()));
      assertEquals(exact.upTo(step.wanted()), bucket.upTo(step.wanted()));
      long needed = Math.min(step.wanted(), p.burst());
      assertEquals(
          exact.nanosUntil(needed).min(BigInteger.valueOf(Long.MAX_VALUE)).longValueExact(),
          bucket.nanosUntil(needed));
      // Debt, at most one request deep.
      if (exact.tokens().signum() >= 0) {
        bucket.take(step.wanted());
        exact.take(step.wanted());
      }
      bucket.put(step.putBack());
      exact.put(step.putBack());
      bucket.forgiveBeyond(step.elapsed());
      exact.forgiveBeyond(step.elapsed());
    }
  }

  private static List<Long> saved(Bucket bucket) {
    StateWriter writer = new StateWriter(StateLayout.TOKEN_BUCKET);
    bucket.save(writer);
    StateReader reader = new StateReader(writer.toByteArray(), StateLayout.TOKEN_BUCKET);
    return List.of(number(reader), number(reader), number(reader), number(reader), number(reader));
  }

  private static long number(StateReader reader) {
    return reader.number("any", Long.MIN_VALUE, Long.MAX_VALUE);
  }

  @Provide
  Arbitrary<Parameters> parameters() {
    return Combinators.combine(amounts(), times(), amounts()).as(Parameters::new);
  }

  @Provide
  Arbitrary<List<Step>> steps() {
    return Combinators.combine(times(), amounts(), amounts()).as(Step::new).list();
  }

  /** From one byte to the most there is, with every size as likely. */
  @Provide
  Arbitrary<Long> amounts() {
    return Arbitraries.oneOf(
        Arbitraries.longs().between(1, 100),
        Arbitraries.longs().between(1, 1L << 40),
        Arbitraries.longs().between(1, Long.MAX_VALUE),
        Arbitraries.of(Long.MAX_VALUE, Long.MAX_VALUE - 1, 1L << 62, 1L << 32));
  }

  /** From a nanosecond to all the time there is. */
  @Provide
  Arbitrary<Long> times() {
    return Arbitraries.oneOf(
        Arbitraries.longs().between(1, 1000),
        Arbitraries.longs().between(1, 1L << 40),
        Arbitraries.of(1_000_000L, 1_000_000_000L, 65_536_000_000L, 31_557_600_000_000_000L),
        Arbitraries.longs().between(1, Long.MAX_VALUE));
  }
}
