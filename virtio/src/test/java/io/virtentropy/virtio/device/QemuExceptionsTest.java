package io.virtentropy.virtio.device;

import static io.virtentropy.virtio.bench.DeviceBench.buffer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.ratelimit.Quota;
import io.virtentropy.virtio.bench.FillSource;
import io.virtentropy.virtio.bench.OnDemandSource;
import io.virtentropy.virtio.bench.PciBench;
import io.virtentropy.virtio.bench.QueueBench;
import io.virtentropy.virtio.bench.SpyMemory;
import io.virtentropy.virtio.driver.PciRngDriver;
import io.virtentropy.virtio.driver.SplitRingDriver;
import io.virtentropy.virtio.queue.SplitRingLayout;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Where the imitation of QEMU stops: those rows of docs/qemu-differences.md, one test each, in its
 * order.
 */
@DisplayName("Exceptions from the imitation of QEMU:")
class QemuExceptionsTest extends TwoDevices {
  @Test
  @DisplayName("entropy of an old session")
  void oldSession() {
    qemu.bind();
    qemu.request(buffer(0), 64);
    assertEquals(1, qemuSource.waiting());
    qemu.bind();
    assertEquals(0, qemuSource.waiting());
    qemu.request(buffer(1), 8);
    assertEquals(8, qemuSource.wanted());
  }

  @Test
  @DisplayName("writes over an indirect table")
  void overTable() {
    for (boolean nested : new boolean[] {false, true}) {
      qemu.bind();
      SplitRingDriver ring = qemu.ring();
      long inner = TABLE + 0x1000;
      ring.rawDescriptorAt(inner, buffer(1), 16, WRITE, 0);
      if (nested) {
        ring.rawDescriptor(0, TABLE, 16, INDIRECT, 0);
        ring.rawDescriptorAt(TABLE, inner, 16, INDIRECT | WRITE, 0);
      } else {
        ring.rawDescriptor(0, buffer(0), 16, WRITE | NEXT, 1);
        ring.rawDescriptor(1, inner, 16, INDIRECT | WRITE, 0);
      }
      offerHead(ring);
      qemu.driver().notifyDevice();
      assertEquals(1, qemuSource.waiting());
      answerAll(qemu, qemuSource);
      assertEquals(buffer(1), memory.loadLong(inner));
      assertEquals(0x4f, qemu.status());
    }
  }

  @Test
  @DisplayName("a request of more than 64 KiB")
  void largeRequest() {
    for (QemuVersion version : QemuVersion.values()) {
      OnDemandSource own = new OnDemandSource();
      PciBench bench =
          new PciBench(memory, QemuRngDevice.builder(memory, own).version(version).clock(clock));
      bench.bind();
      bench.request(buffer(0), 200_000);
      assertEquals(65_536, own.wanted());
    }
  }

  @Test
  @DisplayName("requests without number")
  void manyRequests() {
    qemu.bind();
    qemu.request(buffer(0), 8);
    for (int i = 0; i < 1000; i++) {
      qemu.driver().notifyDevice();
    }
    assertEquals(QemuRequests.MAX_WAITING, qemuSource.waiting());
  }

  @Test
  @DisplayName("endless tables")
  void endlessTables() {
    qemu.bind();
    SplitRingDriver ring = qemu.ring();
    int entries = 0x20000;
    ring.rawDescriptor(0, QueueBench.RAM + 0x10_0000, 16 * entries, INDIRECT, 0);
    for (int i = 0; i < 65_535; i++) {
      ring.rawDescriptorAt(QueueBench.RAM + 0x10_0000 + 16L * i, buffer(0), 0, WRITE | NEXT, i + 1);
    }
    ring.rawDescriptorAt(QueueBench.RAM + 0x10_0000 + 16L * 65_535, buffer(0), 0, WRITE | NEXT, 0);
    offerHead(ring);
    qemu.driver().notifyDevice();
    assertEquals(0, qemuSource.waiting());
    assertEquals(0xf, qemu.status(), "QEMU would find the loop, 131072 descriptors later");
  }

  @Test
  @DisplayName("chains without a writable byte, under a moving index")
  void emptyChains() {
    qemu.bind();
    SplitRingDriver ring = qemu.ring();
    ring.rawDescriptor(0, buffer(0), 8, WRITE, 0);
    ring.rawDescriptor(1, buffer(1), 8, WRITE, 0);
    offerHead(ring);
    ring.rawAvailEntry(1, 1);
    ring.rawAvailIndex(2);
    qemu.driver().notifyDevice();
    // All entries name a chain that takes no byte, and the index goes back to one.
    ring.rawDescriptor(0, buffer(0), 8, 0, 0);
    ring.rawAvailEntry(1, 0);
    ring.rawAvailIndex(1);
    qemuSource.complete();
    qemu.pci.poll();
    assertEquals(1, ring.usedIndex(), "once around, and one");
    assertEquals(65_537, qemu.pci.counters().get(DeviceCounter.EMPTY_CHAINS));

    long idx = qemu.ring().availRing() + SplitRingLayout.RING_IDX;
    SpyMemory moving = new SpyMemory(memory);
    OnDemandSource own = new OnDemandSource();
    PciBench endless = new PciBench(moving, QemuRngDevice.builder(moving, own).clock(clock)).bind();
    endless.request(buffer(0), 8);
    endless.ring().rawDescriptor(0, buffer(0), 8, 0, 0);
    endless.ring().rawAvailIndex(2);
    afterEachRead(moving, idx, () -> memory.storeShort(idx, (short) (memory.loadShort(idx) + 1)));
    own.complete();
    endless.pci.poll();
    assertEquals(
        QemuRngDevice.MAX_CHAINS_PER_ANSWER,
        endless.pci.counters().get(DeviceCounter.EMPTY_CHAINS));
  }

  private static void afterEachRead(SpyMemory spy, long address, Runnable then) {
    spy.onceRead(
        address,
        () -> {
          then.run();
          afterEachRead(spy, address, then);
        });
  }

  /** A queue of 4 with the event index, with one answer under way when its size becomes 8. */
  private PciBench grown(QemuVersion version, OnDemandSource own) {
    PciBench bench =
        new PciBench(memory, QemuRngDevice.builder(memory, own).version(version).clock(clock));
    bench.bind(PciRngDriver.Setup.at(QueueBench.RING, 4));
    bench.request(buffer(0), 8);
    bench.pci.barWrite(4, 0x18, 8, 2);
    own.complete();
    bench.pci.poll();
    return bench;
  }

  @Test
  @DisplayName("a queue that grows while it is enabled")
  void growingQueue() {
    assertEquals(0x4f, grown(QemuVersion.V7_2, new OnDemandSource()).status());
    for (QemuVersion later : new QemuVersion[] {QemuVersion.V10_0, QemuVersion.V11_1}) {
      PciBench bench = grown(later, new OnDemandSource());
      assertEquals(0xf, bench.status());
      assertEquals(1, bench.ring().usedIndex());
    }
  }

  /** Sets queue 0 up at these addresses, as a driver that skips everything else does. */
  private static void place(PciBench bench, long table, long avail, long used) {
    bench.pci.barWrite(4, 0x20, table, 8);
    bench.pci.barWrite(4, 0x28, avail, 8);
    bench.pci.barWrite(4, 0x30, used, 8);
    bench.pci.barWrite(4, 0x1c, 1, 2);
  }

  @Test
  @DisplayName("rings and tables outside RAM")
  void ringsOutsideRam() {
    long nowhere = 0x4000_0000_0000L;
    for (QemuVersion version : QemuVersion.values()) {
      OnDemandSource own = new OnDemandSource();
      PciBench bench =
          new PciBench(memory, QemuRngDevice.builder(memory, own).version(version).clock(clock));
      bench.bind();
      bench.pci.barWrite(4, 0x3a, 1, 2);
      SplitRingDriver ring = bench.ring();
      place(bench, nowhere, ring.availRing(), ring.usedRing());
      ring.rawAvailIndex(1);
      bench.driver().notifyDevice();
      assertEquals(0, own.waiting(), "a table of zeros");
      assertEquals(0xf, bench.status());

      place(bench, ring.descriptorTable(), ring.availRing(), nowhere);
      bench.request(buffer(0), 8);
      own.complete();
      bench.pci.poll();
      assertEquals(0xf, bench.status());
      assertEquals(8, bench.pci.counters().get(DeviceCounter.BYTES));
    }
  }

  @Test
  @DisplayName("a ring that is cut off, and the memory map")
  void cutOffRing() {
    qemu.bind();
    SplitRingDriver ring = qemu.ring();
    place(qemu, QueueBench.RAM + QueueBench.RAM_BYTES - 0x40, ring.availRing(), ring.usedRing());
    assertEquals(0x4f, qemu.status());
    long generation = qemu.pci.barRead(4, 0x15, 1);
    qemu.pci.configWrite(0x14, 0xe020_0000L, 4);
    assertEquals(generation, qemu.pci.barRead(4, 0x15, 1));
    qemu.pci.barWrite(4, 0x14, 0xf, 1);
    qemu.driver().notifyDevice();
    assertEquals(0xf, qemu.status(), "nothing of a queue that is not mapped is read");
  }

  @Test
  @DisplayName("rings, tables and buffers where the machine has something else")
  void machine() {
    qemu.bind();
    place(qemu, 0xf_1000, 0xf_2000, 0xf_3000);
    qemu.driver().notifyDevice();
    assertEquals(0xf, qemu.status());
    assertEquals(0, qemuSource.waiting());
  }

  @Test
  @DisplayName("accesses to ports across a boundary")
  void portsAcrossBoundary() {
    for (QemuVersion version : QemuVersion.values()) {
      PciBench bench = qemu(version, Quota.DEFAULT);
      assertEquals(0xff00_00ffL, bench.pci.barRead(0, 0xd, 4));
      bench.pci.barWrite(0, 0x11, 0x0300, 2);
      assertEquals(3, bench.pci.barRead(0, 0x12, 1));
    }
  }

  @Test
  @DisplayName("a source that fails")
  void failingSource() {
    boolean[] failing = {true};
    FillSource source =
        new FillSource(
            (target, index, length) -> {
              if (failing[0]) {
                throw new EntropySourceException(
                    EntropySourceException.Reason.UNAVAILABLE, "a test", null);
              }
              FillSource.put(target, index, length, 7);
              return length;
            });
    PciBench bench = new PciBench(memory, QemuRngDevice.builder(memory, source).clock(clock));
    bench.bind();
    bench.request(buffer(0), 8);
    assertEquals(10 * MILLIS, bench.pci.nanosUntilDue());
    assertFalse(bench.pci.poll());
    failing[0] = false;
    clock.advance(10 * MILLIS);
    assertTrue(bench.pci.poll());
    bench.expectUsed(0, 8);
  }

  @Test
  @DisplayName("a saved quota")
  void savedQuota() {
    Quota quota = new Quota(64, 1000);
    PciBench old = qemu(QemuVersion.V11_1, quota).bind();
    old.request(buffer(0), 64);
    answerAll(old, qemuSource);
    old.ring().reap();
    byte[] saved = old.pci.save();
    PciBench fresh = qemu(QemuVersion.V11_1, quota);
    fresh.pci.restore(saved);
    old.ring().post(buffer(0), 64);
    old.ring().publish();
    fresh.pci.barWrite(4, 0x3000, 0, 2);
    fresh.pci.poll();
    assertEquals(0, qemuSource.waiting());
    clock.advance(1000 * MILLIS);
    fresh.pci.poll();
    assertEquals(64, qemuSource.wanted());
  }
}
