package io.virtentropy.ratelimit;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.virtentropy.ratelimit.htb.ClassLimits;
import io.virtentropy.ratelimit.htb.HierarchicalTokenBucket;
import io.virtentropy.ratelimit.htb.InnerClass;
import io.virtentropy.ratelimit.htb.Policy;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("Serving")
final class AllocationTest {
  private static final int ROUNDS = 4000;

  private final ManualClock clock = new ManualClock();

  @Test
  @DisplayName("should allocate nothing in quotas and token buckets")
  void quotasAndBuckets() {
    Quota quota = new Quota(1000, 1);
    assertAllocatesNothing(
        List.of(
            new QuotaWindow(quota, clock),
            new SlidingQuota(quota, clock),
            TokenBucket.builder(clock)
                .bytes(Rate.of(quota))
                .operations(new Rate(10, 1_000_000, 10))
                .oneTimeBurst(99)
                .build()));
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("should allocate nothing in a tree, under policy")
  void trees(Policy policy) {
    HierarchicalTokenBucket tree =
        HierarchicalTokenBucket.builder(clock)
            .policy(policy)
            .root("root", ClassLimits.of(new Rate(900, 1_000_000, 900)))
            .build();
    List<RateLimiter> leaves = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      ClassLimits limits =
          ClassLimits.of(new Rate(100, 1_000_000, 100)).withPeak(new Rate(700, 1_000_000, 700));
      InnerClass group = tree.addInner(tree.root(), "group" + i, limits);
      for (int j = 0; j < 4; j++) {
        leaves.add(tree.addLeaf(group, "leaf" + j, limits.withPriority(j / 2)));
      }
    }
    assertAllocatesNothing(leaves);
  }

  private void assertAllocatesNothing(List<RateLimiter> limiters) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    serve(limiters); // so that all classes are there
    threads.getCurrentThreadAllocatedBytes();
    long before = threads.getCurrentThreadAllocatedBytes();
    serve(limiters);
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    // Reading the counter costs some bytes; one object in a hundred calls would be thousands.
    assertTrue(allocated < 1000, allocated + " bytes");
  }

  private void serve(List<RateLimiter> limiters) {
    for (int round = 0; round < ROUNDS; round++) {
      clock.advance(7919);
      for (int i = 0; i < limiters.size(); i++) {
        RateLimiter limiter = limiters.get(i);
        long granted = limiter.acquireUpTo(1 + (round + i) % 64);
        limiter.refund(granted / 4);
        limiter.acquireAtLeast(1 + (round + i) % 8, 64);
        limiter.nanosUntil(64);
      }
    }
  }
}
