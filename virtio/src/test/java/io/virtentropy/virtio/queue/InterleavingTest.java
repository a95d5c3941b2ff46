package io.virtentropy.virtio.queue;

import static io.virtentropy.virtio.bench.QueueBench.BUFFERS;
import static io.virtentropy.virtio.queue.SplitRingLayout.RING_FLAGS;
import static io.virtentropy.virtio.queue.SplitRingLayout.RING_IDX;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.virtio.bench.QueueBench;
import io.virtentropy.virtio.bench.SpyMemory;
import io.virtentropy.virtio.driver.SplitRingDriver;
import io.virtentropy.virtio.memory.RegionMemory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * MIST-03 and MIST-04 without threads: the driver acts between any two accesses of the device, and
 * at no such moment may both sides end up waiting for the other. What a processor reorders is left
 * to RingRaceTest and to the fences that AccessTest sees.
 */
@DisplayName("A driver that acts between any two accesses of the device")
final class InterleavingTest {
  /** What a device does when it is woken; tells whether it notified. */
  interface Pass {
    boolean run(SpyMemory spy, SplitVirtqueue queue, SplitRingDriver ring);
  }

  private static boolean serve(SplitVirtqueue queue) {
    DescriptorChain chain = new DescriptorChain();
    while (queue.pop(chain) == SplitVirtqueue.CHAIN) {
      queue.push(chain.head(), 8);
    }
    return queue.publish();
  }

  static boolean rightPass(SpyMemory spy, SplitVirtqueue queue, SplitRingDriver ring) {
    queue.suppressKicks();
    boolean notified = false;
    do {
      notified |= serve(queue);
    } while (queue.expectKicks());
    return notified;
  }

  /** The moments at which a buffer was posted and neither kicked for nor served. */
  private static List<Integer> lostKicks(boolean eventIndex, Pass pass) {
    List<Integer> lost = new ArrayList<>();
    boolean[] acted = {true};
    for (int moment = 0; acted[0]; moment++) {
      RegionMemory ram = QueueBench.ram();
      SpyMemory spy = new SpyMemory(ram);
      SplitRingDriver ring = new SplitRingDriver(ram, QueueBench.RING, 8, eventIndex);
      SplitVirtqueue queue = enabled(spy, ring, eventIndex);
      rightPass(spy, queue, ring);
      ring.post(BUFFERS, 8);
      ring.publish();
      boolean[] kicked = {false};
      acted[0] = false;
      spy.beforeAccess(
          moment,
          () -> {
            acted[0] = true;
            ring.post(BUFFERS, 8);
            kicked[0] = ring.publish();
          });
      pass.run(spy, queue, ring);
      if (acted[0] && !kicked[0] && ring.usedIndex() != 2) {
        lost.add(moment);
      }
    }
    return lost;
  }

  /** The moments at which a driver went to sleep and was not woken for a buffer that was used. */
  private static List<Integer> lostInterrupts(boolean eventIndex, Pass pass) {
    List<Integer> lost = new ArrayList<>();
    boolean[] acted = {true};
    for (int moment = 0; acted[0]; moment++) {
      RegionMemory ram = QueueBench.ram();
      SpyMemory spy = new SpyMemory(ram);
      SplitRingDriver ring = new SplitRingDriver(ram, QueueBench.RING, 8, eventIndex);
      SplitVirtqueue queue = enabled(spy, ring, eventIndex);
      ring.suppressInterrupts();
      ring.post(BUFFERS, 8);
      ring.publish();
      boolean[] sawUsed = {false};
      acted[0] = false;
      spy.beforeAccess(
          moment,
          () -> {
            acted[0] = true;
            sawUsed[0] = ring.expectInterrupt();
          });
      boolean notified = pass.run(spy, queue, ring);
      assertEquals(1, ring.usedIndex());
      if (acted[0] && !sawUsed[0] && !notified) {
        lost.add(moment);
      }
    }
    return lost;
  }

  private static SplitVirtqueue enabled(SpyMemory spy, SplitRingDriver ring, boolean eventIndex) {
    SplitVirtqueue queue = new SplitVirtqueue(spy, 8);
    queue.place(ring.descriptorTable(), ring.availRing(), ring.usedRing());
    assertTrue(queue.enable(eventIndex, true));
    return queue;
  }

  @ParameterizedTest(name = "event index {0}")
  @ValueSource(booleans = {false, true})
  @DisplayName("should never have its buffer overlooked (MIST-04, VQ-EVT-13)")
  void noLostKick(boolean eventIndex) {
    assertEquals(List.of(), lostKicks(eventIndex, InterleavingTest::rightPass));
  }

  @ParameterizedTest(name = "event index {0}")
  @ValueSource(booleans = {false, true})
  @DisplayName("should never sleep on a used buffer (MIST-03, VQ-EVT-14)")
  void noLostInterrupt(boolean eventIndex) {
    assertEquals(List.of(), lostInterrupts(eventIndex, InterleavingTest::rightPass));
  }

  @Nested
  @DisplayName("would catch")
  final class Broken {
    @ParameterizedTest(name = "event index {0}")
    @ValueSource(booleans = {false, true})
    @DisplayName("a device that does not look again before it goes idle")
    void noSecondLook(boolean eventIndex) {
      List<Integer> lost =
          lostKicks(
              eventIndex,
              (spy, queue, ring) -> {
                queue.suppressKicks();
                boolean notified = serve(queue);
                queue.expectKicks();
                return notified;
              });
      assertFalse(lost.isEmpty());
    }

    @Test
    @DisplayName("a device that never writes avail_event")
    void staleAvailEvent() {
      assertFalse(lostKicks(true, (spy, queue, ring) -> serve(queue)).isEmpty());
    }

    @ParameterizedTest(name = "event index {0}")
    @ValueSource(booleans = {false, true})
    @DisplayName("a device that decides on the interrupt before it publishes")
    void decidesTooEarly(boolean eventIndex) {
      List<Integer> lost =
          lostInterrupts(
              eventIndex,
              (spy, queue, ring) -> {
                boolean wanted =
                    eventIndex
                        ? SplitRingLayout.eventPassed(
                            spy.loadShort(ring.availRing() + SplitRingLayout.usedEvent(8)) & 0xffff,
                            1,
                            0)
                        : (spy.loadShort(ring.availRing() + RING_FLAGS) & 1) == 0;
                spy.storeShortRelease(ring.usedRing() + RING_IDX, (short) 1);
                return wanted;
              });
      assertFalse(lost.isEmpty());
    }
  }
}
