package io.virtentropy.ratelimit.htb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.ratelimit.ManualClock;
import io.virtentropy.ratelimit.Rate;
import io.virtentropy.ratelimit.TokenBucket;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("A profile")
final class ProfileTest {
  @ParameterizedTest
  @EnumSource
  @DisplayName("should be what it says, by itself and in a tree of either policy")
  void works(Profile profile) {
    ManualClock clock = new ManualClock();
    assertFalse(profile.reason().isEmpty());
    TokenBucket limiter = profile.newLimiter(clock);
    long atOnce = profile.rate().burst() + profile.oneTimeBurst();
    assertEquals(atOnce, limiter.acquireUpTo(Long.MAX_VALUE));
    clock.advance(1_000_000_000);
    assertEquals(profile.rate().tokens(), profile.quota().maxBytes());
    assertEquals(
        Math.min(profile.rate().tokens(), profile.rate().burst()),
        limiter.acquireUpTo(Long.MAX_VALUE));
    for (Policy policy : Policy.values()) {
      HierarchicalTokenBucket tree =
          HierarchicalTokenBucket.builder(clock)
              .policy(policy)
              .grain(64)
              .root("source", ClassLimits.of(Rate.perSecond(1 << 24)))
              .build();
      Leaf leaf = tree.addLeaf(tree.root(), "guest", profile.leafLimits());
      assertTrue(leaf.acquireUpTo(65_536) >= 64);
    }
  }
}
