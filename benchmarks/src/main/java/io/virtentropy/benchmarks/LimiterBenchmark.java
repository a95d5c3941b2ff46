package io.virtentropy.benchmarks;

import io.virtentropy.ratelimit.ManualClock;
import io.virtentropy.ratelimit.Quota;
import io.virtentropy.ratelimit.QuotaWindow;
import io.virtentropy.ratelimit.Rate;
import io.virtentropy.ratelimit.RateLimiter;
import io.virtentropy.ratelimit.SlidingQuota;
import io.virtentropy.ratelimit.TokenBucket;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** One decision of a limiter for one guest. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class LimiterBenchmark {
  private static final long MILLI = 1_000_000;

  /** Which one. */
  @Param({"quota", "sliding", "bucket", "bucket+operations"})
  public String limiter;

  private final ManualClock clock = new ManualClock();
  private RateLimiter limit;

  /** Makes it: 6,400 bytes a millisecond. */
  @Setup(Level.Trial)
  public void make() {
    Quota quota = new Quota(6400, 1);
    limit =
        switch (limiter) {
          case "quota" -> new QuotaWindow(quota, clock);
          case "sliding" -> new SlidingQuota(quota, clock);
          case "bucket" -> TokenBucket.builder(clock).bytes(Rate.of(quota)).build();
          default ->
              TokenBucket.builder(clock)
                  .bytes(Rate.of(quota))
                  .operations(new Rate(100, MILLI, 100))
                  .build();
        };
  }

  /**
   * A request for 64 bytes every 8 µs: a fifth of them has to wait.
   *
   * @return bytes, or the time to wait
   */
  @Benchmark
  public long decision() {
    clock.advance(8000);
    long granted = limit.acquireAtLeast(64, 64);
    return granted > 0 ? granted : limit.nanosUntil(64);
  }
}
