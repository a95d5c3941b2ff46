package io.virtentropy.ratelimit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A token bucket")
final class TokenBucketTest {
  private static final long SECOND = 1_000_000_000;

  private final ManualClock clock = new ManualClock(Long.MAX_VALUE - 7);

  @Test
  @DisplayName("should fill evenly and never beyond its burst")
  void fills() {
    TokenBucket limit = TokenBucket.builder(clock).bytes(new Rate(1000, SECOND, 10)).build();
    assertEquals(10, limit.acquireUpTo(64));
    assertEquals(SECOND / 1000, limit.nanosUntil(1));
    clock.advance(SECOND / 1000 - 1);
    assertEquals(0, limit.acquireUpTo(64));
    clock.advance(1);
    assertEquals(1, limit.acquireUpTo(64));
    clock.advance(400 * SECOND);
    assertEquals(10, limit.acquireUpTo(64));
  }

  @Test
  @DisplayName("should not drift over ten years of odd nanoseconds")
  void doesNotDrift() {
    // 7 tokens in 997 ns; a step that is no multiple of anything, as many as the test has time for.
    TokenBucket limit = TokenBucket.builder(clock).bytes(new Rate(7, 997, Long.MAX_VALUE)).build();
    limit.acquireUpTo(Long.MAX_VALUE);
    long step = 315_576_000_000_000_000L / 1_000_003;
    long granted = 0;
    for (int i = 0; i < 1_000_003; i++) {
      clock.advance(step);
      granted += limit.acquireUpTo(Long.MAX_VALUE);
    }
    assertEquals(
        BigInteger.valueOf(step * 1_000_003)
            .multiply(BigInteger.valueOf(7))
            .divide(BigInteger.valueOf(997))
            .longValueExact(),
        granted);
  }

  @Test
  @DisplayName("invariant 6: should serve a request larger than its burst in pieces or on credit")
  void largeRequests() {
    TokenBucket limit = TokenBucket.builder(clock).bytes(new Rate(10, SECOND, 10)).build();
    assertEquals(10, limit.acquireUpTo(25));
    assertFalse(limit.tryAcquire(25));
    assertEquals(SECOND, limit.nanosUntil(25));
    clock.advance(SECOND - 1);
    assertFalse(limit.tryAcquire(25));
    clock.advance(1);
    assertTrue(limit.tryAcquire(25));
    // 15 bytes of debt, and one byte.
    assertEquals(16 * SECOND / 10, limit.nanosUntil(1));
    clock.advance(16 * SECOND / 10);
    assertEquals(1, limit.acquireUpTo(25));
  }

  @Test
  @DisplayName("should take nothing when it refuses a whole request")
  void allOrNothing() {
    TokenBucket limit = TokenBucket.builder(clock).bytes(new Rate(10, SECOND, 10)).build();
    assertTrue(limit.tryAcquire(4));
    byte[] before = limit.saveState();
    assertFalse(limit.tryAcquire(7));
    assertArrayEquals(before, limit.saveState());
    assertTrue(limit.tryAcquire(6));
  }

  @Test
  @DisplayName("should limit operations beside bytes")
  void operations() {
    TokenBucket limit =
        TokenBucket.builder(clock)
            .bytes(Rate.perSecond(1000))
            .operations(new Rate(10, SECOND, 2))
            .build();
    assertEquals(1, limit.acquireUpTo(1));
    assertEquals(1, limit.acquireUpTo(1));
    assertEquals(0, limit.acquireUpTo(1));
    assertFalse(limit.tryAcquire(1));
    assertEquals(SECOND / 10, limit.nanosUntil(1));
    clock.advance(SECOND / 10);
    assertTrue(limit.tryAcquire(998));
  }

  @Test
  @DisplayName("should give an operation back with the last of its bytes")
  void refundsOperations() {
    TokenBucket limit =
        TokenBucket.builder(clock)
            .bytes(Rate.perSecond(100))
            .operations(new Rate(1, SECOND, 1))
            .build();
    assertEquals(60, limit.acquireUpTo(60));
    limit.refund(59);
    assertEquals(0, limit.acquireUpTo(60));
    limit.refund(1);
    assertEquals(100, limit.acquireUpTo(1000));
    limit.refund(0);
    assertEquals(0, limit.acquireUpTo(1));
  }

  @Test
  @DisplayName("should spend the one-time burst first, and once")
  void oneTimeBurst() {
    TokenBucket limit =
        TokenBucket.builder(clock).bytes(Rate.perSecond(10)).oneTimeBurst(50).build();
    assertEquals(0, limit.nanosUntil(60));
    assertEquals(30, limit.acquireUpTo(30));
    assertEquals(30, limit.acquireUpTo(100));
    // 10 of the bucket and 20 of the one-time burst; the former first.
    limit.refund(15);
    assertEquals(15, limit.acquireUpTo(100));
    clock.advance(50 * SECOND);
    assertEquals(10, limit.acquireUpTo(100));
  }

  @Test
  @DisplayName("should go on where it was saved, at whatever time that is now")
  void restores() {
    TokenBucket.Builder builder =
        TokenBucket.builder(clock)
            .bytes(new Rate(7, 997, 100))
            .operations(new Rate(1, 13, 3))
            .oneTimeBurst(5);
    TokenBucket limit = builder.build();
    limit.acquireUpTo(98);
    clock.advance(11);
    byte[] state = limit.saveState();
    clock.advance(1000 * SECOND);
    TokenBucket restored = builder.build();
    restored.restoreState(state);
    assertArrayEquals(state, restored.saveState());
    assertEquals(7, restored.acquireUpTo(100));
    clock.advance(997);
    assertEquals(7, restored.acquireUpTo(100));
  }

  @Test
  @DisplayName("should refuse numbers that don't fit together, and say which do")
  void refuses() {
    TokenBucket.Builder none = TokenBucket.builder(clock);
    assertEquals(
        "a token bucket that limits neither bytes nor operations was asked for;"
            + " one of them, or RateLimiter.unlimited(), is accepted",
        assertThrows(IllegalArgumentException.class, none::build).getMessage());
    TokenBucket.Builder negative =
        TokenBucket.builder(clock).bytes(Rate.perSecond(1)).oneTimeBurst(-1);
    assertEquals(
        "the one-time burst is -1 bytes; 0 or more is accepted",
        assertThrows(IllegalArgumentException.class, negative::build).getMessage());
    TokenBucket.Builder useless =
        TokenBucket.builder(clock).operations(Rate.perSecond(1)).oneTimeBurst(1);
    assertThrows(IllegalArgumentException.class, useless::build);
    assertEquals(
        "burst is 0; 1 to 9223372036854775807 (2^63-1) is accepted",
        assertThrows(IllegalArgumentException.class, () -> new Rate(1, 1, 0)).getMessage());
    assertThrows(IllegalArgumentException.class, () -> new Rate(0, 1, 1));
    assertThrows(IllegalArgumentException.class, () -> new Rate(1, 0, 1));
  }

  @Test
  @DisplayName("should compare rates exactly")
  void comparesRates() {
    Rate slow = new Rate(Long.MAX_VALUE - 1, Long.MAX_VALUE, 1);
    Rate fast = new Rate(Long.MAX_VALUE, Long.MAX_VALUE, 1);
    assertTrue(slow.isAtMost(fast));
    assertFalse(fast.isAtMost(slow));
    assertTrue(fast.isAtMost(new Rate(1, 1, 9)));
  }

  @Test
  @DisplayName(
      "should grant what can't be divided whole: at the least it is of use for, or in debt")
  void grantsAtLeast() {
    ManualClock clock = new ManualClock();
    TokenBucket limit = TokenBucket.builder(clock).bytes(Rate.perSecond(100)).build();
    assertEquals(70, limit.acquireAtLeast(64, 70));
    assertEquals(0, limit.acquireAtLeast(64, 70));
    assertEquals(340_000_000, limit.nanosUntil(64));
    clock.advance(340_000_000);
    assertEquals(64, limit.acquireAtLeast(64, 70));
    assertEquals(0, limit.acquireAtLeast(256, 300));
    assertEquals(1_000_000_000, limit.nanosUntil(256));
    clock.advance(1_000_000_000);
    assertEquals(256, limit.acquireAtLeast(256, 300));
    assertEquals(1_570_000_000, limit.nanosUntil(1));
    assertThrows(IllegalArgumentException.class, () -> limit.acquireAtLeast(0, 1));
    assertThrows(IllegalArgumentException.class, () -> limit.acquireAtLeast(2, 1));
  }
}
