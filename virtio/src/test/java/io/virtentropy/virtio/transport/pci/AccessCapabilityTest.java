package io.virtentropy.virtio.transport.pci;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.virtentropy.backends.CounterBackend;
import io.virtentropy.virtio.bench.DeviceBench;
import io.virtentropy.virtio.bench.PciBench;
import io.virtentropy.virtio.bench.QueueBench;
import io.virtentropy.virtio.device.QemuRngDevice;
import io.virtentropy.virtio.device.VirtioRngDevice;
import io.virtentropy.virtio.memory.GuestMemory;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Registers through the configuration space. */
@DisplayName("The PCI configuration access capability")
class AccessCapabilityTest {
  private static final int BAR = 0x88;
  private static final int OFFSET = 0x8c;
  private static final int LENGTH = 0x90;
  private static final int DATA = 0x94;

  private final GuestMemory memory = QueueBench.ram();
  private final PciBench strict =
      new PciBench(memory, VirtioRngDevice.builder(memory, new CounterBackend(1)));
  private final PciBench qemu =
      new PciBench(memory, QemuRngDevice.builder(memory, new CounterBackend(1)));

  private static void point(PciBench bench, int bar, long offset, long length) {
    bench.pci.configWrite(BAR, bar, 1);
    bench.pci.configWrite(OFFSET, offset, 4);
    bench.pci.configWrite(LENGTH, length, 4);
  }

  private static long read(PciBench bench, int bar, long offset, long length) {
    point(bench, bar, offset, length);
    return bench.pci.configRead(DATA, 4);
  }

  private static void write(PciBench bench, int bar, long offset, long length, long value) {
    point(bench, bar, offset, length);
    bench.pci.configWrite(DATA, value, 4);
  }

  @Test
  @DisplayName(
      "should read and write the register it points to, with all effects (PCI-CFGA-01…05, MIST-48)")
  void access() {
    assertEquals(1, read(strict, 4, 0x12, 2));
    write(strict, 4, 0x14, 1, 3);
    assertEquals(3, strict.status());
    assertEquals(3, read(strict, 4, 0x14, 1));
    write(strict, 4, 0x14, 1, 0);
    assertEquals(0, strict.status());
    assertEquals(0x3900_0000L, read(strict, 0, 0, 4), "any BAR");
    strict.bind();
    int head = strict.ring().post(DeviceBench.buffer(0), 8);
    strict.ring().publish();
    write(strict, 4, 0x3000, 2, 0);
    strict.expectUsed(head, 8);
    assertEquals(1, read(strict, 4, 0x1000, 1) & 0xff);
    assertEquals(0, strict.driver().readIsr());
  }

  @Test
  @DisplayName("should do nothing and read 0 for what a driver must not ask (PCI-CFGA-04, MIST-48)")
  void illegal() {
    for (long[] wrong :
        new long[][] {
          {4, 0x10, 3},
          {4, 0x10, 8},
          {4, 0x8, 8},
          {4, 0x10, 0},
          {6, 0x10, 4},
          {2, 0x10, 4},
          {255, 0, 4},
          {4, 0x4000, 4},
          {4, 0xffff_fffcL, 4},
          {4, 0x11, 2},
          {4, 0x12, 4}
        }) {
      write(strict, (int) wrong[0], wrong[1], wrong[2], 1);
      assertEquals(0, read(strict, (int) wrong[0], wrong[1], wrong[2]));
      assertEquals(0xffff, strict.common(0x10, 2));
      assertEquals(0, strict.common(0x8, 4));
      assertEquals(0, strict.status());
    }
  }

  @Test
  @DisplayName("should ignore the BAR, round down and keep stale data as QEMU does")
  void likeQemu() {
    assertEquals(0x3000_0000L, read(qemu, 4, 4, 4));
    assertEquals(0x3000_00ffL, read(qemu, 0, 0x10, 1));
    assertEquals(0x3000_00ffL, read(qemu, 4, 0x12, 3), "no access");
    assertEquals(0x3000_00ffL, read(qemu, 4, 0x4000, 4), "no structure");
    assertEquals(0x3000_0001L, read(qemu, 4, 0x13, 2), "rounded down");
    write(qemu, 0, 0x14, 1, 3);
    assertEquals(3, qemu.status());
    write(qemu, 3, 0x14, 1, 0);
    assertEquals(0, qemu.status());
  }
}
