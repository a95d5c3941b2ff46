package io.virtentropy.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A sliding quota")
final class SlidingQuotaTest {
  private static final long PERIOD = 10_000_000;

  private final ManualClock clock = new ManualClock(Long.MAX_VALUE - 7);
  private final SlidingQuota limit = new SlidingQuota(new Quota(100, 10), clock);

  @Test
  @DisplayName("should give a greedy consumer the whole quota once a period")
  void greedy() {
    for (int i = 0; i < 300; i++) {
      assertEquals(100, limit.acquireUpTo(1000));
      assertEquals(PERIOD, limit.nanosUntil(1));
      clock.advance(PERIOD - 1);
      assertEquals(0, limit.acquireUpTo(1));
      clock.advance(1);
    }
  }

  @Test
  @DisplayName("should not let twice the quota pass around the end of a window")
  void closesTheDoubleBurst() {
    QuotaWindow window = new QuotaWindow(new Quota(100, 10), clock);
    assertEquals(1, limit.acquireUpTo(1));
    assertEquals(1, window.acquireUpTo(1));
    clock.advance(PERIOD - 1);
    assertEquals(99, limit.acquireUpTo(100));
    assertEquals(99, window.acquireUpTo(100));
    clock.advance(1);
    assertEquals(1, limit.acquireUpTo(100));
    assertEquals(100, window.acquireUpTo(100));
    // The 99 bytes share an entry with the byte after them, and come back with it.
    assertEquals(PERIOD, limit.nanosUntil(1));
  }

  @Test
  @DisplayName("should lose at most a 65th of the rate to a consumer that sips")
  void sips() {
    SlidingQuota limit = new SlidingQuota(new Quota(1000, 10), clock);
    long sip = PERIOD / 1000;
    long granted = 0;
    for (int i = 0; i < 100_000; i++) {
      granted += limit.acquireUpTo(1);
      clock.advance(sip);
    }
    assertTrue(granted >= 100_000L * 64 / 65, granted + " granted");
  }

  @Test
  @DisplayName("should say when several grants are due")
  void waitsForSeveral() {
    assertEquals(40, limit.acquireUpTo(40));
    clock.advance(PERIOD / 2);
    assertEquals(60, limit.acquireUpTo(60));
    assertEquals(PERIOD / 2, limit.nanosUntil(1));
    assertEquals(PERIOD / 2, limit.nanosUntil(40));
    assertEquals(PERIOD, limit.nanosUntil(41));
    assertEquals(PERIOD, limit.nanosUntil(Long.MAX_VALUE));
  }

  @Test
  @DisplayName("should take back refunds from the youngest grant and forfeit what is overdue")
  void refunds() {
    limit.acquireUpTo(40);
    clock.advance(PERIOD / 2);
    limit.acquireUpTo(60);
    limit.refund(70);
    assertEquals(0, limit.nanosUntil(70));
    assertEquals(PERIOD / 2, limit.nanosUntil(71));
    clock.advance(PERIOD);
    limit.refund(30);
    assertEquals(100, limit.acquireUpTo(1000));
  }

  @Test
  @DisplayName("should go on where it was saved")
  void restores() {
    limit.acquireUpTo(40);
    clock.advance(PERIOD / 2);
    limit.acquireUpTo(30);
    SlidingQuota restored = new SlidingQuota(new Quota(100, 10), new ManualClock(3));
    restored.restoreState(limit.saveState());
    assertEquals(0, restored.nanosUntil(30));
    assertEquals(PERIOD / 2, restored.nanosUntil(70));
    assertEquals(PERIOD, restored.nanosUntil(71));
  }
}
