package io.virtentropy.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Replays what was seen of QEMU's device, with a loop that has only buffers and a backend. */
@DisplayName("The quota of a QEMU-like loop")
final class QemuQuotaTest {
  private static final long PERIOD = 10_000_000;

  private final ManualClock clock = new ManualClock();
  private final QemuQuota quota = new QemuQuota(new Quota(100, 10), clock);
  private final Deque<Long> ring = new ArrayDeque<>();
  private final List<Long> asked = new ArrayList<>();
  private final List<Long> used = new ArrayList<>();
  private final Runnable pass = this::pass;

  private void pass() {
    quota.startPass();
    long limit = quota.scanLimit();
    long sum = 0;
    for (long buffer : ring) {
      sum += buffer;
      if (sum >= limit) {
        break;
      }
    }
    long size = quota.requestSize(sum);
    if (size != 0) {
      asked.add(size);
    }
  }

  private void kick(long... buffers) {
    for (long buffer : buffers) {
      ring.add(buffer);
    }
    pass();
  }

  private void answer(long bytes) {
    quota.charge(bytes);
    long left = bytes;
    while (left > 0 && !ring.isEmpty()) {
      long filled = Math.min(left, ring.remove());
      used.add(filled);
      left -= filled;
    }
    if (!ring.isEmpty()) {
      pass();
    }
  }

  @Test
  @DisplayName("should complete the buffer in which it ends short, and the next one a period later")
  void endsInsideABuffer() {
    kick(64, 64, 64);
    assertEquals(List.of(100L), asked);
    answer(100);
    assertEquals(List.of(64L, 36L), used);
    clock.advance(PERIOD - 1);
    assertFalse(quota.runTimer(pass));
    clock.advance(1);
    assertTrue(quota.runTimer(pass));
    assertEquals(List.of(100L, 64L), asked);
  }

  @Test
  @DisplayName("should be charged for bytes that find no buffer, and limit nothing once negative")
  void goesNegative() {
    kick(64);
    kick();
    kick();
    assertEquals(List.of(64L, 64L, 64L), asked);
    answer(64);
    answer(64);
    answer(64);
    assertEquals(List.of(64L), used);
    assertEquals(-92, quota.remaining());
    assertEquals(0, quota.scanLimit());
    kick(5000, 7);
    assertEquals(5000L, asked.get(3));
  }

  @Test
  @DisplayName("should keep what is left over through idling, for the timer's pass doesn't arm")
  void keepsLeftover() {
    kick(100, 50);
    answer(100);
    clock.advance(PERIOD);
    assertTrue(quota.runTimer(pass));
    answer(50);
    assertEquals(RateLimiter.NEVER, quota.nanosUntilTimer());
    clock.advance(10 * PERIOD);
    assertFalse(quota.runTimer(pass));
    kick(250);
    assertEquals(List.of(100L, 50L, 50L), asked);
    assertEquals(PERIOD, quota.nanosUntilTimer());
  }

  @Test
  @DisplayName("should charge the new window for an answer to the old one")
  void chargesLateAnswers() {
    kick(300);
    clock.advance(PERIOD);
    assertTrue(quota.runTimer(pass));
    assertEquals(List.of(100L, 100L), asked);
    clock.advance(PERIOD);
    assertFalse(quota.runTimer(pass));
    answer(100);
    assertEquals(List.of(100L), used);
    assertEquals(0, quota.remaining());
  }

  @Test
  @DisplayName("should count its period from the last whole millisecond")
  void countsMilliseconds() {
    clock.advance(1_999_999);
    kick(1);
    assertEquals(PERIOD - 999_999, quota.nanosUntilTimer());
  }

  @Test
  @DisplayName("should treat the sum of a scan as QEMU's unsigned 32 bits")
  void checksTheScan() {
    QemuQuota unlimited = new QemuQuota(Quota.DEFAULT, clock);
    assertEquals(0xffff_ffffL, unlimited.scanLimit());
    assertEquals(0xffff_ffffL, unlimited.requestSize(0xffff_ffffL));
    assertThrows(IllegalArgumentException.class, () -> unlimited.requestSize(1L << 32));
    assertThrows(IllegalArgumentException.class, () -> unlimited.requestSize(-1));
  }

  @Test
  @DisplayName("should stop at the lowest number instead of coming round")
  void doesNotWrap() {
    quota.charge(Long.MAX_VALUE);
    quota.charge(Long.MAX_VALUE);
    assertEquals(Long.MIN_VALUE, quota.remaining());
    assertThrows(IllegalArgumentException.class, () -> quota.charge(-1));
  }

  @Test
  @DisplayName("should go on where it was saved")
  void restores() {
    kick(64);
    answer(64);
    clock.advance(4);
    QemuQuota restored = new QemuQuota(new Quota(100, 10), new ManualClock(77));
    restored.restoreState(quota.saveState());
    assertEquals(36, restored.remaining());
    assertEquals(PERIOD - 4, restored.nanosUntilTimer());
  }
}
