package io.virtentropy.virtio.device;

import static io.virtentropy.virtio.bench.DeviceBench.buffer;
import static io.virtentropy.virtio.device.DeviceCounter.BYTES;
import static io.virtentropy.virtio.device.DeviceCounter.CHAINS;
import static io.virtentropy.virtio.device.DeviceCounter.FAULTS;
import static io.virtentropy.virtio.device.DeviceCounter.INTERRUPTS;
import static io.virtentropy.virtio.device.DeviceCounter.KICKS;
import static io.virtentropy.virtio.device.DeviceCounter.RESETS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.CounterBackend;
import io.virtentropy.ratelimit.ManualClock;
import io.virtentropy.ratelimit.RateLimiter;
import io.virtentropy.virtio.bench.DeviceBench;
import io.virtentropy.virtio.bench.OnDemandSource;
import io.virtentropy.virtio.bench.QueueBench;
import io.virtentropy.virtio.bench.ScalarMemory;
import io.virtentropy.virtio.bench.SpyMemory;
import io.virtentropy.virtio.memory.GuestMemory;
import io.virtentropy.virtio.memory.GuestMemoryException;
import io.virtentropy.virtio.queue.RingFault;
import io.virtentropy.virtio.transport.mmio.MmioLayout;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.mockito.Mockito;

@DisplayName("An entropy device whose driver breaks the ring")
final class DriverFaultTest {
  private final SpyMemory spy = new SpyMemory(QueueBench.ram());
  private final DeviceBench bench =
      new DeviceBench(spy, new CounterBackend(1), new ManualClock(), RateLimiter.unlimited(), 8)
          .bind();

  private void breakRing() {
    bench.ring().rawAvailEntry(bench.ring().nextAvail(), 99);
    bench.ring().rawAvailIndex(bench.ring().nextAvail() + 1);
    bench.write(MmioLayout.QUEUE_NOTIFY, 0);
  }

  @Test
  @DisplayName("should ask for a reset, by a configuration interrupt (BASE-STAT-03, -04, MIST-26)")
  void needsReset() {
    breakRing();
    assertEquals(0x4f, bench.read(MmioLayout.STATUS));
    assertEquals(MmioLayout.INTERRUPT_CONFIG, bench.read(MmioLayout.INTERRUPT_STATUS));
    assertEquals(List.of(true), bench.line);
    assertEquals(List.of(new RingFault.HeadOutOfRange(99, 8)), bench.faults);
    bench.counted.expect(KICKS, 1, FAULTS, 1);
  }

  @Test
  @DisplayName(
      "should latch it: no status write takes it back, no kick does work (BASE-STAT-09, MIST-25)")
  void latched() {
    breakRing();
    bench.write(MmioLayout.INTERRUPT_ACK, 3);
    for (int status : new int[] {0x0f, 0x07, 0x8f, 0x4f, 0x0f}) {
      bench.write(MmioLayout.STATUS, status);
      assertEquals(status | 0x40, bench.read(MmioLayout.STATUS));
    }
    bench.ring().rawDescriptor(0, buffer(0), 64, 2, 0);
    bench.ring().rawAvailEntry(0, 0);
    spy.forget();
    for (int i = 0; i < 10; i++) {
      bench.write(MmioLayout.QUEUE_NOTIFY, 0);
      assertFalse(bench.mmio.poll());
    }
    assertEquals(List.of(), spy.accesses(), "work after NEEDS_RESET");
    assertEquals(0, bench.read(MmioLayout.INTERRUPT_STATUS));
    assertEquals(RateLimiter.NEVER, bench.mmio.nanosUntilDue());
    bench.counted.expect(KICKS, 11, FAULTS, 1);
  }

  @Test
  @DisplayName("should never let the driver set NEEDS_RESET itself")
  void notTheDrivers() {
    bench.write(MmioLayout.STATUS, 0x4f);
    assertEquals(0x0f, bench.read(MmioLayout.STATUS));
    bench.expectUsed(bench.request(buffer(0), 8), 8);
  }

  @Test
  @DisplayName("should live again after a reset, with its counters kept (OPEN-01)")
  void revived() {
    breakRing();
    bench.write(MmioLayout.STATUS, 0);
    assertEquals(0, bench.read(MmioLayout.STATUS));
    assertFalse(bench.mmio.interruptLevel(), "MMIO-05");
    bench.counted.expect(KICKS, 1, FAULTS, 1, RESETS, 1);
    bench.bind();
    bench.expectUsed(bench.request(buffer(0), 64), 64);
    bench.counted.expect(KICKS, 1, CHAINS, 1, BYTES, 64, INTERRUPTS, 1);
  }

  @Test
  @DisplayName("should hand over what it had served before the fault, and count just that")
  void servedBefore() {
    int head = bench.ring().post(buffer(0), 64);
    bench.ring().rawAvailEntry(1, 99);
    bench.ring().rawAvailIndex(2);
    bench.write(MmioLayout.QUEUE_NOTIFY, 0);
    bench.counted.expect(KICKS, 1, CHAINS, 1, BYTES, 64, INTERRUPTS, 1, FAULTS, 1);
    assertEquals(3, bench.read(MmioLayout.INTERRUPT_STATUS));
    bench.expectUsed(head, 64);
    bench.expectNoneUsed();
  }

  @Test
  @DisplayName("should fault on rings that were placed outside RAM, at DRIVER_OK (OPEN-08)")
  void badPlacement() {
    bench.write(MmioLayout.STATUS, 0);
    for (int status : new int[] {1, 3}) {
      bench.write(MmioLayout.STATUS, status);
    }
    bench.write(MmioLayout.DRIVER_FEATURES_SEL, 1);
    bench.write(MmioLayout.DRIVER_FEATURES, 1);
    bench.write(MmioLayout.STATUS, 11);
    bench.write(MmioLayout.QUEUE_DESC_LOW, 0x7000_0000);
    bench.write(MmioLayout.QUEUE_READY, 1);
    assertEquals(0x0b, bench.read(MmioLayout.STATUS));
    bench.write(MmioLayout.STATUS, 15);
    assertEquals(0x4f, bench.read(MmioLayout.STATUS));
    assertEquals(2, bench.read(MmioLayout.INTERRUPT_STATUS));
    assertTrue(bench.faults.get(0).describe().contains("0x70000000"));
  }

  @Test
  @DisplayName("should drop what waits at the source when another chain is a fault")
  void pendingDropped() {
    OnDemandSource source = new OnDemandSource();
    DeviceBench slow = new DeviceBench(source).bind();
    slow.paint(buffer(0), 64, 0xa5);
    slow.request(buffer(0), 64);
    slow.ring().rawAvailEntry(1, 99);
    slow.ring().rawAvailIndex(2);
    slow.write(MmioLayout.QUEUE_NOTIFY, 0);
    assertEquals(0x4f, slow.read(MmioLayout.STATUS));
    assertEquals(0, source.waiting());
    slow.expectPainted(buffer(0), 64, 0xa5);
  }

  @Test
  @DisplayName("should fault when a write fails that the memory had promised")
  void brokenPromise() {
    GuestMemory memory = Mockito.spy(new ScalarMemory(QueueBench.RAM, QueueBench.RAM_BYTES));
    Mockito.doThrow(new GuestMemoryException(buffer(0), 64))
        .when(memory)
        .write(
            Mockito.eq(buffer(0)),
            Mockito.any(ByteBuffer.class),
            Mockito.anyInt(),
            Mockito.anyInt());
    DeviceBench lied =
        new DeviceBench(
                memory, new CounterBackend(1), new ManualClock(), RateLimiter.unlimited(), 8)
            .bind();
    lied.request(buffer(0), 64);
    assertEquals(List.of(new RingFault.BufferOutsideMemory(0, buffer(0), 64)), lied.faults);
    lied.counted.expect(KICKS, 1, FAULTS, 1);
  }

  @Test
  @DisplayName("should survive buffers that lie over its own rings and tables (MIST-46)")
  void aliases() {
    for (long at :
        new long[] {
          bench.ring().descriptorTable(),
          bench.ring().availRing(),
          bench.ring().usedRing(),
          bench.ring().usedRing() + 60
        }) {
      bench.bind();
      bench.paint(bench.ring().usedRing() + 200, 64, 0xa5);
      bench.ring().post(at, 64);
      bench.notifyDevice();
      while (bench.mmio.poll()) {
        // bounded
      }
      bench.expectPainted(bench.ring().usedRing() + 200, 64, 0xa5);
      bench.write(MmioLayout.STATUS, 0);
      assertEquals(0, bench.read(MmioLayout.STATUS));
    }
  }
}
