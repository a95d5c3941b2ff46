package io.virtentropy.virtio.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.CounterBackend;
import io.virtentropy.virtio.device.DeviceCounter;
import io.virtentropy.virtio.device.RngDevice;
import io.virtentropy.virtio.device.VirtioFeature;
import io.virtentropy.virtio.device.VirtioRngDevice;
import io.virtentropy.virtio.driver.SplitRingDriver;
import io.virtentropy.virtio.memory.RegionMemory;
import io.virtentropy.virtio.memory.RegionMemory.Sharing;
import java.nio.ByteBuffer;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * MIST-02, -03, -04, -05: driver and device on two threads over shared memory. The driver kicks
 * only if asked and sleeps till interrupted, the device sleeps till kicked. If one of these runs
 * into its time limit, a kick or an interrupt was lost; if a word is wrong, a used index was seen
 * before what belongs to it.
 */
@DisplayName("Driver and device on two threads")
final class RingRaceTest {
  private static final long RAM = 0x8000_0000L;
  private static final long BUFFERS = RAM + 0x8000;
  private static final int SIZE = 8;

  private final RegionMemory memory =
      RegionMemory.of(Sharing.SHARED, RAM, ByteBuffer.allocateDirect(0x1_0000));
  private final Semaphore kicks = new Semaphore(0);
  private final Semaphore interrupts = new Semaphore(0);
  private final AtomicReference<Throwable> failure = new AtomicReference<>();

  private Thread device(Runnable pass) {
    Thread thread =
        new Thread(
            () -> {
              try {
                while (true) {
                  kicks.acquire();
                  kicks.drainPermits();
                  pass.run();
                }
              } catch (InterruptedException e) {
                // The test is over.
              } catch (Throwable e) {
                failure.set(e);
                interrupts.release(1_000_000);
              }
            },
            "device");
    thread.setDaemon(true);
    return thread;
  }

  /** Reads words of a counter through the ring, at most so many at once. */
  private void drive(SplitRingDriver ring, RegionMemory view, long words, int ahead)
      throws InterruptedException {
    long sent = 0;
    long received = 0;
    while (received < words) {
      int posted = 0;
      while (sent < words && sent - received < ahead) {
        long buffer = BUFFERS + 64 * (sent % SIZE);
        view.storeLong(buffer, -1);
        ring.post(buffer, 8);
        sent++;
        posted++;
      }
      if (posted > 0 && ring.publish()) {
        kicks.release();
      }
      boolean any = false;
      while (ring.reap()) {
        any = true;
        if (ring.reapedLength() != 8
            || view.loadLong(BUFFERS + 64 * (received % SIZE)) != received + 1) {
          assertEquals(8, ring.reapedLength());
          assertEquals(received + 1, view.loadLong(BUFFERS + 64 * (received % SIZE)));
        }
        received++;
      }
      if (any) {
        ring.suppressInterrupts();
      } else if (!ring.expectInterrupt()) {
        interrupts.acquire();
      }
      assertEquals(null, failure.get());
    }
  }

  @ParameterizedTest(name = "event index {0}, {1} ahead, {2} words")
  @CsvSource({"true, 1, 150000", "true, 8, 1000000", "false, 1, 150000", "false, 8, 1000000"})
  @Timeout(value = 600, unit = TimeUnit.SECONDS)
  @DisplayName(
      "should lose no kick, no interrupt and no word, with kicks suppressed while busy (MIST-02, MIST-03, MIST-04, MIST-05)")
  void queue(boolean eventIndex, int ahead, long words) throws InterruptedException {
    SplitRingDriver ring = new SplitRingDriver(memory, RAM, SIZE, eventIndex);
    RegionMemory view = memory.view();
    SplitVirtqueue queue = new SplitVirtqueue(view, SIZE);
    queue.place(ring.descriptorTable(), ring.availRing(), ring.usedRing());
    assertTrue(queue.enable(eventIndex, true));
    DescriptorChain chain = new DescriptorChain();
    long[] word = {1};
    Thread device =
        device(
            () -> {
              queue.suppressKicks();
              do {
                int popped;
                while ((popped = queue.pop(chain)) == SplitVirtqueue.CHAIN) {
                  view.storeLong(chain.address(0), word[0]++);
                  queue.push(chain.head(), 8);
                  if (queue.publish()) {
                    interrupts.release();
                  }
                }
                if (popped == SplitVirtqueue.FAULT) {
                  throw new IllegalStateException(queue.fault().describe());
                }
              } while (queue.expectKicks());
            });
    device.start();
    drive(ring, memory, words, ahead);
    device.interrupt();
    device.join();
  }

  @ParameterizedTest(name = "event index {0}, {1} ahead, {2} words")
  @CsvSource({"true, 1, 100000", "true, 5, 400000", "false, 3, 200000"})
  @Timeout(value = 600, unit = TimeUnit.SECONDS)
  @DisplayName("should deliver every word of a counter once and in order, through the whole device")
  void wholeDevice(boolean eventIndex, int ahead, long words) throws InterruptedException {
    SplitRingDriver ring = new SplitRingDriver(memory, RAM, SIZE, eventIndex);
    VirtioRngDevice device =
        VirtioRngDevice.builder(memory.view(), new CounterBackend(1))
            .build(
                new RngDevice.Interrupts() {
                  @Override
                  public void usedBuffers() {
                    interrupts.release();
                  }

                  @Override
                  public void configurationChanged() {
                    throw new IllegalStateException("a fault");
                  }
                });
    device.writeDriverFeatures(1, (int) (VirtioFeature.VERSION_1 >>> 32));
    device.writeDriverFeatures(0, eventIndex ? (int) VirtioFeature.EVENT_IDX : 0);
    device.writeStatus(11);
    device.enableQueue(ring.descriptorTable(), ring.availRing(), ring.usedRing());
    device.writeStatus(15);
    Thread thread =
        device(
            () -> {
              device.kick(0);
              while (device.poll()) {
                // what a bound cut short
              }
            });
    thread.start();
    drive(ring, memory, words, ahead);
    thread.interrupt();
    thread.join();
    assertEquals(words, device.counters().get(DeviceCounter.CHAINS));
  }
}
