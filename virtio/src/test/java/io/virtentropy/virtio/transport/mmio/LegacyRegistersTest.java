package io.virtentropy.virtio.transport.mmio;

import static io.virtentropy.virtio.bench.DeviceBench.buffer;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.CounterBackend;
import io.virtentropy.ratelimit.ManualClock;
import io.virtentropy.virtio.bench.QueueBench;
import io.virtentropy.virtio.device.QemuRngDevice;
import io.virtentropy.virtio.device.QemuVersion;
import io.virtentropy.virtio.device.RngDevice;
import io.virtentropy.virtio.device.VirtioRngDevice;
import io.virtentropy.virtio.driver.MmioRngDriver;
import io.virtentropy.virtio.driver.SplitRingDriver;
import io.virtentropy.virtio.memory.GuestMemory;
import io.virtentropy.virtio.queue.SplitRingLayout;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Version 1 of the MMIO registers, and both versions as QEMU shows them. */
@DisplayName("The legacy MMIO registers")
class LegacyRegistersTest {
  private final GuestMemory memory = QueueBench.ram();
  private final MmioTransport mmio = legacy(specification());

  private RngDevice.Maker specification() {
    return VirtioRngDevice.builder(memory, new CounterBackend(1)).queueSize(256);
  }

  private RngDevice.Maker qemu(QemuVersion version) {
    return QemuRngDevice.builder(memory, new CounterBackend(1))
        .version(version)
        .clock(new ManualClock());
  }

  private static MmioTransport legacy(RngDevice.Maker device) {
    return new MmioTransport(device, level -> {}, MmioVersion.LEGACY);
  }

  private static int read(MmioTransport mmio, int register) {
    return (int) mmio.read(register, 4);
  }

  private static void write(MmioTransport mmio, int register, int value) {
    mmio.write(register, value, 4);
  }

  @Test
  @DisplayName("should read as after power-on, and 0 where version 2 has more (MMIO-LEG-01, -08)")
  void powerOn() {
    for (int at = 0; at < 0x200; at += 4) {
      int expected =
          switch (at) {
            case 0x000 -> 0x74726976;
            case 0x004 -> 1;
            case 0x008 -> 4;
            case 0x00c -> 0x554d4551;
            case 0x010 -> 0x39000000;
            case 0x034 -> 256;
            default -> 0;
          };
      assertEquals(expected, read(mmio, at), "at 0x" + Integer.toHexString(at));
    }
    write(mmio, MmioLayout.DEVICE_FEATURES_SEL, 1);
    assertEquals(0, read(mmio, MmioLayout.DEVICE_FEATURES), "MMIO-LEG-10");
  }

  @Test
  @DisplayName("should serve a guest's driver with any size of queue (MMIO-LEG-03, -07)")
  void serves() {
    for (int size = 1; size <= 256; size *= 4) {
      MmioRngDriver driver = MmioRngDriver.bindLegacy(memory, mmio, QueueBench.RING, size, -1L);
      assertEquals(0x3900_0000L, driver.features());
      for (int i = 0; i < 600; i++) {
        driver.ring().post(buffer(0), 8);
        driver.kick();
        assertTrue(driver.ring().reap());
      }
      assertEquals(1, driver.acknowledgeInterrupts() & 1);
    }
  }

  @Test
  @DisplayName("should place the ring by page size and alignment (MMIO-LEG-02, -03, MIST-50)")
  void placement() {
    for (int page : new int[] {4096, 16384}) {
      for (int align : new int[] {4, 64, 4096}) {
        write(mmio, MmioLayout.STATUS, 0);
        write(mmio, MmioLayout.GUEST_PAGE_SIZE, page);
        write(mmio, MmioLayout.QUEUE_SIZE, 8);
        write(mmio, MmioLayout.QUEUE_ALIGN, align);
        long base = QueueBench.RING + 0x4000;
        SplitRingDriver ring =
            new SplitRingDriver(
                memory, base, base + 128, SplitRingLayout.legacyUsedRing(base, 8, align), 8, false);
        write(mmio, MmioLayout.QUEUE_PFN, (int) (base / page));
        assertEquals(base / page, read(mmio, MmioLayout.QUEUE_PFN), "MMIO-LEG-04");
        ring.post(buffer(0), 8);
        ring.publish();
        write(mmio, MmioLayout.QUEUE_NOTIFY, 0);
        assertTrue(ring.reap(), "before DRIVER_OK: MMIO-LEG-09, BASE-LEG-05");
      }
    }
    assertEquals(1, read(mmio, MmioLayout.INTERRUPT_STATUS));
    write(mmio, MmioLayout.STATUS, 0);
    assertEquals(0, read(mmio, MmioLayout.QUEUE_PFN), "MMIO-LEG-05");
    assertEquals(0, read(mmio, MmioLayout.INTERRUPT_STATUS));
  }

  @Test
  @DisplayName("should leave room for used_event in front of the used ring (MIST-50)")
  void roomForUsedEvent() {
    assertEquals(152, SplitRingLayout.legacyUsedRing(0, 8, 4));
    assertEquals(8192, SplitRingLayout.legacyUsedRing(0, 256, 4096));
  }

  @Test
  @DisplayName("should stop the queue with page 0 (MMIO-LEG-04)")
  void stop() {
    MmioRngDriver driver = MmioRngDriver.bindLegacy(memory, mmio, QueueBench.RING, 8, -1L);
    write(mmio, MmioLayout.QUEUE_PFN, 0);
    driver.ring().post(buffer(0), 8);
    driver.ring().publish();
    write(mmio, MmioLayout.QUEUE_NOTIFY, 0);
    assertFalse(driver.ring().reap());
    assertEquals(7, read(mmio, MmioLayout.STATUS));
    MmioRngDriver again = MmioRngDriver.bindLegacy(memory, mmio, QueueBench.RING, 8, 0);
    again.ring().post(buffer(0), 8);
    again.kick();
    assertTrue(again.ring().reap());
  }

  @Test
  @DisplayName("should ignore page sizes and alignments that are no powers of 2")
  void illegal() {
    write(mmio, MmioLayout.GUEST_PAGE_SIZE, 0);
    write(mmio, MmioLayout.GUEST_PAGE_SIZE, 3000);
    write(mmio, MmioLayout.GUEST_PAGE_SIZE, 0x8000_0000);
    write(mmio, MmioLayout.QUEUE_ALIGN, 0);
    write(mmio, MmioLayout.QUEUE_ALIGN, -4096);
    MmioRngDriver driver = MmioRngDriver.bindLegacy(memory, mmio, QueueBench.RING, 8, -1L);
    driver.ring().post(buffer(0), 8);
    driver.kick();
    assertTrue(driver.ring().reap());
  }

  @Test
  @DisplayName("should go on after being saved and restored, and refuse the other map's state")
  void saved() {
    MmioRngDriver driver = MmioRngDriver.bindLegacy(memory, mmio, QueueBench.RING, 8, -1L);
    driver.ring().post(buffer(0), 8);
    driver.kick();
    byte[] saved = mmio.save();
    MmioTransport fresh = legacy(specification());
    fresh.restore(saved);
    assertArrayEquals(saved, fresh.save());
    assertTrue(driver.ring().reap());
    driver.ring().post(buffer(0), 8);
    driver.ring().publish();
    write(fresh, MmioLayout.QUEUE_NOTIFY, 0);
    assertTrue(driver.ring().reap());
    MmioTransport modern = new MmioTransport(specification(), level -> {});
    assertThrows(IllegalArgumentException.class, () -> modern.restore(saved));
  }

  @ParameterizedTest
  @EnumSource(QemuVersion.class)
  @DisplayName("should read as QEMU's after power-on, both versions")
  void qemuPowerOn(QemuVersion version) {
    for (MmioVersion map : MmioVersion.values()) {
      boolean old = map == MmioVersion.LEGACY;
      MmioTransport qemu = new MmioTransport(qemu(version), level -> {}, map);
      assertEquals(old ? 1 : 2, read(qemu, 4));
      assertEquals(old ? 0x39000000 : 0x30000000, read(qemu, 0x10));
      assertEquals(version == QemuVersion.V11_1 ? 8 : 1024, read(qemu, 0x34));
      assertEquals(-1, read(qemu, 0xb0));
      assertEquals(-1, read(qemu, 0xb4));
      assertEquals(0, read(qemu, 0xb8));
      assertEquals(0xff, qemu.read(0x100, 1));
      assertEquals(0xffff_ffffL, qemu.read(0x1fc, 4));
      for (int size : List.of(1, 2)) {
        assertEquals(0, qemu.read(0, size), "only whole words");
      }
      write(qemu, 0x14, 2);
      assertEquals(old ? 0 : 0x101, read(qemu, 0x10), "any selector but 0 is 1");
    }
  }

  @ParameterizedTest
  @EnumSource(QemuVersion.class)
  @DisplayName("should serve a guest's driver as QEMU does, both versions")
  void qemuServes(QemuVersion version) {
    MmioTransport old = legacy(qemu(version));
    MmioRngDriver driver = MmioRngDriver.bindLegacy(memory, old, QueueBench.RING, 8, -1L);
    driver.ring().post(buffer(0), 8);
    driver.kick();
    assertTrue(driver.ring().reap());
    assertEquals(1, driver.acknowledgeInterrupts());
    MmioTransport modern = new MmioTransport(qemu(version), level -> {});
    driver = MmioRngDriver.bind(memory, modern, QueueBench.RING, 8);
    driver.ring().post(buffer(0), 8);
    driver.kick();
    assertTrue(driver.ring().reap());
    driver.ring().rawAvailIndex(99);
    write(modern, MmioLayout.QUEUE_NOTIFY, 0);
    assertEquals(3, driver.acknowledgeInterrupts());
    assertEquals(1, read(modern, MmioLayout.CONFIG_GENERATION));
  }

  @Test
  @DisplayName("should do no harm whatever is written wherever, with either kind of device")
  void hostile() {
    for (int kind = 0; kind < 4; kind++) {
      MmioVersion map = kind < 2 ? MmioVersion.LEGACY : MmioVersion.MODERN;
      MmioTransport one =
          new MmioTransport(
              kind % 2 == 0 ? specification() : qemu(QemuVersion.V10_0), level -> {}, map);
      Random random = new Random(kind);
      int[] values = {0, 1, 3, 7, 0xf, -1, 8, 4096, 0x80000, 0x8000_0000, 12345};
      for (int i = 0; i < 20_000; i++) {
        int size = 1 << random.nextInt(4);
        int at = random.nextInt(0x210) & (random.nextBoolean() ? ~3 : -1);
        one.write(at, values[random.nextInt(values.length)], size);
        one.read(random.nextInt(0x210), size);
        one.poll();
        memory.storeLong(QueueBench.RING + 8L * random.nextInt(600), random.nextLong());
      }
      one.reset();
      MmioRngDriver driver =
          map == MmioVersion.LEGACY
              ? MmioRngDriver.bindLegacy(memory, one, QueueBench.RING, 8, -1L)
              : MmioRngDriver.bind(memory, one, QueueBench.RING, 8);
      driver.ring().post(buffer(0), 8);
      driver.kick();
      assertTrue(driver.ring().reap());
    }
  }
}
