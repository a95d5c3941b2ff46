package io.virtentropy.virtio.device;

import static io.virtentropy.virtio.bench.DeviceBench.buffer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.ratelimit.ManualClock;
import io.virtentropy.virtio.bench.OnDemandSource;
import io.virtentropy.virtio.bench.PciBench;
import io.virtentropy.virtio.bench.QueueBench;
import io.virtentropy.virtio.driver.ChainPiece;
import io.virtentropy.virtio.driver.SplitRingDriver;
import io.virtentropy.virtio.memory.GuestMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What QEMU's device makes of broken rings: at the scan, at the fill, or not at all. */
@DisplayName("QEMU's device and broken rings")
class QemuErrorsTest {
  private static final int NEXT = 1;
  private static final int WRITE = 2;
  private static final int INDIRECT = 4;
  private static final long TABLE = QueueBench.TABLES;

  private final GuestMemory memory = QueueBench.ram();
  private OnDemandSource source;
  private PciBench bench;

  private void bind(QemuVersion version) {
    source = new OnDemandSource();
    bench =
        new PciBench(
            memory,
            QemuRngDevice.builder(memory, source).version(version).clock(new ManualClock()));
    bench.bind(PciBench.setup().withMessagesTo(PciBench.MESSAGES));
    bench.takeEvents();
  }

  private static void offer(SplitRingDriver ring) {
    ring.rawAvailEntry(0, 0);
    ring.rawAvailIndex(1);
  }

  /** A fault found before entropy is asked for. */
  private void expectScanFault(Consumer<SplitRingDriver> breaking) {
    for (QemuVersion version : QemuVersion.values()) {
      bind(version);
      breaking.accept(bench.ring());
      bench.driver().notifyDevice();
      assertEquals(0, source.waiting(), "asked for before the fault");
      expectBroken();
    }
  }

  /** A fault found when entropy has come. */
  private void expectFillFault(Consumer<SplitRingDriver> breaking) {
    for (QemuVersion version : QemuVersion.values()) {
      bind(version);
      breaking.accept(bench.ring());
      bench.driver().notifyDevice();
      assertEquals(1, source.waiting(), "not asked for");
      assertEquals(0xf, bench.status());
      source.complete();
      bench.pci.poll();
      expectBroken();
    }
  }

  private void expectBroken() {
    assertEquals(0x4f, bench.status());
    assertEquals(List.of(PciBench.CONFIG_MESSAGE), bench.takeEvents());
    assertEquals(1, bench.common(0x15, 1), "generation");
    assertEquals(3, bench.driver().readIsr());
    assertEquals(0, bench.ring().usedIndex());
    bench.driver().notifyDevice();
    assertEquals(List.of(), bench.takeEvents());
    bench.setStatus(0);
    bench.bind();
    int head = bench.ring().post(buffer(0), 8);
    bench.notifyDevice();
    source.complete();
    bench.pci.poll();
    bench.expectUsed(head, 8);
  }

  private void expectServed(int length, Consumer<SplitRingDriver> odd) {
    bind(QemuVersion.V11_1);
    odd.accept(bench.ring());
    bench.driver().notifyDevice();
    source.complete();
    bench.pci.poll();
    assertEquals(0xf, bench.status());
    assertEquals(1, bench.ring().usedIndex());
    long element = bench.ring().usedRing() + 4;
    assertEquals(length, memory.loadInt(element + 4), "used length");
  }

  @Test
  @DisplayName("finds loops, bad heads, jumps and bad tables at the scan")
  void scan() {
    expectScanFault(
        ring -> {
          ring.rawDescriptor(0, buffer(0), 8, WRITE | NEXT, 0);
          offer(ring);
        });
    expectScanFault(
        ring -> {
          ring.rawDescriptor(0, buffer(0), 8, WRITE | NEXT, 1);
          ring.rawDescriptor(1, buffer(0), 8, WRITE | NEXT, 0);
          offer(ring);
        });
    expectScanFault(
        ring -> {
          ring.rawDescriptor(0, TABLE, 32, INDIRECT, 0);
          ring.rawDescriptorAt(TABLE, buffer(0), 8, WRITE | NEXT, 1);
          ring.rawDescriptorAt(TABLE + 16, buffer(0), 8, WRITE | NEXT, 0);
          offer(ring);
        });
    for (int head : new int[] {8, 0xffff}) {
      expectScanFault(
          ring -> {
            ring.rawAvailEntry(0, head);
            ring.rawAvailIndex(1);
          });
    }
    expectScanFault(ring -> ring.rawAvailIndex(9));
    expectScanFault(ring -> ring.rawAvailIndex(0xffff));
    expectScanFault(
        ring -> {
          ring.rawDescriptor(0, buffer(0), 8, WRITE | NEXT, 8);
          offer(ring);
        });
    expectScanFault(
        ring -> {
          ring.rawDescriptor(0, TABLE, 16, INDIRECT, 0);
          ring.rawDescriptorAt(TABLE, buffer(0), 8, WRITE | NEXT, 1);
          offer(ring);
        });
    for (int length : new int[] {0, 17}) {
      expectScanFault(
          ring -> {
            ring.rawDescriptor(0, TABLE, length, INDIRECT, 0);
            offer(ring);
          });
    }
    expectScanFault(
        ring -> {
          ring.rawDescriptor(0, QueueBench.RAM + QueueBench.RAM_BYTES - 16, 32, INDIRECT, 0);
          offer(ring);
        });
    expectScanFault(
        ring -> {
          ring.rawDescriptor(0, -16, 32, INDIRECT, 0);
          offer(ring);
        });
  }

  @Test
  @DisplayName(
      "finds wrong order, zero lengths and far buffers at the fill, and has lost the bytes")
  void fill() {
    expectFillFault(
        ring -> ring(ring, ChainPiece.writable(buffer(0), 8), ChainPiece.readable(buffer(1), 8)));
    expectFillFault(
        ring -> ring(ring, ChainPiece.writable(buffer(0), 8), ChainPiece.writable(buffer(1), 0)));
    expectFillFault(ring -> ring(ring, ChainPiece.writable(0x8000_0000_0000L, 4097)));
    expectFillFault(
        ring -> {
          ring.rawDescriptor(0, buffer(0), 16, WRITE | NEXT, 1);
          ring.rawDescriptor(1, TABLE, 16, INDIRECT, 0);
          offer(ring);
        });
    expectFillFault(
        ring -> {
          List<ChainPiece> pieces = new ArrayList<>();
          for (int i = 0; i < 1025; i++) {
            pieces.add(ChainPiece.writable(buffer(0) + i, 1));
          }
          ring.postIndirect(List.of(), TABLE, pieces);
          ring.publish();
        });
  }

  private static void ring(SplitRingDriver ring, ChainPiece... pieces) {
    ring.post(List.of(pieces));
    ring.publish();
  }

  @Test
  @DisplayName("takes what the specification forbids and does no harm")
  void tolerated() {
    expectServed(16, ring -> indirect(ring, INDIRECT | NEXT));
    expectServed(16, ring -> indirect(ring, INDIRECT | WRITE));
    expectServed(
        8,
        ring -> {
          ring.rawDescriptor(0, buffer(0), 8, WRITE | 0xfff0, 0);
          offer(ring);
        });
    expectServed(
        1024,
        ring -> {
          List<ChainPiece> pieces = new ArrayList<>();
          for (int i = 0; i < 1024; i++) {
            pieces.add(ChainPiece.writable(buffer(0) + i, 1));
          }
          ring.postIndirect(List.of(), TABLE, pieces);
          ring.publish();
        });
  }

  private void indirect(SplitRingDriver ring, int flags) {
    ring.rawDescriptor(0, TABLE, 16, flags, 5);
    ring.rawDescriptorAt(TABLE, buffer(0), 16, WRITE, 0);
    offer(ring);
  }

  @Test
  @DisplayName("completes buffers outside RAM with their full length, up to 4096 bytes of them")
  void outsideRam() {
    expectServed(64, ring -> ring(ring, ChainPiece.writable(0x8000_0000_0000L, 64)));
    expectServed(64, ring -> ring(ring, ChainPiece.writable(-32L, 64)));
    long end = QueueBench.RAM + QueueBench.RAM_BYTES;
    expectServed(64, ring -> ring(ring, ChainPiece.writable(end - 32, 64)));
    assertTrue(memory.loadByte(end - 1) != 0, "the part in RAM is filled");
    expectServed(
        32,
        ring ->
            ring(
                ring,
                ChainPiece.writable(0x8000_0000_0000L, 16),
                ChainPiece.writable(0x9000_0000_0000L, 16)));
  }

  @Test
  @DisplayName("has one bounce buffer in 7.2: two descriptors outside RAM are a fault there")
  void twoOutsideRam() {
    bind(QemuVersion.V7_2);
    ring(
        bench.ring(),
        ChainPiece.writable(0x8000_0000_0000L, 16),
        ChainPiece.writable(0x9000_0000_0000L, 16));
    bench.driver().notifyDevice();
    source.complete();
    bench.pci.poll();
    assertEquals(0x4f, bench.status());
  }

  @Test
  @DisplayName("keeps what it returned before a fill fault, and loses that interrupt")
  void goodBeforeBad() {
    bind(QemuVersion.V11_1);
    bench.ring().post(buffer(0), 64);
    bench
        .ring()
        .post(List.of(ChainPiece.writable(buffer(1), 8), ChainPiece.readable(buffer(2), 8)));
    bench.notifyDevice();
    source.complete();
    bench.pci.poll();
    bench.expectUsed(0, 64);
    assertFalse(bench.ring().reap());
    assertEquals(0x4f, bench.status());
    assertEquals(List.of(PciBench.CONFIG_MESSAGE), bench.takeEvents());
    assertEquals(3, bench.driver().readIsr());
  }

  @Test
  @DisplayName("finds with a small quota at the fill what it would have found at the scan")
  void smallQuota() {
    source = new OnDemandSource();
    bench =
        new PciBench(
            memory,
            QemuRngDevice.builder(memory, source)
                .quota(new io.virtentropy.ratelimit.Quota(8, 1000))
                .clock(new ManualClock()));
    bench.bind();
    bench.ring().rawDescriptor(0, buffer(0), 8, WRITE | NEXT, 0);
    offer(bench.ring());
    bench.driver().notifyDevice();
    assertEquals(1, source.waiting());
    source.complete();
    bench.pci.poll();
    assertEquals(0x4f, bench.status());
  }

  @Test
  @DisplayName("breaks silently without VERSION_1")
  void silent() {
    source = new OnDemandSource();
    bench = new PciBench(memory, QemuRngDevice.builder(memory, source));
    bench.bindLegacy(PciBench.setup());
    bench.ring().rawAvailIndex(9);
    bench.driver().notifyDevice();
    assertEquals(7, bench.driver().status());
    assertEquals(0, bench.driver().readIsr());
    assertEquals(List.of(), bench.takeEvents());
    bench.ring().rawAvailIndex(0);
    bench.request(buffer(0), 8);
    assertEquals(0, source.waiting());
  }

  @Test
  @DisplayName("lets a status write hide NEEDS_RESET, and stays broken")
  void hidden() {
    bind(QemuVersion.V7_2);
    bench.ring().rawAvailIndex(9);
    bench.driver().notifyDevice();
    assertEquals(0x4f, bench.status());
    bench.takeEvents();
    bench.setStatus(0xf);
    assertEquals(0xf, bench.status());
    assertEquals(List.of(), bench.takeEvents(), "broken already");
    assertEquals(2, bench.common(0x15, 1), "found again by the pass");
    bench.ring().rawAvailIndex(0);
    bench.request(buffer(0), 8);
    assertEquals(0, source.waiting());
  }
}
