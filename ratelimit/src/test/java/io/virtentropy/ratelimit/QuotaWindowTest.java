package io.virtentropy.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A quota window")
final class QuotaWindowTest {
  private static final long PERIOD = 10_000_000;

  private final ManualClock clock = new ManualClock(Long.MAX_VALUE - 7);
  private final QuotaWindow limit = new QuotaWindow(new Quota(100, 10), clock);

  @Test
  @DisplayName("should grant its quota and then nothing until the period has passed")
  void turns() {
    assertEquals(64, limit.acquireUpTo(64));
    clock.advance(1);
    assertEquals(36, limit.acquireUpTo(64));
    assertEquals(0, limit.acquireUpTo(64));
    assertEquals(PERIOD - 1, limit.nanosUntil(1));
    clock.advance(PERIOD - 2);
    assertEquals(0, limit.acquireUpTo(1));
    clock.advance(1);
    assertEquals(0, limit.nanosUntil(1));
    assertEquals(100, limit.acquireUpTo(500));
  }

  @Test
  @DisplayName("should start its window at the first ask after idling")
  void startsLazily() {
    clock.advance(50 * PERIOD);
    assertEquals(100, limit.acquireUpTo(100));
    assertEquals(PERIOD, limit.nanosUntil(1));
  }

  @Test
  @DisplayName("should not accumulate while nobody asks")
  void doesNotAccumulate() {
    assertEquals(100, limit.acquireUpTo(100));
    clock.advance(50 * PERIOD);
    assertEquals(100, limit.acquireUpTo(1000));
    assertEquals(0, limit.acquireUpTo(1000));
  }

  @Test
  @DisplayName("should keep what is left over through idling, as QEMU's timer does")
  void leavesLeftover() {
    assertEquals(100, limit.acquireUpTo(100));
    assertEquals(0, limit.acquireUpTo(50));
    clock.advance(PERIOD);
    // QEMU's timer serves this ask, and a timer's pass doesn't arm the next one.
    assertEquals(50, limit.acquireUpTo(50));
    clock.advance(10 * PERIOD);
    assertEquals(50, limit.acquireUpTo(250));
    assertEquals(0, limit.acquireUpTo(200));
    assertEquals(PERIOD, limit.nanosUntil(1));
    clock.advance(PERIOD);
    assertEquals(100, limit.acquireUpTo(200));
  }

  @Test
  @DisplayName("should start the next window with the second ask after a waiting one was served")
  void armsAfterTheTimersPass() {
    limit.acquireUpTo(100);
    limit.acquireUpTo(1);
    clock.advance(PERIOD);
    assertEquals(100, limit.acquireUpTo(100));
    clock.advance(3);
    assertEquals(0, limit.acquireUpTo(1));
    clock.advance(PERIOD - 1);
    assertEquals(0, limit.acquireUpTo(1));
    clock.advance(1);
    assertEquals(100, limit.acquireUpTo(100));
  }

  @Test
  @DisplayName("should keep its promise when only asked how long to wait")
  void askingStartsTheWindow() {
    limit.acquireUpTo(100);
    limit.acquireUpTo(1);
    clock.advance(PERIOD);
    limit.acquireUpTo(100);
    clock.advance(5 * PERIOD);
    assertEquals(PERIOD, limit.nanosUntil(1));
    clock.advance(PERIOD);
    assertEquals(0, limit.nanosUntil(1));
    assertEquals(1, limit.acquireUpTo(1));
  }

  @Test
  @DisplayName("should charge delivered bytes only")
  void refunds() {
    assertEquals(100, limit.acquireUpTo(128));
    limit.refund(90);
    assertEquals(90, limit.acquireUpTo(128));
    limit.refund(Long.MAX_VALUE);
    assertEquals(100, limit.acquireUpTo(128));
  }

  @Test
  @DisplayName("should not give a new window what was left of the old one")
  void forfeitsLateRefunds() {
    assertEquals(100, limit.acquireUpTo(128));
    clock.advance(PERIOD);
    limit.refund(70);
    assertEquals(100, limit.acquireUpTo(1000));
    assertEquals(0, limit.acquireUpTo(1000));
  }

  @Test
  @DisplayName("should answer for its whole quota when asked for more")
  void capsTheQuestion() {
    assertEquals(0, limit.nanosUntil(Long.MAX_VALUE));
    limit.acquireUpTo(1);
    assertEquals(PERIOD, limit.nanosUntil(Long.MAX_VALUE));
    assertEquals(0, limit.nanosUntil(99));
  }

  @Test
  @DisplayName("should take a clock that went back for one that stands still")
  void survivesBackwardClock() {
    ManualClock other = new ManualClock();
    NanoClock back = () -> -other.nanoTime();
    QuotaWindow limit = new QuotaWindow(new Quota(100, 10), back);
    assertEquals(100, limit.acquireUpTo(100));
    other.advance(PERIOD);
    assertEquals(0, limit.acquireUpTo(100));
    assertEquals(PERIOD, limit.nanosUntil(1));
  }

  @Test
  @DisplayName("should work at the ends of its ranges")
  void extremes() {
    QuotaWindow limit = new QuotaWindow(new Quota(Long.MAX_VALUE, 0xffff_ffffL), clock);
    assertEquals(Long.MAX_VALUE, limit.acquireUpTo(Long.MAX_VALUE));
    assertEquals(4_294_967_295_000_000L, limit.nanosUntil(1));
    limit.refund(Long.MAX_VALUE);
    assertEquals(Long.MAX_VALUE, limit.acquireUpTo(Long.MAX_VALUE));
  }

  @Test
  @DisplayName("should go on where it was saved, at whatever time that is now")
  void restores() {
    limit.acquireUpTo(100);
    limit.acquireUpTo(1);
    clock.advance(3);
    byte[] state = limit.saveState();
    QuotaWindow restored = new QuotaWindow(new Quota(100, 10), new ManualClock(-5));
    restored.restoreState(state);
    assertEquals(PERIOD - 3, restored.nanosUntil(1));
    assertEquals(0, restored.acquireUpTo(1));
    clock.advance(PERIOD - 3);
    limit.restoreState(limit.saveState());
    assertEquals(50, limit.acquireUpTo(50));
    clock.advance(10 * PERIOD);
    assertEquals(50, limit.acquireUpTo(51));
  }

  @Test
  @DisplayName("should refuse amounts that mean nothing, and say what it accepts")
  void refuses() {
    assertEquals(
        "0 bytes asked for; 1 or more is accepted",
        assertThrows(IllegalArgumentException.class, () -> limit.acquireUpTo(0)).getMessage());
    assertThrows(IllegalArgumentException.class, () -> limit.nanosUntil(-1));
    assertEquals(
        "-1 bytes given back; 0 or more is accepted",
        assertThrows(IllegalArgumentException.class, () -> limit.refund(-1)).getMessage());
  }
}
