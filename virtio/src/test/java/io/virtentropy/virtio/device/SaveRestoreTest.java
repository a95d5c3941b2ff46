package io.virtentropy.virtio.device;

import static io.virtentropy.virtio.bench.DeviceBench.buffer;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.CounterBackend;
import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.ratelimit.ManualClock;
import io.virtentropy.ratelimit.RateLimiter;
import io.virtentropy.virtio.bench.DeviceBench;
import io.virtentropy.virtio.bench.OnDemandSource;
import io.virtentropy.virtio.bench.QueueBench;
import io.virtentropy.virtio.bench.WindowLimiter;
import io.virtentropy.virtio.memory.GuestMemory;
import io.virtentropy.virtio.transport.mmio.MmioLayout;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Saving and restoring an entropy device")
final class SaveRestoreTest {
  private static DeviceBench device(GuestMemory memory, EntropyBackend source) {
    return new DeviceBench(memory, source, new ManualClock(), RateLimiter.unlimited(), 8);
  }

  private static String registers(DeviceBench bench) {
    StringBuilder text = new StringBuilder();
    for (int at = 0; at < MmioLayout.WINDOW_BYTES; at += 4) {
      text.append(Integer.toHexString(bench.read(at))).append(' ');
    }
    return text.toString();
  }

  @Test
  @DisplayName(
      "should redo a request that waited at the source, once, after the restore (RNG-16, MIST-57)")
  void pendingRequestRedone() {
    OnDemandSource source = new OnDemandSource();
    DeviceBench old = device(QueueBench.ram(), source).bind();
    int head = old.request(buffer(0), 64);
    byte[] saved = old.mmio.save();
    assertEquals(0, source.waiting(), "given back");

    DeviceBench restored = device(old.memory, source);
    restored.mmio.restore(saved);
    assertEquals(0, source.waiting(), "nothing happens inside restore");
    assertEquals(0, restored.mmio.nanosUntilDue());
    assertTrue(restored.mmio.poll());
    assertEquals(1, source.waiting());
    source.complete();
    assertTrue(restored.mmio.poll());
    assertEquals(1, restored.mmio.counters().get(DeviceCounter.CHAINS));
    assertTrue(old.ring().reap());
    assertEquals(head, old.ring().reapedHead());
    assertFalse(restored.mmio.poll());
  }

  @Test
  @DisplayName("should go on by itself after a save: the request is made again")
  void savedDeviceGoesOn() {
    OnDemandSource source = new OnDemandSource();
    DeviceBench bench = device(QueueBench.ram(), source).bind();
    int head = bench.request(buffer(0), 64);
    bench.mmio.quiesce();
    byte[] saved = bench.mmio.save();
    assertArrayEquals(saved, bench.mmio.save());
    assertTrue(bench.mmio.poll());
    source.complete();
    assertTrue(bench.mmio.poll());
    bench.expectUsed(head, 64);
  }

  @Test
  @DisplayName("should hold no entropy in the saved bytes (RNG-16)")
  void noEntropySaved() {
    OnDemandSource source = new OnDemandSource();
    DeviceBench bench = device(QueueBench.ram(), source).bind();
    byte[] before = bench.mmio.save();
    bench.request(buffer(0), 64);
    var request = source.take();
    assertTrue(request.claim());
    source.deliver(request, 64);
    byte[] saved = bench.mmio.save();
    assertArrayEquals(before, saved, "delivered, not yet handed on, and not in the state");
    bench.expectPainted(buffer(0), 64, 0);
  }

  @Test
  @DisplayName("should tell the interrupt line nothing, and answer with the saved level")
  void noInterrupt() {
    DeviceBench old = device(QueueBench.ram(), new CounterBackend(1)).bind();
    old.request(buffer(0), 64);
    byte[] saved = old.mmio.save();
    DeviceBench restored = device(old.memory, new CounterBackend(1));
    restored.mmio.restore(saved);
    assertEquals(List.of(), restored.line);
    assertTrue(restored.mmio.interruptLevel());
    restored.mmio.poll();
    assertEquals(List.of(), restored.line);
    restored.write(MmioLayout.INTERRUPT_ACK, 1);
    assertEquals(List.of(false), restored.line);
  }

  @Test
  @DisplayName("should refuse bytes that are cut, too long or garbage, and stay as it was")
  void refusals() {
    DeviceBench bench = device(QueueBench.ram(), new CounterBackend(1)).bind();
    bench.request(buffer(0), 64);
    byte[] saved = bench.mmio.save();
    String before = registers(bench);
    for (int length = 0; length < saved.length; length++) {
      byte[] cut = Arrays.copyOf(saved, length);
      assertThrows(IllegalArgumentException.class, () -> bench.mmio.restore(cut));
    }
    byte[] longer = Arrays.copyOf(saved, saved.length + 1);
    assertThrows(IllegalArgumentException.class, () -> bench.mmio.restore(longer));
    for (int at : new int[] {0, 7, 20, 23, 56, 70, 71, 76, 83, 92, 96, 99, 128, 131}) {
      byte[] garbage = saved.clone();
      garbage[at] = (byte) 0xee;
      assertThrows(IllegalArgumentException.class, () -> bench.mmio.restore(garbage), "byte " + at);
    }
    byte[] unfrozen = saved.clone();
    unfrozen[92] &= ~1; // FEATURES_OK in the status, but not granted
    assertThrows(IllegalArgumentException.class, () -> bench.mmio.restore(unfrozen));
    byte[] larger = saved.clone();
    larger[96] = 16;
    assertThrows(IllegalArgumentException.class, () -> bench.mmio.restore(larger));
    assertEquals(before, registers(bench));
    bench.ring().reap();
    bench.expectUsed(bench.request(buffer(0), 8), 8);
  }

  @Test
  @DisplayName("should survive any change of any byte of a saved state (hostile snapshot)")
  void anyByteChanged() {
    DeviceBench old = device(QueueBench.ram(), new CounterBackend(1)).bind();
    old.request(buffer(0), 64);
    byte[] saved = old.mmio.save();
    for (int at = 0; at < saved.length; at++) {
      for (int change : new int[] {1, 0x80, 0xff, 0x40}) {
        byte[] changed = saved.clone();
        changed[at] = (byte) (changed[at] ^ change);
        DeviceBench restored = device(old.memory, new CounterBackend(1));
        try {
          restored.mmio.restore(changed);
        } catch (IllegalArgumentException e) {
          assertEquals(0, restored.read(MmioLayout.STATUS), "unchanged");
        }
        for (int i = 0; i < 20 && restored.mmio.poll(); i++) {
          assertTrue(i < 19, "poll never comes to rest");
        }
        restored.write(MmioLayout.QUEUE_NOTIFY, 0);
        restored.write(MmioLayout.STATUS, 0);
        assertEquals(0, restored.read(MmioLayout.STATUS));
      }
    }
  }

  @Test
  @DisplayName("should come to rest after a restore of a device that is not live yet")
  void restoredBeforeDriverOk() {
    DeviceBench old = device(QueueBench.ram(), new CounterBackend(1));
    old.write(MmioLayout.STATUS, 3);
    DeviceBench restored = device(old.memory, new CounterBackend(1));
    restored.mmio.restore(old.mmio.save());
    assertFalse(restored.mmio.poll(), "there is nothing that could be done");
    assertEquals(RateLimiter.NEVER, restored.mmio.nanosUntilDue());
    assertEquals(3, restored.read(MmioLayout.STATUS));
  }

  @Test
  @DisplayName("should keep a refused feature refused (BASE-FEAT-03)")
  void refusedFeature() {
    DeviceBench old = device(QueueBench.ram(), new CounterBackend(1));
    old.write(MmioLayout.STATUS, 3);
    old.write(MmioLayout.DRIVER_FEATURES_SEL, 2);
    old.write(MmioLayout.DRIVER_FEATURES, 1);
    DeviceBench restored = device(old.memory, new CounterBackend(1));
    restored.mmio.restore(old.mmio.save());
    restored.write(MmioLayout.DRIVER_FEATURES_SEL, 1);
    restored.write(MmioLayout.DRIVER_FEATURES, 1);
    restored.write(MmioLayout.STATUS, 11);
    assertEquals(3, restored.read(MmioLayout.STATUS));
  }

  @Test
  @DisplayName("should restore the quota as it was, without what its own pending requests held")
  void limiter() {
    ManualClock clock = new ManualClock();
    OnDemandSource source = new OnDemandSource();
    WindowLimiter oldLimiter = new WindowLimiter(clock, 100, 1000);
    DeviceBench old = new DeviceBench(QueueBench.ram(), source, clock, oldLimiter, 8).bind();
    assertEquals(30, oldLimiter.acquireUpTo(30));
    byte[] saved = old.mmio.save();
    old.request(buffer(0), 60);
    assertEquals(10, oldLimiter.left());
    old.mmio.restore(saved);
    assertEquals(70, oldLimiter.left(), "as saved: what was pending is not given back on top");
  }
}
