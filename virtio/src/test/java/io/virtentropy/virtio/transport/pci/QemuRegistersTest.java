package io.virtentropy.virtio.transport.pci;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.virtentropy.backends.CounterBackend;
import io.virtentropy.ratelimit.ManualClock;
import io.virtentropy.virtio.bench.DeviceBench;
import io.virtentropy.virtio.bench.PciBench;
import io.virtentropy.virtio.bench.QueueBench;
import io.virtentropy.virtio.device.QemuRngDevice;
import io.virtentropy.virtio.device.QemuVersion;
import io.virtentropy.virtio.device.VirtioFeature;
import io.virtentropy.virtio.memory.GuestMemory;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The registers of QEMU's function where they are not the specification's. */
@DisplayName("QEMU's registers on PCI")
class QemuRegistersTest {
  private final GuestMemory memory = QueueBench.ram();

  private PciBench bench(QemuVersion version) {
    return new PciBench(
        memory,
        QemuRngDevice.builder(memory, new CounterBackend(1))
            .version(version)
            .clock(new ManualClock()));
  }

  @ParameterizedTest
  @EnumSource(QemuVersion.class)
  @DisplayName("read after power-on what QEMU's read, word by word")
  void powerOn(QemuVersion version) {
    PciBench bench = bench(version);
    for (int at = 8; at < 0x1000; at += 2) {
      long expected =
          switch (at) {
            case 0x10, 0x1a -> 0xffff;
            case 0x12 -> 1;
            case 0x18 -> version == QemuVersion.V10_0 ? 1024 : 8;
            default -> 0;
          };
      assertEquals(expected, bench.common(at, 2), "at 0x" + Integer.toHexString(at));
    }
    assertEquals(0x3000_0000L, bench.common(4, 4));
    assertEquals(0x7900_0000L, bench.header(0, 4));
  }

  @Test
  @DisplayName("offer less when told so, as with QEMU's properties")
  void withheld() {
    long[][] rows = {
      {VirtioFeature.ANY_LAYOUT, 0x3000_0000L, 0x7100_0000L, 0x101},
      {VirtioFeature.INDIRECT_DESC, 0x2000_0000L, 0x6900_0000L, 0x101},
      {VirtioFeature.EVENT_IDX, 0x1000_0000L, 0x5900_0000L, 0x101},
      {VirtioFeature.NOTIFY_ON_EMPTY, 0x3000_0000L, 0x7800_0000L, 0x101},
      {VirtioFeature.RING_RESET, 0x3000_0000L, 0x7900_0000L, 1},
    };
    for (long[] row : rows) {
      PciBench bench =
          new PciBench(
              memory, QemuRngDevice.builder(memory, new CounterBackend(1)).withhold(row[0]));
      assertEquals(row[1], bench.common(4, 4));
      assertEquals(row[2], bench.header(0, 4));
      bench.setCommon(0, 1, 4);
      assertEquals(row[3], bench.common(4, 4));
    }
  }

  @Test
  @DisplayName("keep accepted features as written, and apply what is offered")
  void features() {
    for (QemuVersion version : QemuVersion.values()) {
      PciBench bench = bench(version);
      bench.setCommon(0xc, 0xffff_ffffL, 4);
      bench.setCommon(8, 1, 4);
      bench.setCommon(0xc, 0xffff_ffffL, 4);
      assertEquals(0xffff_ffffL, bench.common(0xc, 4));
      assertEquals(0x7900_0000L, bench.header(4, 4), "the hidden bits can be had");
      bench.setStatus(0xb);
      assertEquals(0xb, bench.status(), "FEATURES_OK is granted");
      bench.setCommon(8, 0, 4);
      bench.setCommon(0xc, 0, 4);
      assertEquals(0, bench.common(0xc, 4));
      assertEquals(0x7900_0000L, bench.header(4, 4), "not in force");
      bench.setStatus(3);
      bench.setCommon(0xc, 0, 4);
      assertEquals(0, bench.header(4, 4), "in force again");
      bench.setStatus(0);
      assertEquals(0, bench.common(8, 4));
      bench.setCommon(8, 1, 4);
      boolean cleared = version == QemuVersion.V11_1;
      assertEquals(cleared ? 0 : 0xffff_ffffL, bench.common(0xc, 4), "after a reset");
    }
  }

  @Test
  @DisplayName("keep any status but 0 as written")
  void status() {
    PciBench bench = bench(QemuVersion.V7_2);
    for (int status : new int[] {1, 3, 0x83, 0xf, 4, 0x40, 0xff, 0xb}) {
      bench.setStatus(status);
      assertEquals(status, bench.status());
    }
    bench.setStatus(0);
    assertEquals(0, bench.status());
  }

  @Test
  @DisplayName("take DRIVER_OK back without the bus master bit, for good")
  void busMaster() {
    PciBench bench = bench(QemuVersion.V7_2).bind();
    bench.pci.configWrite(4, 3, 2);
    assertEquals(0xb, bench.status());
    bench.pci.configWrite(4, 7, 2);
    assertEquals(0xb, bench.status());
    int head = bench.request(DeviceBench.buffer(0), 8);
    assertEquals(0, bench.ring().usedIndex());
    bench.setStatus(0xf);
    bench.expectUsed(head, 8);
  }

  @Test
  @DisplayName("record a fault without an interrupt while the bus master bit is off")
  void faultWithoutBusMaster() {
    PciBench bench = bench(QemuVersion.V7_2).bind();
    bench.pci.configWrite(4, 3, 2);
    bench.ring().rawAvailIndex(99);
    bench.setStatus(0xf);
    assertEquals(List.of(), bench.takeEvents());
    assertEquals(0xf, bench.status());
    assertEquals(3, bench.driver().readIsr());
  }

  @ParameterizedTest
  @EnumSource(QemuVersion.class)
  @DisplayName("take sizes that are no powers of 2, and larger ones by version")
  void queueSize(QemuVersion version) {
    PciBench bench = bench(version);
    int before = version.queueSize();
    for (int size : new int[] {0, 1025, 0xffff}) {
      bench.setCommon(0x18, size, 2);
      assertEquals(before, bench.common(0x18, 2));
      assertEquals(0, bench.status());
    }
    for (int size : new int[] {3, 5, 7, 8, 1}) {
      bench.setCommon(0x18, size, 2);
      assertEquals(size, bench.common(0x18, 2));
    }
    bench.setStatus(0);
    assertEquals(before, bench.common(0x18, 2));
    bench.setCommon(8, 1, 4);
    bench.setCommon(0xc, 1, 4);
    bench.setCommon(0x18, 9, 2);
    boolean refused = version == QemuVersion.V11_1;
    assertEquals(refused ? 8 : 9, bench.common(0x18, 2));
    assertEquals(refused ? 0x40 : 0, bench.status());
  }

  @Test
  @DisplayName("work with a queue of 3, and take sizes while the queue is enabled")
  void queueOfThree() {
    PciBench bench = bench(QemuVersion.V7_2).bind();
    bench.setCommon(0x18, 4, 2);
    assertEquals(4, bench.common(0x18, 2));
  }

  @Test
  @DisplayName("break when queue_enable is written anything but 1, with an interrupt if live")
  void queueEnable() {
    for (int value : new int[] {0, 2}) {
      PciBench bench = bench(QemuVersion.V7_2).bind();
      bench.setCommon(0x1c, value, 2);
      assertEquals(0x4f, bench.status());
      assertEquals(List.of("raise"), bench.takeEvents());
      assertEquals(3, bench.driver().readIsr());
      bench.setStatus(0);
      bench.setCommon(8, 1, 4);
      bench.setCommon(0xc, 1, 4);
      bench.setStatus(0xb);
      bench.takeEvents();
      bench.setCommon(0x1c, value, 2);
      assertEquals(0x4b, bench.status());
      assertEquals(List.of(), bench.takeEvents());
    }
  }

  @Test
  @DisplayName("take rings at 0, misaligned and where no RAM is, silently")
  void oddRings() {
    for (long address : new long[] {0, 0x8000_0001L, 0xf000_0000L}) {
      PciBench bench = bench(QemuVersion.V7_2).bind();
      bench.setStatus(0);
      bench.setCommon(0x20, address, 8);
      bench.setCommon(0x28, address, 8);
      bench.setCommon(0x30, address, 8);
      bench.setCommon(0x1c, 1, 2);
      assertEquals(1, bench.common(0x1c, 2));
      bench.setStatus(0xf);
      if (address != 0x8000_0001L) {
        bench.pci.barWrite(4, 0x3000, 0, 2);
        assertEquals(0xf, bench.status());
      }
    }
  }

  @Test
  @DisplayName("reset the queue whether negotiated or not, and keep addresses and old size")
  void queueReset() {
    PciBench bench = bench(QemuVersion.V7_2);
    bench.setCommon(0x18, 4, 2);
    bench.setCommon(0x20, 0x8000_1000L, 8);
    bench.setCommon(0x1a, 1, 2);
    bench.setCommon(0x1c, 1, 2);
    bench.setCommon(0x3a, 1, 2);
    assertEquals(0, bench.common(0x3a, 2));
    assertEquals(0, bench.common(0x1c, 2));
    assertEquals(0xffff, bench.common(0x1a, 2));
    assertEquals(8, bench.common(0x18, 2));
    assertEquals(0x8000_1000L, bench.common(0x20, 8));
    bench.setCommon(0x1c, 1, 2);
    assertEquals(4, bench.common(0x18, 2));
  }

  @Test
  @DisplayName("keep selectors and generation through a reset, and refuse queues from 1024 on")
  void selectors() {
    PciBench bench = bench(QemuVersion.V7_2);
    bench.setCommon(0, 5, 4);
    bench.setCommon(8, 6, 4);
    bench.setCommon(0x16, 1023, 2);
    assertEquals(1023, bench.common(0x16, 2));
    assertEquals(1023, bench.common(0x1e, 2));
    assertEquals(0, bench.common(0x18, 2));
    bench.setCommon(0x16, 1024, 2);
    assertEquals(1023, bench.common(0x16, 2));
    bench.setStatus(0);
    assertEquals(5, bench.common(0, 4));
    assertEquals(6, bench.common(8, 4));
    assertEquals(0, bench.common(0x16, 2));
  }

  @Test
  @DisplayName("reset the device when a legacy driver writes address 0")
  void legacyStop() {
    PciBench bench = bench(QemuVersion.V7_2).bindLegacy(PciBench.setup());
    bench.setHeader(8, 0, 4);
    assertEquals(0, bench.header(0x12, 1));
    assertEquals(0, bench.header(4, 4));
  }

  @Test
  @DisplayName("compare all of the legacy notify register in 7.2, and half of it later")
  void legacyNotify() {
    for (QemuVersion version : QemuVersion.values()) {
      PciBench bench = bench(version).bindLegacy(PciBench.setup());
      bench.ring().post(DeviceBench.buffer(0), 8);
      bench.ring().publish();
      bench.setHeader(0x10, 0x1_0000, 4);
      assertEquals(version == QemuVersion.V7_2 ? 0 : 1, bench.ring().usedIndex());
    }
  }
}
