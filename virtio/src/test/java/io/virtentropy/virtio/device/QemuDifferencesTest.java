package io.virtentropy.virtio.device;

import static io.virtentropy.virtio.bench.DeviceBench.buffer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.CounterBackend;
import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.ratelimit.ManualClock;
import io.virtentropy.ratelimit.Quota;
import io.virtentropy.ratelimit.QuotaWindow;
import io.virtentropy.ratelimit.RateLimiter;
import io.virtentropy.virtio.bench.FillSource;
import io.virtentropy.virtio.bench.OnDemandSource;
import io.virtentropy.virtio.bench.PciBench;
import io.virtentropy.virtio.bench.QueueBench;
import io.virtentropy.virtio.bench.SpyMemory;
import io.virtentropy.virtio.driver.ChainPiece;
import io.virtentropy.virtio.driver.PciRngDriver;
import io.virtentropy.virtio.driver.SplitRingDriver;
import io.virtentropy.virtio.memory.GuestMemory;
import io.virtentropy.virtio.queue.SplitRingLayout;
import io.virtentropy.virtio.transport.mmio.MmioLayout;
import io.virtentropy.virtio.transport.mmio.MmioTransport;
import io.virtentropy.virtio.transport.mmio.MmioVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The rows of docs/qemu-differences.md, one test each, in its order. */
@DisplayName("Differences from QEMU:")
class QemuDifferencesTest {
  private static final int NEXT = 1;
  private static final int WRITE = 2;
  private static final int INDIRECT = 4;
  private static final long TABLE = QueueBench.TABLES;
  private static final long MILLIS = 1_000_000;

  private final GuestMemory memory = QueueBench.ram();
  private final ManualClock clock = new ManualClock();
  private final OnDemandSource strictSource = new OnDemandSource();
  private final OnDemandSource qemuSource = new OnDemandSource();
  private final PciBench strict = strict(RateLimiter.unlimited());
  private final PciBench qemu = qemu(QemuVersion.V11_1, Quota.DEFAULT);

  private PciBench strict(RateLimiter limiter) {
    return new PciBench(
        memory, VirtioRngDevice.builder(memory, strictSource).limiter(limiter).clock(clock));
  }

  private PciBench qemu(QemuVersion version, Quota quota) {
    return new PciBench(
        memory,
        QemuRngDevice.builder(memory, qemuSource).version(version).quota(quota).clock(clock));
  }

  private OnDemandSource source(PciBench bench) {
    return bench == qemu ? qemuSource : strictSource;
  }

  /** Completes everything at the source until nothing more is asked for, a few times at most. */
  private void answerAll(PciBench bench, OnDemandSource source) {
    for (int i = 0; i < 8 && source.waiting() > 0; i++) {
      source.complete();
      bench.pci.poll();
    }
  }

  /** What becomes of one offered ring: its used length, -1 for a fault, -2 if it waits. */
  private int fate(PciBench bench, Consumer<SplitRingDriver> offer) {
    bench.bind();
    offer.accept(bench.ring());
    bench.driver().notifyDevice();
    answerAll(bench, source(bench));
    if (bench.status() == 0x4f) {
      return -1;
    }
    if (bench.ring().usedIndex() == 0) {
      return -2;
    }
    return memory.loadInt(bench.ring().usedRing() + 4 + 4);
  }

  private void expectFates(int strictly, int likeQemu, Consumer<SplitRingDriver> offer) {
    assertEquals(strictly, fate(strict, offer), "the specification's device");
    assertEquals(likeQemu, fate(qemu, offer), "QEMU's device");
  }

  private void expect(long strictly, long likeQemu, ToIntFunction<PciBench> look) {
    assertEquals((int) strictly, look.applyAsInt(strict), "the specification's device");
    assertEquals((int) likeQemu, look.applyAsInt(qemu), "QEMU's device");
  }

  private static Consumer<SplitRingDriver> chain(ChainPiece... pieces) {
    return ring -> {
      ring.post(List.of(pieces));
      ring.publish();
    };
  }

  private static void offerHead(SplitRingDriver ring) {
    ring.rawAvailEntry(0, 0);
    ring.rawAvailIndex(1);
  }

  // ---- the loop

  @Test
  @DisplayName("a negative quota")
  void negativeQuota() {
    Quota quota = new Quota(100, 1000);
    PciBench limited = strict(new QuotaWindow(quota, clock)).bind();
    limited.request(buffer(0), 64);
    limited.driver().notifyDevice();
    limited.driver().notifyDevice();
    answerAll(limited, strictSource);
    limited.ring().reap();
    limited.request(buffer(0), 1000);
    answerAll(limited, strictSource);
    limited.expectUsed(limited.ring().reapedHead(), 36);

    PciBench like = qemu(QemuVersion.V11_1, quota).bind();
    like.request(buffer(0), 64);
    like.driver().notifyDevice();
    like.driver().notifyDevice();
    answerAll(like, qemuSource);
    like.ring().reap();
    like.request(buffer(0), 1000);
    assertEquals(1000, qemuSource.wanted());
  }

  @Test
  @DisplayName("bytes that find no buffer")
  void chargedForNothing() {
    Quota quota = new Quota(2000, 1000);
    PciBench like = qemu(QemuVersion.V11_1, quota).bind();
    like.request(buffer(0), 64);
    like.driver().notifyDevice();
    answerAll(like, qemuSource);
    like.ring().reap();
    like.request(buffer(0), 2000);
    assertEquals(2000 - 2 * 64, qemuSource.wanted());

    PciBench limited = strict(new QuotaWindow(quota, clock)).bind();
    limited.request(buffer(0), 64);
    limited.driver().notifyDevice();
    answerAll(limited, strictSource);
    limited.ring().reap();
    limited.request(buffer(0), 2000);
    assertEquals(2000 - 64, strictSource.wanted());
  }

  @Test
  @DisplayName("a small buffer at the end of the quota")
  void smallAtTheEnd() {
    Quota quota = new Quota(100, 1000);
    PciBench limited = strict(new QuotaWindow(quota, clock)).bind();
    limited.request(buffer(0), 64);
    limited.request(buffer(1), 64);
    answerAll(limited, strictSource);
    limited.expectUsed(0, 64);
    assertFalse(limited.ring().reap());
    clock.advance(1000 * MILLIS);
    limited.pci.poll();
    answerAll(limited, strictSource);
    limited.expectUsed(1, 64);

    PciBench like = qemu(QemuVersion.V11_1, quota).bind();
    like.ring().post(buffer(0), 64);
    like.ring().post(buffer(1), 64);
    like.notifyDevice();
    answerAll(like, qemuSource);
    like.expectUsed(0, 64);
    like.expectUsed(1, 36);
  }

  @Test
  @DisplayName("a second kick for the same buffers")
  void secondKick() {
    expect(
        1,
        2,
        bench -> {
          bench.bind();
          bench.request(buffer(0), 64);
          bench.driver().notifyDevice();
          return source(bench).waiting();
        });
  }

  @Test
  @DisplayName("a sum of lengths beyond 32 bits")
  void wrappedSum() {
    expectFates(
        -1, // for these buffers are not all in RAM
        -2,
        ring -> {
          ring.rawDescriptor(0, buffer(0), 0x8000_0000, WRITE, 0);
          ring.rawDescriptor(1, buffer(0), 0x8000_0000, WRITE, 0);
          ring.rawAvailEntry(0, 0);
          ring.rawAvailEntry(1, 1);
          ring.rawAvailIndex(2);
        });
  }

  // ---- chains

  @Test
  @DisplayName("direct descriptors before an indirect table")
  void directThenIndirect() {
    Consumer<SplitRingDriver> offer =
        ring -> {
          ring.postIndirect(
              List.of(ChainPiece.writable(buffer(0), 16)),
              TABLE,
              List.of(ChainPiece.writable(buffer(1), 8)));
          ring.publish();
        };
    expectFates(24, -1, offer);
  }

  @Test
  @DisplayName("INDIRECT without negotiation or with NEXT")
  void indirectLiberties() {
    for (int flags : new int[] {INDIRECT, INDIRECT | NEXT}) {
      int[] fates = new int[2];
      for (PciBench bench : List.of(strict, qemu)) {
        bench.bind(PciBench.setup().accepting(flags == INDIRECT ? VirtioFeature.VERSION_1 : -1L));
        bench.ring().rawDescriptor(0, TABLE, 16, flags, 0);
        bench.ring().rawDescriptorAt(TABLE, buffer(0), 16, WRITE, 0);
        offerHead(bench.ring());
        bench.driver().notifyDevice();
        answerAll(bench, source(bench));
        fates[bench == qemu ? 1 : 0] = bench.status();
      }
      assertEquals(0x4f, fates[0]);
      assertEquals(0x0f, fates[1]);
    }
  }

  @Test
  @DisplayName("a chain longer than the queue")
  void longChain() {
    List<ChainPiece> pieces = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      pieces.add(ChainPiece.writable(buffer(0) + i, 1));
    }
    expectFates(
        -1,
        9,
        ring -> {
          ring.postIndirect(List.of(), TABLE, pieces);
          ring.publish();
        });
  }

  @Test
  @DisplayName("buffers outside memory")
  void outsideMemory() {
    expectFates(-1, 64, chain(ChainPiece.writable(0x8000_0000_0000L, 64)));
    expectFates(-1, -1, chain(ChainPiece.writable(0x8000_0000_0000L, 4097)));
  }

  @Test
  @DisplayName("buffers of length 0")
  void zeroLength() {
    expectFates(8, -1, chain(ChainPiece.writable(buffer(0), 8), ChainPiece.writable(buffer(1), 0)));
  }

  @Test
  @DisplayName("a buffer without a writable byte")
  void nothingWritable() {
    expectFates(0, -2, chain(ChainPiece.readable(buffer(0), 8)));
  }

  @Test
  @DisplayName("rings that are misplaced")
  void misplacedRings() {
    expect(
        0x4f,
        0x0f,
        bench -> {
          bench.bind();
          bench.setStatus(0);
          negotiate(bench, VirtioFeature.VERSION_1);
          bench.setCommon(0x20, 0xf000_0000L, 8);
          bench.setCommon(0x28, 0xf000_1000L, 8);
          bench.setCommon(0x30, 0xf000_2000L, 8);
          bench.setCommon(0x1c, 1, 2);
          bench.setStatus(0xf);
          bench.driver().notifyDevice();
          return bench.status();
        });
  }

  private static void negotiate(PciBench bench, long features) {
    bench.setStatus(3);
    bench.setCommon(8, 0, 4);
    bench.setCommon(0xc, features & 0xffff_ffffL, 4);
    bench.setCommon(8, 1, 4);
    bench.setCommon(0xc, features >>> 32, 4);
    bench.setStatus(0xb);
  }

  private int statusAfter(PciBench bench, long features) {
    bench.setStatus(0);
    negotiate(bench, features);
    return bench.status();
  }

  // ---- features and status

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

  // ---- PCI

  @Test
  @DisplayName("the bus master bit taken away")
  void busMaster() {
    expect(
        0xf,
        0xb,
        bench -> {
          bench.bind();
          bench.pci.configWrite(4, 3, 2);
          bench.pci.configWrite(4, 7, 2);
          return bench.status();
        });
  }

  @Test
  @DisplayName("the bus master bit never set")
  void neverBusMaster() {
    expect(
        0,
        1,
        bench -> {
          bench.bind();
          bench.pci.reset();
          negotiate(bench, VirtioFeature.VERSION_1);
          bench.setCommon(0x20, bench.ring().descriptorTable(), 8);
          bench.setCommon(0x28, bench.ring().availRing(), 8);
          bench.setCommon(0x30, bench.ring().usedRing(), 8);
          bench.setCommon(0x1c, 1, 2);
          bench.setStatus(0xf);
          bench.request(buffer(0), 8);
          return source(bench).waiting();
        });
  }

  @Test
  @DisplayName("a vector given to its event again")
  void sameVector() {
    expect(
        1,
        0,
        bench -> {
          bench.bind(PciBench.setup().withMessagesTo(PciBench.MESSAGES));
          bench.pci.barWrite(1, 12, 1, 4);
          bench.request(buffer(0), 8);
          answerAll(bench, source(bench));
          bench.setCommon(0x1a, 0, 2);
          return (int) bench.pci.barRead(1, 0x800, 4);
        });
  }

  @Test
  @DisplayName("messages without the bus master bit")
  void messagesWithoutMaster() {
    expect(
        1,
        0,
        bench -> {
          bench.bind(PciBench.setup().withMessagesTo(PciBench.MESSAGES));
          bench.pci.barWrite(1, 12, 1, 4);
          bench.request(buffer(0), 8);
          answerAll(bench, source(bench));
          bench.pci.configWrite(4, 3, 2);
          bench.pci.barWrite(1, 12, 0, 4);
          assertEquals(List.of(), bench.takeEvents());
          bench.pci.configWrite(4, 7, 2);
          return bench.takeEvents().size();
        });
  }

  private void switchMsixOff(PciBench bench) {
    bench.bind(PciBench.setup().withMessagesTo(PciBench.MESSAGES));
    bench.ring().rawAvailIndex(99);
    bench.driver().notifyDevice();
    bench.takeEvents();
    bench.pci.configWrite(0x9a, 0, 2);
  }

  @Test
  @DisplayName("the ISR status with MSI-X")
  void isrWithMessages() {
    expect(
        0,
        1,
        bench -> {
          bench.bind(PciBench.setup().withMessagesTo(PciBench.MESSAGES));
          bench.request(buffer(0), 8);
          answerAll(bench, source(bench));
          return bench.driver().readIsr();
        });
  }

  @Test
  @DisplayName("INTA# after MSI-X is switched off")
  void intxAfterMsix() {
    switchMsixOff(strict);
    assertEquals(List.of("raise"), strict.takeEvents());
    switchMsixOff(qemu);
    assertEquals(List.of(), qemu.takeEvents());
  }

  @Test
  @DisplayName("the access capability")
  void accessCapability() {
    expect(
        0,
        1,
        bench -> {
          bench.pci.configWrite(0x88, 3, 1);
          bench.pci.configWrite(0x8c, 0x13, 4);
          bench.pci.configWrite(0x90, 2, 4);
          return (int) bench.pci.configRead(0x94, 4);
        });
  }

  // ---- interrupts

  private int interruptsForTwoKicks(PciBench bench) {
    bench.bind(PciBench.setup().accepting(VirtioFeature.VERSION_1));
    bench.request(buffer(0), 8);
    bench.driver().notifyDevice();
    answerAll(bench, source(bench));
    bench.driver().readIsr();
    return (int) bench.events.stream().filter("raise"::equals).count();
  }

  @Test
  @DisplayName("an answer that returned nothing")
  void emptyAnswer() {
    assertEquals(1, interruptsForTwoKicks(strict));
    qemu.bind(PciBench.setup().accepting(VirtioFeature.VERSION_1));
    qemu.request(buffer(0), 8);
    qemu.driver().notifyDevice();
    qemuSource.complete();
    qemu.pci.poll();
    qemu.driver().readIsr();
    qemu.takeEvents();
    qemuSource.complete();
    qemu.pci.poll();
    assertEquals(List.of("raise"), qemu.takeEvents());
  }

  @Test
  @DisplayName("the first interrupt with the event index")
  void firstInterrupt() {
    expect(
        0,
        1,
        bench -> {
          bench.bind();
          bench.ring().rawUsedEvent(500);
          bench.request(buffer(0), 8);
          answerAll(bench, source(bench));
          return bench.takeEvents().size();
        });
  }

  @Test
  @DisplayName("NOTIFY_ON_EMPTY")
  void notifyOnEmpty() {
    negotiate(strict, VirtioFeature.VERSION_1 | VirtioFeature.NOTIFY_ON_EMPTY);
    assertEquals(3, strict.status());
    qemu.bind(PciBench.setup().accepting(VirtioFeature.VERSION_1));
    qemu.setStatus(3);
    qemu.setCommon(8, 0, 4);
    qemu.setCommon(0xc, VirtioFeature.NOTIFY_ON_EMPTY, 4);
    qemu.setStatus(0xf);
    qemu.ring().suppressInterrupts();
    qemu.request(buffer(0), 8);
    answerAll(qemu, qemuSource);
    assertEquals(List.of("raise"), qemu.takeEvents());
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

  // ---- the machine

  @Test
  @DisplayName("a stopped machine")
  void stoppedMachine() {
    expect(
        0,
        1,
        bench -> {
          bench.bind();
          bench.pci.setRunning(false);
          bench.request(buffer(0), 8);
          return source(bench).waiting();
        });
    qemuSource.complete();
    qemu.pci.poll();
    assertEquals(0, qemu.ring().usedIndex());
    strict.bind();
    strict.request(buffer(0), 8);
    strict.pci.setRunning(false);
    strict.pci.setRunning(true);
    answerAll(strict, strictSource);
    assertTrue(strict.ring().reap());
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

  // ---- where the imitation stops

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

  // ---- the document

  @Test
  @DisplayName("every row of the document has its test, and every test its row")
  void document() throws IOException {
    TreeSet<String> rows = new TreeSet<>();
    for (String line : Files.readAllLines(Path.of("../docs/qemu-differences.md"))) {
      if (line.startsWith("| ") && !line.startsWith("| ---")) {
        rows.add(line.substring(2, line.indexOf(" |", 2)));
      }
    }
    rows.remove("difference");
    rows.remove("exception");
    TreeSet<String> tests = new TreeSet<>();
    Arrays.stream(getClass().getDeclaredMethods())
        .filter(method -> method.isAnnotationPresent(Test.class))
        .map(method -> method.getAnnotation(DisplayName.class).value())
        .forEach(tests::add);
    tests.remove("every row of the document has its test, and every test its row");
    assertEquals(rows, tests);
  }
}
