package io.virtentropy.ratelimit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.ratelimit.htb.ClassLimits;
import io.virtentropy.ratelimit.htb.HierarchicalTokenBucket;
import io.virtentropy.ratelimit.htb.InnerClass;
import io.virtentropy.ratelimit.htb.Policy;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Saved states come from disks and from other hosts: all of them are hostile. */
@Label("A saved state")
final class StateProperties {
  private final ManualClock clock = new ManualClock(Long.MAX_VALUE - 99);

  @Property
  @Label("should come back as it was saved")
  void roundTrip(
      @ForAll("kinds") int kind, @ForAll @Size(max = 20) List<@IntRange(max = 2000) Integer> asks) {
    RateLimiter limit = limiter(kind);
    for (int ask : asks) {
      clock.advance(ask * 1000L);
      limit.acquireUpTo(1 + ask % 100);
    }
    byte[] state = limit.saveState();
    clock.advance(5_000_000);
    RateLimiter other = limiter(kind);
    other.restoreState(state);
    assertArrayEquals(state, other.saveState());
  }

  @Property
  @Label("should be refused whole, or leave a limiter that keeps its limit")
  void survivesHostileStates(
      @ForAll("kinds") int kind,
      @ForAll @IntRange(max = 400) int where,
      @ForAll byte what,
      @ForAll @IntRange(max = 3) int cut) {
    RateLimiter limit = limiter(kind);
    limit.acquireUpTo(60);
    clock.advance(300_000);
    limit.acquireUpTo(60);
    byte[] before = limit.saveState();
    byte[] hostile = before.clone();
    if (hostile.length > 0) {
      hostile[where % hostile.length] = what;
    }
    hostile = Arrays.copyOf(hostile, Math.max(0, hostile.length - Math.max(0, cut - 2)));
    try {
      limit.restoreState(hostile);
    } catch (IllegalArgumentException e) {
      assertTrue(e.getMessage().length() > 10, e.getMessage());
      assertArrayEquals(before, limit.saveState());
    }
    for (int i = 0; i < 3; i++) {
      // The one-time burst of a token bucket comes on top of its 100 bytes.
      assertTrue(limit.acquireUpTo(1000) <= 105);
      limit.refund(3);
      long wait = limit.nanosUntil(1);
      assertTrue(wait >= 0);
      clock.advance(Math.min(wait, 10_000_000));
    }
    limit.saveState();
  }

  @Property
  @Label("of one kind should be refused by all others")
  void refusesOtherKinds(@ForAll("kinds") int kind, @ForAll("kinds") int other) {
    byte[] state = limiter(kind).saveState();
    if (kind != other) {
      RateLimiter limit = limiter(other);
      assertThrows(IllegalArgumentException.class, () -> limit.restoreState(state));
    }
    assertThrows(IllegalArgumentException.class, () -> RateLimiter.unlimited().restoreState(state));
  }

  @Property(tries = 200)
  @Label("of a whole tree should be refused whole, or leave a tree that works")
  void survivesHostileTrees(
      @ForAll Policy policy, @ForAll @IntRange(max = 2000) int where, @ForAll byte what) {
    HierarchicalTokenBucket tree = tree(policy);
    RateLimiter leaf =
        tree.addLeaf(tree.root(), "other", ClassLimits.of(new Rate(100, 1_000_000, 100)));
    leaf.acquireUpTo(70);
    byte[] before = tree.saveState();
    byte[] hostile = before.clone();
    hostile[where % hostile.length] = what;
    try {
      tree.restoreState(hostile);
    } catch (IllegalArgumentException e) {
      assertArrayEquals(before, tree.saveState());
    }
    assertTrue(leaf.acquireUpTo(1000) <= 100);
    leaf.refund(1000);
    assertEquals(4, tree.snapshots().size());
    tree.saveState();
  }

  private HierarchicalTokenBucket tree(Policy policy) {
    Rate rate = new Rate(100, 1_000_000, 100);
    HierarchicalTokenBucket tree =
        HierarchicalTokenBucket.builder(clock)
            .policy(policy)
            .root("root", ClassLimits.of(rate))
            .build();
    InnerClass group = tree.addInner(tree.root(), "group", ClassLimits.of(rate));
    tree.addLeaf(group, "leaf", ClassLimits.of(rate));
    return tree;
  }

  private RateLimiter limiter(int kind) {
    Quota quota = new Quota(100, 1);
    return switch (kind) {
      case 0 -> new QuotaWindow(quota, clock);
      case 1 -> new SlidingQuota(quota, clock);
      case 2 ->
          TokenBucket.builder(clock)
              .bytes(Rate.of(quota))
              .operations(new Rate(1000, 1_000_000, 1000))
              .oneTimeBurst(5)
              .build();
      default ->
          (RateLimiter) ((InnerClass) tree(Policy.PATH).root().children().get(0)).children().get(0);
    };
  }

  @Provide
  Arbitrary<Integer> kinds() {
    return Arbitraries.integers().between(0, 3);
  }
}
