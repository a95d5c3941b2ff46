package io.virtentropy.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.ratelimit.htb.ClassLimits;
import io.virtentropy.ratelimit.htb.HierarchicalTokenBucket;
import io.virtentropy.ratelimit.htb.Leaf;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A shared limiter")
final class SharedLimiterTest {
  private static final long BYTES = 1_000_000;

  @Test
  @DisplayName("should let threads share a tree without granting a byte twice or losing one")
  void shares() throws Exception {
    ManualClock clock = new ManualClock();
    HierarchicalTokenBucket tree =
        HierarchicalTokenBucket.builder(clock)
            .root("source", ClassLimits.of(new Rate(1, Long.MAX_VALUE, BYTES)))
            .build();
    Lock lock = new ReentrantLock();
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<RateLimiter> limiters = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        limiters.add(
            new SharedLimiter(tree.addLeaf(tree.root(), "leaf" + i, ClassLimits.NONE), lock));
      }
      List<Future<Long>> sums = new ArrayList<>();
      for (RateLimiter limiter : limiters) {
        sums.add(threads.submit(() -> drain(limiter)));
      }
      long delivered = 0;
      for (Future<Long> sum : sums) {
        delivered += sum.get();
      }
      // What was set aside for one that had given up already is still there.
      long setAside = tree.root().snapshot().reserved();
      long left = tree.root().snapshot().rateTokens().orElseThrow();
      assertEquals(BYTES, delivered + setAside + left);
      assertEquals(delivered, tree.root().snapshot().granted());
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  @DisplayName("should pass on every kind of call, so that a leaf behind it keeps nothing back")
  void passesOn() {
    ManualClock clock = new ManualClock();
    HierarchicalTokenBucket tree =
        HierarchicalTokenBucket.builder(clock)
            .root("source", ClassLimits.of(Rate.perSecond(100)))
            .build();
    Lock lock = new ReentrantLock();
    ClassLimits limits = ClassLimits.NONE.withQuantum(10);
    Leaf leaf = tree.addLeaf(tree.root(), "a", limits);
    RateLimiter a = new SharedLimiter(leaf, lock);
    RateLimiter b = new SharedLimiter(tree.addLeaf(tree.root(), "b", limits), lock);
    assertEquals(100, a.acquireUpTo(100));
    assertEquals(0, a.acquireAtLeast(30, 30));
    assertTrue(leaf.isWaiting());
    clock.advance(300_000_000);
    assertEquals(10, b.acquireUpTo(10));
    assertEquals(10, leaf.snapshot().reserved(), "what its turn brought, short of 30");
    assertEquals(0, a.acquireAtLeast(30, 30));
    assertEquals(100_000_000, a.nanosUntil(30));
    clock.advance(100_000_000);
    assertEquals(30, a.acquireAtLeast(30, 30));
    assertEquals(0, a.acquireUpTo(10));
    clock.advance(100_000_000);
    assertEquals(0, b.acquireUpTo(1));
    assertEquals(10, leaf.snapshot().reserved());
    a.withdraw();
    assertEquals(0, leaf.snapshot().reserved());
    assertEquals(10, b.acquireUpTo(10));
  }

  /** Asks until there is nothing left, and gives back a third of what it gets. */
  private static long drain(RateLimiter limiter) {
    long sum = 0;
    long granted = limiter.acquireUpTo(64);
    while (granted > 0) {
      limiter.refund(granted / 3);
      sum += granted - granted / 3;
      granted = limiter.acquireUpTo(64);
    }
    return sum;
  }
}
