package io.virtentropy.virtio.queue;

import static io.virtentropy.virtio.bench.QueueBench.BUFFERS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.virtio.bench.QueueBench;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Notifications of a split queue")
final class NotificationTest {
  private final QueueBench indexed = new QueueBench(16);
  private final QueueBench flagged = new QueueBench(QueueBench.ram(), 16, false, true);

  /** Makes a batch available and returns it; tells whether the driver is to be notified. */
  private static boolean batch(QueueBench bench, int buffers) {
    for (int i = 0; i < buffers; i++) {
      bench.driver.post(BUFFERS, 1);
    }
    bench.driver.publish();
    for (int i = 0; i < buffers; i++) {
      bench.queue.push(bench.pop().head(), 1);
    }
    boolean wanted = bench.queue.publish();
    for (int i = 0; i < buffers; i++) {
      assertTrue(bench.driver.reap());
    }
    return wanted;
  }

  @Test
  @DisplayName("should ignore used_event without the event index (VQ-EVT-01)")
  void usedEventIgnored() {
    flagged.driver.rawUsedEvent(0x7fff);
    for (int i = 0; i < 5; i++) {
      assertTrue(batch(flagged, 1));
    }
  }

  @ParameterizedTest(name = "flags {0}")
  @CsvSource({"0, true", "1, false", "2, true", "3, false", "0xfffe, true", "0xffff, false"})
  @DisplayName("should look at bit 0 of the flags alone (VQ-EVT-02, VQ-EVT-03)")
  void bitZero(String flags, boolean wanted) {
    flagged.driver.rawAvailFlags(Integer.decode(flags));
    assertEquals(wanted, batch(flagged, 3));
    assertEquals(wanted, batch(flagged, 1));
  }

  @Test
  @DisplayName("should ignore the flags with the event index (VQ-EVT-04)")
  void flagsIgnored() {
    indexed.driver.rawAvailFlags(1);
    indexed.driver.rawUsedEvent(0);
    assertTrue(batch(indexed, 1));
  }

  @ParameterizedTest(name = "from {0}, a batch of {1}, used_event {2}")
  @CsvSource({
    "0, 1, 0, true",
    "0, 1, 1, false",
    "0, 1, 65535, false",
    "0, 4, 2, true",
    "0, 4, 3, true",
    "0, 4, 4, false",
    "0, 9, 10, false",
    "7, 1, 6, false",
    "7, 1, 7, true",
    "65534, 4, 65533, false",
    "65534, 4, 65534, true",
    "65534, 4, 65535, true",
    "65534, 4, 0, true",
    "65534, 4, 1, true",
    "65534, 4, 2, false",
    "65535, 1, 65535, true",
    "65535, 1, 0, false",
    "32767, 2, 32768, true"
  })
  @DisplayName("should notify if used_event lies in the batch, modulo 2^16 (VQ-EVT-05, MIST-06)")
  void window(int start, int buffers, int event, boolean wanted) {
    indexed.driver.startAt(start);
    indexed.queue.setPosition(start, start);
    indexed.driver.rawUsedEvent(event);
    assertEquals(wanted, batch(indexed, buffers));
  }

  @Test
  @DisplayName("should notify once a lap of 65536 for a used_event that stands still (VQ-EVT-05)")
  void oncePerLap() {
    indexed.driver.rawUsedEvent(0);
    int notified = 0;
    for (int i = 0; i < 65_538; i++) {
      if (batch(indexed, 1)) {
        assertTrue(i == 0 || i == 65_536, "at " + i);
        notified++;
      }
    }
    assertEquals(2, notified);
  }

  @Test
  @DisplayName("should not notify while used_event lies ahead (VQ-EVT-06)")
  void ahead() {
    indexed.driver.rawUsedEvent(9);
    for (int i = 0; i < 9; i++) {
      assertFalse(batch(indexed, 1), "buffer " + i);
    }
    assertTrue(batch(indexed, 1));
    assertFalse(indexed.queue.publish(), "nothing new, nothing to tell");
  }

  @Test
  @DisplayName("should forget what it had signalled when the position is set anew (MIST-07)")
  void staleSignalledState() {
    indexed.driver.rawUsedEvent(0);
    assertTrue(batch(indexed, 3));
    indexed.queue.reset();
    QueueBench second = new QueueBench(indexed.memory, 16, true, true);
    indexed.queue.place(
        second.driver.descriptorTable(), second.driver.availRing(), second.driver.usedRing());
    assertTrue(indexed.queue.enable(true, true));
    second.driver.post(BUFFERS, 1);
    second.driver.publish();
    indexed.pop();
    assertTrue(indexed.push(1));
  }

  @Test
  @DisplayName("should ask for a kick for the next buffer when idle (VQ-EVT-10, MIST-08)")
  void availEvent() {
    for (int round = 0; round < 20; round++) {
      assertFalse(indexed.queue.expectKicks());
      assertEquals(indexed.driver.nextAvail(), indexed.driver.availEvent());
      indexed.driver.post(BUFFERS, 1);
      assertTrue(indexed.driver.publish(), "the driver is asked to kick");
      assertTrue(indexed.queue.expectKicks(), "a buffer came in the meantime");
      indexed.pop();
      indexed.push(1);
      assertTrue(indexed.driver.reap());
      assertEquals(0, indexed.driver.usedFlags(), "VQ-EVT-09");
    }
  }

  @Test
  @DisplayName("should say by the flag whether kicks are needed, 0 or 1 (VQ-EVT-07, VQ-EVT-08)")
  void noNotify() {
    flagged.queue.suppressKicks();
    assertEquals(1, flagged.driver.usedFlags());
    flagged.driver.post(BUFFERS, 1);
    assertFalse(flagged.driver.publish());
    assertTrue(flagged.queue.expectKicks(), "found without a kick");
    assertEquals(0, flagged.driver.usedFlags());
    flagged.pop();
    assertFalse(flagged.queue.expectKicks());
  }

  @Test
  @DisplayName("should not touch the flags for suppression with the event index (VQ-EVT-09)")
  void noFlagWithEventIndex() {
    indexed.queue.suppressKicks();
    assertEquals(0, indexed.driver.usedFlags());
  }

  @Test
  @DisplayName("should take back a NO_NOTIFY that an earlier life left behind (VQ-EVT-12, MIST-04)")
  void leftOverFlag() {
    flagged.queue.suppressKicks();
    flagged.driver.post(BUFFERS, 1);
    flagged.driver.publish();
    SplitVirtqueue restored = new SplitVirtqueue(flagged.memory, 16);
    restored.place(
        flagged.driver.descriptorTable(), flagged.driver.availRing(), flagged.driver.usedRing());
    restored.setPosition(0, 0);
    assertTrue(restored.enable(false, true));
    assertEquals(SplitVirtqueue.CHAIN, restored.pop(flagged.chain));
    assertFalse(restored.expectKicks());
    assertEquals(0, flagged.driver.usedFlags(), "or the driver would never kick again");
  }

  @ParameterizedTest(name = "event index {0}")
  @ValueSource(booleans = {false, true})
  @DisplayName("should leave the bytes behind both rings alone (VQ-EVT-20, MIST-08)")
  void behindTheRings(boolean eventIndex) {
    QueueBench bench = eventIndex ? indexed : flagged;
    long behindAvail = bench.driver.availRing() + 4 + 2 * 16 + (eventIndex ? 2 : 0);
    long behindUsed = bench.driver.usedRing() + 4 + 8 * 16 + (eventIndex ? 2 : 0);
    bench.memory.storeShort(behindUsed, (short) 0x5aa5);
    short behind = bench.memory.loadShort(behindAvail);
    for (int i = 0; i < 40; i++) {
      batch(bench, 1);
      bench.queue.suppressKicks();
      bench.queue.expectKicks();
    }
    assertEquals((short) 0x5aa5, bench.memory.loadShort(behindUsed));
    assertEquals(behind, bench.memory.loadShort(behindAvail));
  }
}
