package io.virtentropy.virtio.device;

import static io.virtentropy.virtio.bench.DeviceBench.buffer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.CounterBackend;
import io.virtentropy.ratelimit.ManualClock;
import io.virtentropy.ratelimit.NanoClock;
import io.virtentropy.ratelimit.Quota;
import io.virtentropy.ratelimit.QuotaWindow;
import io.virtentropy.ratelimit.Rate;
import io.virtentropy.ratelimit.RateLimiter;
import io.virtentropy.ratelimit.SharedLimiter;
import io.virtentropy.ratelimit.SlidingQuota;
import io.virtentropy.ratelimit.TokenBucket;
import io.virtentropy.ratelimit.htb.ClassLimits;
import io.virtentropy.ratelimit.htb.HierarchicalTokenBucket;
import io.virtentropy.ratelimit.htb.Leaf;
import io.virtentropy.ratelimit.htb.Policy;
import io.virtentropy.virtio.bench.DeviceBench;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("An entropy device")
final class EveryLimiterTest {
  private static final long SECOND = 1_000_000_000L;
  private static final int REQUEST = 64;
  private static final int RATE = 640;

  /** The limiters there are, each of ten requests a second. */
  enum Kind {
    QUOTA_WINDOW,
    SLIDING_QUOTA,
    TOKEN_BUCKET,
    PATH_LEAF,
    BORROW_LEAF,
    SHARED_LEAF;

    RateLimiter limiter(NanoClock clock) {
      Quota quota = new Quota(RATE, 1000);
      return switch (this) {
        case QUOTA_WINDOW -> new QuotaWindow(quota, clock);
        case SLIDING_QUOTA -> new SlidingQuota(quota, clock);
        case TOKEN_BUCKET -> TokenBucket.builder(clock).bytes(Rate.of(quota)).build();
        case PATH_LEAF -> leaf(Policy.PATH, quota, clock);
        case BORROW_LEAF -> leaf(Policy.BORROW, quota, clock);
        case SHARED_LEAF -> new SharedLimiter(leaf(Policy.PATH, quota, clock), new ReentrantLock());
      };
    }

    private static Leaf leaf(Policy policy, Quota quota, NanoClock clock) {
      HierarchicalTokenBucket tree =
          HierarchicalTokenBucket.builder(clock)
              .policy(policy)
              .root("source", ClassLimits.of(Rate.of(quota)))
              .build();
      return tree.addLeaf(tree.root(), "guest", ClassLimits.of(Rate.of(quota)));
    }
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("should serve to the byte what its limiter allows, and go on so when it is restored")
  void restored(Kind kind) {
    ManualClock clock = new ManualClock();
    DeviceBench old = new DeviceBench(new CounterBackend(1), clock, kind.limiter(clock)).bind();
    assertEquals(10, requestsServed(old));
    clock.advance(SECOND / 3);
    requestsServed(old);
    long expected = old.mmio.nanosUntilDue();
    DeviceBench restored =
        new DeviceBench(old.memory, new CounterBackend(1), clock, kind.limiter(clock), 8);
    restored.mmio.restore(old.mmio.save());
    restored.mmio.poll();
    long wait = restored.mmio.nanosUntilDue();
    assertEquals(expected, wait, "as the old device would have waited");
    assertTrue(wait > 0 && wait <= SECOND, "in " + wait + " ns");
    clock.advance(wait - 1);
    assertFalse(restored.mmio.poll(), "a nanosecond too early");
    clock.advance(1);
    assertTrue(restored.mmio.poll());
    assertTrue(old.ring().reap());
    assertEquals(REQUEST, old.ring().reapedLength());
  }

  /** Keeps one request on the ring, as Linux does, until it has to wait. */
  private static int requestsServed(DeviceBench bench) {
    int served = 0;
    if (bench.ring().freeDescriptors() < 8) {
      bench.mmio.poll();
      if (!bench.ring().reap()) {
        return 0;
      }
      assertEquals(REQUEST, bench.ring().reapedLength());
      served++;
    }
    while (true) {
      bench.request(buffer(0), REQUEST);
      if (!bench.ring().reap()) {
        return served;
      }
      assertEquals(REQUEST, bench.ring().reapedLength());
      served++;
    }
  }

  @ParameterizedTest
  @CsvSource({"PATH, 100, 50", "BORROW, 100, 50", "PATH, 64, 64", "PATH, 7, 21", "BORROW, 500, 70"})
  @DisplayName(
      "should return small requests full, however a tree cuts its turns, and keep its share")
  void sharesTree(Policy policy, long quantumOfA, long quantumOfB) {
    ManualClock clock = new ManualClock();
    Rate source = Rate.perSecond(2000).withBurst(300);
    HierarchicalTokenBucket tree =
        HierarchicalTokenBucket.builder(clock)
            .policy(policy)
            .root("source", ClassLimits.of(source))
            .build();
    // All of it is lent, or comes from the source alone.
    ClassLimits limits =
        policy == Policy.PATH
            ? ClassLimits.NONE
            : ClassLimits.of(new Rate(1, SECOND, 1)).withPeak(source);
    DeviceBench a = device(tree, clock, "a", limits.withQuantum(quantumOfA));
    DeviceBench b = device(tree, clock, "b", limits.withQuantum(quantumOfB));
    long servedToA = 0;
    long servedToB = 0;
    for (int round = 0; round < 60_000; round++) {
      clock.advance(SECOND / 1000);
      servedToA += requestsServed(a);
      servedToB += requestsServed(b);
    }
    assertEquals(60.0 * 2000 / REQUEST, (double) servedToA + servedToB, 10);
    assertEquals((double) quantumOfA / quantumOfB, (double) servedToA / servedToB, 0.03);
  }

  private static DeviceBench device(
      HierarchicalTokenBucket tree, ManualClock clock, String name, ClassLimits limits) {
    return new DeviceBench(new CounterBackend(1), clock, tree.addLeaf(tree.root(), name, limits))
        .bind();
  }
}
