package io.virtentropy.virtio.transport.pci;

import static io.virtentropy.virtio.transport.pci.LegacyHeaderLayout.DEVICE_STATUS;
import static io.virtentropy.virtio.transport.pci.LegacyHeaderLayout.DRIVER_FEATURES;
import static io.virtentropy.virtio.transport.pci.LegacyHeaderLayout.QUEUE_ADDRESS;
import static io.virtentropy.virtio.transport.pci.LegacyHeaderLayout.QUEUE_NOTIFY;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.virtentropy.backends.CounterBackend;
import io.virtentropy.virtio.bench.DeviceBench;
import io.virtentropy.virtio.bench.PciBench;
import io.virtentropy.virtio.bench.QueueBench;
import io.virtentropy.virtio.device.VirtioFeature;
import io.virtentropy.virtio.device.VirtioRngDevice;
import io.virtentropy.virtio.driver.SplitRingDriver;
import io.virtentropy.virtio.memory.GuestMemory;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Legacy drivers of the device that follows the specification. */
@DisplayName("The legacy header")
class LegacyHeaderTest {
  private final GuestMemory memory = QueueBench.ram();
  private final PciBench bench =
      new PciBench(memory, VirtioRngDevice.builder(memory, new CounterBackend(1)));

  private SplitRingDriver ring(boolean eventIndex) {
    long base = QueueBench.RING;
    return new SplitRingDriver(memory, base, base + 128, base + 4096, 8, eventIndex);
  }

  @Test
  @DisplayName("should read as after power-on, ones where there is nothing (PCI-LEG-05, -06, -08)")
  void powerOn() {
    long[] bytes = {
      0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0xff, 0, 0xff, 0xff, 0xff, 0, 0, 0xff, 0xff, 0xff
    };
    assertEquals(0x3900_0000L, bench.header(0, 4), "BASE-LEG-08, -09, -11");
    for (int at = 4; at < 32; at++) {
      boolean register = List.of(4, 8, 0xc, 0xe, 0x12, 0x13).contains(at);
      long expected = register ? bytes[at] : 0xff;
      assertEquals(expected, bench.header(at, 1), "at 0x" + Integer.toHexString(at));
    }
    assertEquals(8, bench.header(0xc, 4));
    assertEquals(0, bench.header(0x12, 2));
    assertEquals(0xffff, bench.header(0x10, 2));
    assertEquals(0xffff_ffffL, bench.header(0x14, 4));
  }

  @Test
  @DisplayName("should have its vectors at 14 and 16 while MSI-X is enabled (PCI-LEG-11, MIST-49)")
  void vectors() {
    bench.setHeader(0x14, 0, 2);
    bench.pci.configWrite(0x9a, 0x8000, 2);
    assertEquals(0xffff, bench.header(0x14, 4));
    bench.setHeader(0x14, 1, 2);
    bench.setHeader(0x16, 0, 2);
    assertEquals(1, bench.header(0x14, 2));
    assertEquals(0, bench.header(0x16, 2));
    bench.setHeader(0x16, 2, 2);
    assertEquals(0xffff, bench.header(0x16, 2));
    assertEquals(0xff, bench.header(0x18, 1));
    bench.pci.configWrite(0x9a, 0, 2);
    assertEquals(0xffff_ffffL, bench.header(0x14, 4));
  }

  @Test
  @DisplayName(
      "should serve a driver before DRIVER_OK, even before features (BASE-LEG-05, -06, MIST-49)")
  void early() {
    SplitRingDriver ring = ring(false);
    bench.setHeader(DEVICE_STATUS, 1, 1);
    bench.setHeader(DEVICE_STATUS, 3, 1);
    assertEquals(7, bench.pci.configRead(4, 2) | 3, "bus master, set for a driver that forgets");
    bench.setHeader(QUEUE_ADDRESS, QueueBench.RING >>> 12, 4);
    assertEquals(QueueBench.RING >>> 12, bench.header(QUEUE_ADDRESS, 4));
    int head = ring.post(DeviceBench.buffer(0), 64);
    ring.publish();
    bench.setHeader(QUEUE_NOTIFY, 0, 2);
    assertEquals(true, ring.reap());
    assertEquals(head, ring.reapedHead());
    assertEquals(64, ring.reapedLength());
    assertEquals(3, bench.header(DEVICE_STATUS, 1));
    assertEquals(1, bench.header(0x13, 1));
  }

  @Test
  @DisplayName("should take features after the queue was placed (PCI-LEG-15, MIST-49)")
  void lateFeatures() {
    SplitRingDriver ring = ring(true);
    bench.enableBusMaster();
    bench.setHeader(QUEUE_ADDRESS, QueueBench.RING >>> 12, 4);
    bench.setHeader(DRIVER_FEATURES, VirtioFeature.EVENT_IDX, 4);
    bench.setHeader(DEVICE_STATUS, 7, 1);
    ring.rawUsedEvent(1);
    ring.post(DeviceBench.buffer(0), 8);
    ring.publish();
    bench.setHeader(QUEUE_NOTIFY, 0, 2);
    assertEquals(List.of(), bench.takeEvents(), "the event index is in force");
    ring.post(DeviceBench.buffer(0), 8);
    ring.publish();
    bench.setHeader(QUEUE_NOTIFY, 0, 2);
    assertEquals(List.of("raise"), bench.takeEvents());
  }

  @Test
  @DisplayName("should keep what was offered of the features, none with bit 30 (BASE-LEG-07)")
  void features() {
    bench.setHeader(DRIVER_FEATURES, 0xbfff_ffffL, 4);
    assertEquals(0x3900_0000L, bench.header(DRIVER_FEATURES, 4));
    bench.setHeader(DRIVER_FEATURES, 0xffff_ffffL, 4);
    assertEquals(0, bench.header(DRIVER_FEATURES, 4));
  }

  @Test
  @DisplayName("should notify when the queue runs dry, if negotiated (BASE-LEG-10)")
  void notifyOnEmpty() {
    for (long features : new long[] {0, VirtioFeature.NOTIFY_ON_EMPTY}) {
      PciBench one = new PciBench(memory, VirtioRngDevice.builder(memory, new CounterBackend(1)));
      one.bindLegacy(PciBench.setup().accepting(features));
      one.ring().suppressInterrupts();
      one.request(DeviceBench.buffer(0), 8);
      assertEquals(features == 0 ? List.of() : List.of("raise"), one.takeEvents());
    }
  }

  @Test
  @DisplayName("should stop the queue with address 0 and begin anew with another (PCI-LEG-14)")
  void stop() {
    bench.bindLegacy(PciBench.setup());
    bench.expectUsed(bench.request(DeviceBench.buffer(0), 8), 8);
    bench.setHeader(QUEUE_ADDRESS, 0, 4);
    assertEquals(0, bench.header(QUEUE_ADDRESS, 4));
    assertEquals(7, bench.header(DEVICE_STATUS, 1));
    bench.request(DeviceBench.buffer(0), 8);
    assertEquals(1, bench.ring().usedIndex());
    SplitRingDriver ring = ring(true);
    bench.setHeader(QUEUE_ADDRESS, QueueBench.RING >>> 12, 4);
    ring.post(DeviceBench.buffer(0), 8);
    ring.publish();
    bench.setHeader(QUEUE_NOTIFY, 0, 2);
    assertEquals(true, ring.reap());
  }

  @Test
  @DisplayName("should not let the queue size be chosen (PCI-LEG-10, VQ-SPLIT-LEG-03)")
  void queueSize() {
    bench.setHeader(0xc, 4, 2);
    assertEquals(8, bench.header(0xc, 2));
    bench.setHeader(0xe, 1, 2);
    assertEquals(1, bench.header(0xe, 2));
    assertEquals(0, bench.header(0xc, 2));
    bench.setHeader(QUEUE_ADDRESS, 5, 4);
    assertEquals(0, bench.header(QUEUE_ADDRESS, 4));
  }

  @Test
  @DisplayName("should stop without a word at a fault, and live again after reset (BASE-LEG-12)")
  void fault() {
    bench.bindLegacy(PciBench.setup());
    bench.ring().rawAvailEntry(0, 99);
    bench.ring().rawAvailIndex(1);
    bench.driver().notifyDevice();
    assertEquals(7, bench.header(DEVICE_STATUS, 1));
    assertEquals(0, bench.header(0x13, 1));
    assertEquals(List.of(), bench.takeEvents());
    bench.driver().notifyDevice();
    assertEquals(1, bench.pci.counters().get(io.virtentropy.virtio.device.DeviceCounter.FAULTS));
    bench.bindLegacy(PciBench.setup());
    bench.expectUsed(bench.request(DeviceBench.buffer(0), 8), 8);
  }

  @Test
  @DisplayName("should let the last reset decide between legacy and modern (PCI-LEG-16)")
  void mixed() {
    bench.setHeader(DEVICE_STATUS, 3, 1);
    bench.setCommon(8, 1, 4);
    bench.setCommon(0xc, 1, 4);
    bench.setStatus(0xb);
    assertEquals(3, bench.status(), "no FEATURES_OK for a legacy driver");
    bench.bind();
    bench.setHeader(QUEUE_ADDRESS, 77, 4);
    bench.setHeader(DRIVER_FEATURES, 0, 4);
    bench.expectUsed(bench.request(DeviceBench.buffer(0), 8), 8);
    bench.setHeader(DEVICE_STATUS, 0, 1);
    assertEquals(0, bench.status());
    bench.bindLegacy(PciBench.setup());
    bench.expectUsed(bench.request(DeviceBench.buffer(0), 8), 8);
  }
}
