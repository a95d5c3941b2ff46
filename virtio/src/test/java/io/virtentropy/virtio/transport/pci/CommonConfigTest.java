package io.virtentropy.virtio.transport.pci;

import static io.virtentropy.virtio.transport.pci.CommonConfigLayout.QUEUE_ENABLE;
import static io.virtentropy.virtio.transport.pci.CommonConfigLayout.QUEUE_RESET;
import static io.virtentropy.virtio.transport.pci.CommonConfigLayout.QUEUE_SELECT;
import static io.virtentropy.virtio.transport.pci.CommonConfigLayout.QUEUE_SIZE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.CounterBackend;
import io.virtentropy.virtio.bench.DeviceBench;
import io.virtentropy.virtio.bench.PciBench;
import io.virtentropy.virtio.bench.QueueBench;
import io.virtentropy.virtio.device.VirtioRngDevice;
import io.virtentropy.virtio.driver.MmioRngDriver;
import io.virtentropy.virtio.memory.GuestMemory;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The modern registers of the device that follows the specification. */
@DisplayName("The common configuration structure")
class CommonConfigTest {
  private final GuestMemory memory = QueueBench.ram();
  private final PciBench bench =
      new PciBench(memory, VirtioRngDevice.builder(memory, new CounterBackend(1)));

  @Test
  @DisplayName("should read as after power-on, register by register (PCI-CC-07, -10, -12, -17)")
  void powerOn() {
    for (int at = 0; at < 0x1000; at += 2) {
      long expected =
          switch (at) {
            case 0x10, 0x1a -> 0xffff;
            case 0x12 -> 1;
            case 0x18 -> 8;
            default -> 0;
          };
      assertEquals(expected, bench.common(at, 2), "at 0x" + Integer.toHexString(at));
    }
  }

  @Test
  @DisplayName("should answer at exact offsets, whatever the width (MIST-19, as QEMU)")
  void exactOffsets() {
    assertEquals(0xffff, bench.common(0x10, 4), "the next register is not merged in");
    assertEquals(0xff, bench.common(0x10, 1));
    assertEquals(0, bench.common(0x11, 1));
    bench.setCommon(0x14, 0x0005_0003, 4);
    assertEquals(3, bench.common(0x14, 4));
    assertEquals(0, bench.common(0x16, 2), "the neighbours are not written");
    bench.setCommon(0x10, 0x0005_0001, 4);
    assertEquals(0xffff, bench.common(0x10, 2));
    bench.setCommon(0x20, 0x1122_3344, 4);
    bench.setCommon(0x20, 0xaabb, 2);
    assertEquals(0xaabb, bench.common(0x20, 4));
    bench.setCommon(0x21, 0xff, 1);
    bench.setCommon(0x22, 0xffff, 2);
    assertEquals(0xaabb, bench.common(0x20, 4));
    assertEquals(0x0800_0000L, bench.common(0x15, 4), "cut into aligned pieces");
    assertEquals(0, bench.common(0x13, 4) & 0xff);
  }

  @Test
  @DisplayName("should take 64-bit accesses as two of 32, in any order (PCI-ID-08, MIST-19)")
  void halves() {
    for (int register = 0x20; register <= 0x30; register += 8) {
      bench.setCommon(register, 0x1122_3344_5566_7788L + register, 8);
      assertEquals(0x1122_3344_5566_7788L + register, bench.common(register, 8));
      bench.setCommon(register + 4, 0x9999, 4);
      assertEquals(0x9999_5566_7788L + register, bench.common(register, 8));
    }
  }

  @Test
  @DisplayName("should show the offered words, and 0 beyond (PCI-CC-01, BASE-FEAT-11, BASE-LEG-14)")
  void offered() {
    long[] words = {0x3000_0000L, 0x101, 0, 0};
    int[] selects = {0, 1, 2, -1};
    for (int i = 0; i < words.length; i++) {
      bench.setCommon(0, selects[i], 4);
      assertEquals(selects[i] & 0xffff_ffffL, bench.common(0, 4));
      assertEquals(words[i], bench.common(4, 4), "word " + selects[i]);
    }
  }

  @Test
  @DisplayName("should read back what was accepted, per word, and forget it at reset (PCI-CC-02)")
  void accepted() {
    bench.setCommon(8, 1, 4);
    bench.setCommon(0xc, 0x101, 4);
    bench.setCommon(8, 0, 4);
    bench.setCommon(0xc, 0x2000_0000L, 4);
    assertEquals(0x2000_0000L, bench.common(0xc, 4));
    bench.setCommon(8, 1, 4);
    assertEquals(0x101, bench.common(0xc, 4));
    bench.setCommon(8, 2, 4);
    assertEquals(0, bench.common(0xc, 4));
    bench.setStatus(0);
    assertEquals(0, bench.common(8, 4));
    bench.setCommon(8, 1, 4);
    assertEquals(0, bench.common(0xc, 4));
  }

  @Test
  @DisplayName("should have one queue; others read size 0 wherever they are (PCI-CC-08, -11)")
  void otherQueues() {
    for (int queue : new int[] {1, 7, 1023, 1024, 0xffff}) {
      bench.setCommon(QUEUE_SELECT, queue, 2);
      assertEquals(queue, bench.common(QUEUE_SELECT, 2));
      assertEquals(0, bench.common(QUEUE_SIZE, 2));
      assertEquals(0xffff, bench.common(0x1a, 2));
      bench.setCommon(QUEUE_SIZE, 4, 2);
      bench.setCommon(0x1a, 0, 2);
      bench.setCommon(0x20, 0x1000, 4);
      bench.setCommon(QUEUE_ENABLE, 1, 2);
      assertEquals(0, bench.common(QUEUE_SIZE, 2));
      assertEquals(0xffff, bench.common(0x1a, 2));
      assertEquals(0, bench.common(0x20, 4));
      assertEquals(0, bench.common(QUEUE_ENABLE, 2));
    }
    bench.setCommon(QUEUE_SELECT, 0, 2);
    assertEquals(8, bench.common(QUEUE_SIZE, 2));
    assertEquals(0, bench.common(QUEUE_ENABLE, 2));
  }

  @Test
  @DisplayName("should keep the queue size a power of 2 up to its own (PCI-CC-09, MIST-20)")
  void queueSize() {
    for (int refused : new int[] {0, 3, 5, 7, 9, 16, 1024, 0x8000, 0xffff}) {
      bench.setCommon(QUEUE_SIZE, refused, 2);
      assertEquals(8, bench.common(QUEUE_SIZE, 2), "after " + refused);
    }
    bench.setCommon(QUEUE_SIZE, 0x10000, 4);
    assertEquals(8, bench.common(QUEUE_SIZE, 2));
    for (int size = 8; size >= 1; size /= 2) {
      bench.setCommon(QUEUE_SIZE, size, 2);
      assertEquals(size, bench.common(QUEUE_SIZE, 2));
    }
  }

  @Test
  @DisplayName("should ignore what no driver writes to an enabled queue (PCI-CC-18, -20)")
  void enabledQueue() {
    bench.bind();
    long table = bench.common(0x20, 8);
    bench.setCommon(0x20, 0x7777_0000L, 4);
    bench.setCommon(QUEUE_SIZE, 2, 2);
    bench.setCommon(QUEUE_ENABLE, 0, 2);
    bench.setCommon(QUEUE_ENABLE, 2, 2);
    bench.setCommon(0x12, 7, 2);
    assertEquals(table, bench.common(0x20, 8));
    assertEquals(8, bench.common(QUEUE_SIZE, 2));
    assertEquals(1, bench.common(QUEUE_ENABLE, 2));
    assertEquals(1, bench.common(0x12, 2));
    assertEquals(0xf, bench.status());
    bench.expectUsed(bench.request(DeviceBench.buffer(0), 64), 64);
  }

  @Test
  @DisplayName("should not serve a queue that is not enabled (PCI-CC-22, PCI-NTF-11)")
  void notEnabled() {
    bench.enableBusMaster();
    bench.setStatus(3);
    bench.setCommon(8, 1, 4);
    bench.setCommon(0xc, 1, 4);
    bench.setStatus(0xb);
    bench.setStatus(0xf);
    bench.pci.barWrite(4, 0x3000, 0, 2);
    bench.pci.barWrite(4, 0x301c, 7, 2);
    assertEquals(0xf, bench.status());
    assertEquals(List.of(), bench.events);
  }

  @Test
  @DisplayName("should reset the queue alone, wholly and at once (VQ-RST-03…06, PCI-CC-13…15)")
  void queueReset() {
    bench.bind(PciBench.setup().withMessagesTo(PciBench.MESSAGES));
    bench.setCommon(QUEUE_RESET, 0, 2);
    assertEquals(1, bench.common(QUEUE_ENABLE, 2));
    bench.expectUsed(bench.request(DeviceBench.buffer(0), 16), 16);
    bench.setCommon(QUEUE_RESET, 1, 2);
    assertEquals(0, bench.common(QUEUE_RESET, 2));
    assertEquals(0, bench.common(QUEUE_ENABLE, 2));
    assertEquals(0, bench.common(0x20, 8));
    assertEquals(8, bench.common(QUEUE_SIZE, 2));
    assertEquals(0xffff, bench.common(0x1a, 2));
    assertEquals(0xf, bench.status());
    bench.request(DeviceBench.buffer(0), 16);
    assertTrue(!bench.ring().reap());
  }

  @Test
  @DisplayName("should ignore a queue reset that was not negotiated (VQ-RST-08)")
  void queueResetNotNegotiated() {
    bench.bind(PciBench.setup().accepting(1L << 32));
    bench.setCommon(QUEUE_RESET, 1, 2);
    assertEquals(1, bench.common(QUEUE_ENABLE, 2));
    bench.expectUsed(bench.request(DeviceBench.buffer(0), 16), 16);
  }

  @Test
  @DisplayName("should refuse features it did not offer, and work without VERSION_1 refused too")
  void features() {
    bench.setStatus(3);
    bench.setCommon(8, 1, 4);
    bench.setCommon(0xc, 0x3, 4); // VERSION_1 and ACCESS_PLATFORM
    bench.setStatus(0xb);
    assertEquals(3, bench.status(), "BASE-FEAT-03");
    bench.setCommon(0xc, 0, 4);
    bench.setStatus(0xb);
    assertEquals(3, bench.status(), "BASE-FEAT-07");
    bench.setCommon(0xc, 1, 4);
    bench.setCommon(8, 0, 4);
    bench.setCommon(0xc, 1L << 24, 4);
    bench.setStatus(0xb);
    assertEquals(3, bench.status(), "bits of the legacy interface");
  }

  @Test
  @DisplayName(
      "should read its other structures as QEMU's: ones, zeros, and a doorbell of any width (MIST-19)")
  void otherStructures() {
    bench.bind();
    assertEquals(0xff, bench.pci.barRead(4, 0x2000, 1));
    assertEquals(0xffff_ffff_ffff_ffffL, bench.pci.barRead(4, 0x2ff8, 8));
    bench.pci.barWrite(4, 0x2000, 0, 4);
    assertEquals(0, bench.pci.barRead(4, 0x3000, 4));
    for (int size : new int[] {1, 2, 4, 8}) {
      int head = bench.ring().post(DeviceBench.buffer(0), 8);
      bench.ring().publish();
      bench.pci.barWrite(4, 0x3000, -1, size);
      bench.expectUsed(head, 8);
    }
  }

  @Test
  @DisplayName("should rest while it may not master the bus, and go on afterwards")
  void busMaster() {
    bench.bind();
    bench.pci.configWrite(4, 3, 2);
    int head = bench.request(DeviceBench.buffer(0), 8);
    assertEquals(0, bench.ring().usedIndex());
    assertEquals(0xf, bench.status());
    bench.pci.configWrite(4, 7, 2);
    bench.expectUsed(head, 8);
  }

  @Test
  @DisplayName("should be alive behind MMIO and PCI alike, one builder each")
  void sameDevice() {
    DeviceBench mmio = new DeviceBench(new CounterBackend(1)).bind();
    assertEquals(MmioRngDriver.offered(mmio.mmio), bench.bind().driver().offered());
  }
}
