package io.virtentropy.virtio.device;

import static io.virtentropy.virtio.bench.DeviceBench.buffer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.CounterBackend;
import io.virtentropy.ratelimit.Quota;
import io.virtentropy.virtio.bench.PciBench;
import io.virtentropy.virtio.bench.QueueBench;
import io.virtentropy.virtio.driver.PciRngDriver;
import io.virtentropy.virtio.driver.SplitRingDriver;
import io.virtentropy.virtio.memory.GuestMemory;
import io.virtentropy.virtio.queue.SplitRingLayout;
import io.virtentropy.virtio.transport.mmio.MmioLayout;
import io.virtentropy.virtio.transport.mmio.MmioTransport;
import io.virtentropy.virtio.transport.mmio.MmioVersion;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The rows of docs/qemu-differences.md on features and registers, one test each, in its order. */
@DisplayName("Differences from QEMU in registers:")
class QemuRegisterDifferencesTest extends TwoDevices {
  // ---- features and status

  private int statusAfter(PciBench bench, long features) {
    bench.setStatus(0);
    negotiate(bench, features);
    return bench.status();
  }

  @Test
  @DisplayName("features that were not offered")
  void notOffered() {
    expect(3, 0xb, bench -> statusAfter(bench, VirtioFeature.VERSION_1 | 1L << 34));
  }

  @Test
  @DisplayName("features without VERSION_1 on the modern interface")
  void withoutVersion1() {
    expect(3, 0xb, bench -> statusAfter(bench, VirtioFeature.EVENT_IDX));
  }

  @Test
  @DisplayName("bits 24, 27 and 30 through the modern registers")
  void hiddenBits() {
    for (int bit : new int[] {24, 27, 30}) {
      expect(3, 0xb, bench -> statusAfter(bench, VirtioFeature.VERSION_1 | 1L << bit));
      assertEquals(1L << bit, qemu.header(4, 4));
    }
  }

  @Test
  @DisplayName("bit 30 on the legacy interface")
  void bit30() {
    expect(0x3900_0000, 0x7900_0000, bench -> (int) bench.header(0, 4));
    expect(
        0,
        0,
        bench -> {
          bench.setHeader(4, 0xffff_ffffL, 4);
          return (int) bench.header(4, 4);
        });
  }

  @Test
  @DisplayName("FEATURES_OK taken back")
  void featuresOkTakenBack() {
    expect(
        0x2000_0000,
        0x1000_0000,
        bench -> {
          negotiate(bench, VirtioFeature.VERSION_1 | VirtioFeature.EVENT_IDX);
          bench.setStatus(3);
          bench.setCommon(8, 0, 4);
          bench.setCommon(0xc, VirtioFeature.INDIRECT_DESC, 4);
          return (int) bench.header(4, 4);
        });
  }

  @Test
  @DisplayName("DRIVER_OK without FEATURES_OK")
  void driverOkAlone() {
    expect(
        0,
        1,
        bench -> {
          bench.bind();
          bench.setStatus(7);
          bench.request(buffer(0), 8);
          return source(bench).waiting();
        });
  }

  @Test
  @DisplayName("NEEDS_RESET and a status write")
  void needsReset() {
    expect(
        0x4f,
        0x0f,
        bench -> {
          bench.bind();
          bench.ring().rawAvailIndex(99);
          bench.driver().notifyDevice();
          assertEquals(0x4f, bench.status());
          bench.setStatus(0xf);
          return bench.status();
        });
  }

  // ---- registers

  @Test
  @DisplayName("a queue reset")
  void queueReset() {
    expect(
        8,
        4,
        bench -> {
          bench.bind(PciRngDriver.Setup.at(QueueBench.RING, 4));
          bench.setCommon(0x3a, 1, 2);
          bench.setCommon(0x1c, 1, 2);
          return (int) bench.common(0x18, 2);
        });
    expect(0, QueueBench.RING, bench -> (int) bench.common(0x20, 4));
  }

  @Test
  @DisplayName("a queue reset that was not negotiated")
  void queueResetNotNegotiated() {
    expect(
        1,
        0,
        bench -> {
          bench.bind(PciBench.setup().accepting(VirtioFeature.VERSION_1));
          bench.setCommon(0x3a, 1, 2);
          return (int) bench.common(0x1c, 2);
        });
  }

  @Test
  @DisplayName("queue_enable written 0 or 2")
  void queueEnable() {
    for (int value : new int[] {0, 2}) {
      expect(
          0x0f,
          0x4f,
          bench -> {
            bench.bind();
            bench.setCommon(0x1c, value, 2);
            return bench.status();
          });
    }
  }

  @Test
  @DisplayName("registers of an enabled queue")
  void enabledQueue() {
    expect(
        8,
        4,
        bench -> {
          bench.bind();
          bench.setCommon(0x18, 4, 2);
          return (int) bench.common(0x18, 2);
        });
  }

  @Test
  @DisplayName("queue sizes")
  void queueSizes() {
    expect(
        8,
        3,
        bench -> {
          bench.setCommon(0x18, 3, 2);
          return (int) bench.common(0x18, 2);
        });
    assertEquals(1024, qemu(QemuVersion.V10_0, Quota.DEFAULT).common(0x18, 2));
    for (QemuVersion version : QemuVersion.values()) {
      PciBench one = qemu(version, Quota.DEFAULT);
      one.setCommon(0x18, 512, 2);
      assertEquals(version == QemuVersion.V11_1 ? 8 : 512, one.common(0x18, 2));
    }
  }

  @Test
  @DisplayName("queue_select beyond 1023")
  void queueSelect() {
    expect(
        1024,
        0,
        bench -> {
          bench.setCommon(0x16, 1024, 2);
          return (int) bench.common(0x16, 2);
        });
    expect(0, 8, bench -> (int) bench.common(0x18, 2));
  }

  @Test
  @DisplayName("registers of queues that don't exist")
  void otherQueues() {
    expect(
        0,
        0x1000,
        bench -> {
          bench.setCommon(0x16, 5, 2);
          bench.setCommon(0x20, 0x1000, 4);
          return (int) bench.common(0x20, 4);
        });
  }

  @Test
  @DisplayName("selectors after a reset")
  void selectors() {
    expect(
        0,
        7,
        bench -> {
          bench.setCommon(0, 7, 4);
          bench.setStatus(0);
          return (int) bench.common(0, 4);
        });
  }

  // ---- legacy

  @Test
  @DisplayName("a legacy driver before DRIVER_OK")
  void beforeDriverOk() {
    expect(
        1,
        0,
        bench -> {
          bench.bindLegacy(PciBench.setup());
          bench.setHeader(0x12, 3, 1);
          bench.request(buffer(0), 8);
          return source(bench).waiting();
        });
  }

  @Test
  @DisplayName("address 0 from a legacy driver")
  void addressZero() {
    expect(
        7,
        0,
        bench -> {
          bench.bindLegacy(PciBench.setup());
          bench.setHeader(8, 0, 4);
          return (int) bench.header(0x12, 1);
        });
  }

  @Test
  @DisplayName("a legacy used ring")
  void legacyUsedRing() {
    assertEquals(QueueBench.RING + 152, SplitRingLayout.legacyUsedRing(QueueBench.RING, 8, 4));
    for (boolean like : new boolean[] {false, true}) {
      MmioTransport mmio =
          new MmioTransport(
              like
                  ? QemuRngDevice.builder(memory, new CounterBackend(1)).clock(clock)
                  : VirtioRngDevice.builder(memory, new CounterBackend(1)),
              level -> {},
              MmioVersion.LEGACY);
      long used = QueueBench.RING + (like ? 148 : 152);
      SplitRingDriver ring =
          new SplitRingDriver(memory, QueueBench.RING, QueueBench.RING + 128, used, 8, false);
      mmio.write(MmioLayout.GUEST_PAGE_SIZE, 4096, 4);
      mmio.write(MmioLayout.QUEUE_ALIGN, 4, 4);
      mmio.write(MmioLayout.QUEUE_PFN, QueueBench.RING / 4096, 4);
      mmio.write(MmioLayout.STATUS, 7, 4);
      ring.post(buffer(0), 8);
      ring.publish();
      mmio.write(MmioLayout.QUEUE_NOTIFY, 0, 4);
      assertTrue(ring.reap());
    }
  }

  // ---- MMIO

  private MmioTransport mmio(boolean like) {
    return new MmioTransport(
        like
            ? QemuRngDevice.builder(memory, new CounterBackend(1)).clock(clock)
            : VirtioRngDevice.builder(memory, new CounterBackend(1)),
        level -> {});
  }

  @Test
  @DisplayName("the MMIO selectors of features")
  void mmioSelectors() {
    for (boolean like : new boolean[] {false, true}) {
      MmioTransport mmio = mmio(like);
      mmio.write(MmioLayout.DEVICE_FEATURES_SEL, 2, 4);
      assertEquals(like ? 0x101 : 0, mmio.read(MmioLayout.DEVICE_FEATURES, 4));
    }
  }

  @Test
  @DisplayName("MMIO accesses that are no words")
  void mmioWidths() {
    assertEquals(0x76, mmio(false).read(0, 1));
    assertEquals(0, mmio(true).read(0, 1));
    assertEquals(0, mmio(false).read(0x100, 2));
    assertEquals(0xffff, mmio(true).read(0x100, 2));
  }

  private static int usedAfter(MmioTransport mmio, GuestMemory memory, int register, int value) {
    var driver = io.virtentropy.virtio.driver.MmioRngDriver.bind(memory, mmio, QueueBench.RING, 8);
    mmio.write(register, value, 4);
    driver.ring().post(buffer(0), 8);
    driver.ring().publish();
    mmio.write(MmioLayout.QUEUE_NOTIFY, 0, 4);
    return driver.ring().usedIndex();
  }

  @Test
  @DisplayName("MMIO QueueReady written 0")
  void mmioQueueReady() {
    assertEquals(0, usedAfter(mmio(false), memory, MmioLayout.QUEUE_READY, 0));
    assertEquals(1, usedAfter(mmio(true), memory, MmioLayout.QUEUE_READY, 0));
  }

  @Test
  @DisplayName("MMIO QueueReset")
  void mmioQueueReset() {
    assertEquals(0, usedAfter(mmio(false), memory, MmioLayout.QUEUE_RESET, 1));
    assertEquals(1, usedAfter(mmio(true), memory, MmioLayout.QUEUE_RESET, 1));
  }
}
