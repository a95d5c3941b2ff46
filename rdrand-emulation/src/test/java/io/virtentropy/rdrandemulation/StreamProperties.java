package io.virtentropy.rdrandemulation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.virtentropy.backends.CounterBackend;
import io.virtentropy.ratelimit.ManualClock;
import io.virtentropy.ratelimit.Rate;
import io.virtentropy.ratelimit.RateLimiter;
import io.virtentropy.ratelimit.TokenBucket;
import io.virtentropy.rdrandemulation.MoodySource.Mood;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

@Label("The stream of a machine's numbers")
final class StreamProperties {
  private static final long FIRST = 0x0102_0304_0506_0708L;

  /** One step of a machine's life. */
  record Step(Grade grade, int bytes, Mood mood, int completed, long nanos) {}

  @Provide
  Arbitrary<Step> steps() {
    return net.jqwik.api.Combinators.combine(
            Arbitraries.of(Grade.class),
            Arbitraries.of(2, 4, 8),
            Arbitraries.of(Mood.GENEROUS, Mood.SHORT, Mood.SLOW, Mood.FAILING, Mood.THROWING),
            Arbitraries.integers().between(0, 40),
            Arbitraries.of(0L, 1000L, 10_000_000L))
        .as(Step::new);
  }

  @Property
  @Label("should be the source's, n bytes per number of n bytes, whatever fails (P3, P4, P10)")
  void unbroken(
      @ForAll @Size(max = 120) List<@From("steps") Step> steps,
      @ForAll boolean limited,
      @ForAll @IntRange(min = 8, max = 64) int prefetch) {
    MoodySource random = new MoodySource(FIRST);
    MoodySource seed = new MoodySource(FIRST);
    ManualClock clock = new ManualClock();
    RateLimiter limiter =
        limited
            ? TokenBucket.builder(clock).bytes(new Rate(1000, 1_000_000, 32)).build()
            : RateLimiter.unlimited();
    VmEntropy numbers =
        VmEntropy.builder(random)
            .seedSource(seed)
            .clock(clock)
            .limiter(limiter)
            .prefetch(prefetch)
            .build();
    ByteArrayOutputStream[] streams = {new ByteArrayOutputStream(), new ByteArrayOutputStream()};
    int delivered = 0;
    for (Step step : steps) {
      clock.advance(step.nanos());
      boolean asSeed = step.grade() == Grade.SEED;
      MoodySource source = asSeed ? seed : random;
      source.mood = step.mood();
      if (step.completed() > 0 && !source.waiting.isEmpty()) {
        source.complete(Math.min(step.completed(), source.waiting.peek().length()));
      }
      long value = numbers.next(step.grade(), step.bytes());
      if (numbers.outcome() == Outcome.DELIVERED) {
        delivered += step.bytes();
        for (int i = 0; i < step.bytes(); i++) {
          streams[asSeed ? 1 : 0].write((int) (value >>> (8 * i)));
        }
        if (step.bytes() < 8) {
          assertEquals(0, value >>> (8 * step.bytes()), "bits above the number");
        }
      } else {
        assertEquals(0, value);
      }
    }
    for (ByteArrayOutputStream stream : streams) {
      byte[] expected = new byte[stream.size()];
      new CounterBackend(FIRST).fill(ByteBuffer.wrap(expected), 0, expected.length);
      org.junit.jupiter.api.Assertions.assertArrayEquals(expected, stream.toByteArray());
    }
    assertEquals(delivered, numbers.counters().get(RandomCounter.BYTES));
  }
}
