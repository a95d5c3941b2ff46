package io.virtentropy.virtio.device;

import static io.virtentropy.virtio.bench.DeviceBench.buffer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.CounterBackend;
import io.virtentropy.ratelimit.ManualClock;
import io.virtentropy.ratelimit.Quota;
import io.virtentropy.ratelimit.RateLimiter;
import io.virtentropy.virtio.bench.OnDemandSource;
import io.virtentropy.virtio.bench.PciBench;
import io.virtentropy.virtio.bench.QueueBench;
import io.virtentropy.virtio.driver.ChainPiece;
import io.virtentropy.virtio.driver.PciRngDriver;
import io.virtentropy.virtio.memory.GuestMemory;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * The request loop of QEMU, experiment by experiment. The source stands for an EGD daemon: what it
 * is asked for can be seen, and it answers when told.
 */
@DisplayName("The request loop of QEMU")
class QemuLoopTest {
  private static final long MILLIS = 1_000_000;
  private static final long FLAGS_ONLY = 1L << 32;

  private final GuestMemory memory = QueueBench.ram();
  private final ManualClock clock = new ManualClock();
  private final OnDemandSource source = new OnDemandSource();
  private PciBench bench;

  private PciBench bench(QemuVersion version, Quota quota) {
    bench =
        new PciBench(
            memory,
            QemuRngDevice.builder(memory, source).version(version).quota(quota).clock(clock));
    return bench;
  }

  private PciBench bound(Quota quota) {
    return bench(QemuVersion.V11_1, quota).bind();
  }

  private PciBench bound() {
    return bound(Quota.DEFAULT);
  }

  private void post(int... lengths) {
    for (int i = 0; i < lengths.length; i++) {
      bench.ring().post(buffer(i), lengths[i]);
    }
  }

  private void answer() {
    source.complete();
    bench.pci.poll();
  }

  private void answer(int bytes) {
    source.complete(bytes);
    bench.pci.poll();
  }

  private void expectAsked(int... lengths) {
    assertEquals(lengths.length, source.waiting(), "requests at the source");
    if (lengths.length > 0) {
      assertEquals(lengths[0], source.wanted(), "bytes of the oldest");
    }
  }

  private void advance(long millis) {
    clock.advance(millis * MILLIS);
    bench.pci.poll();
  }

  @Test
  @DisplayName("asks once for what a kick finds, and interrupts once for all of it")
  void oneRequestForAll() {
    bound();
    post(64, 64, 64);
    bench.notifyDevice();
    expectAsked(0xc0);
    bench.takeEvents();
    answer();
    for (int i = 0; i < 3; i++) {
      bench.expectUsed(i, 64);
    }
    assertEquals(List.of("raise"), bench.takeEvents());
    expectAsked();
  }

  @Test
  @DisplayName("does nothing with a kick before DRIVER_OK, and asks at DRIVER_OK")
  void kickBeforeDriverOk() {
    bound();
    bench.setStatus(0xb);
    post(16);
    bench.notifyDevice();
    expectAsked();
    bench.setStatus(0xf);
    expectAsked(16);
  }

  @Test
  @DisplayName("completes a buffer short where the quota ends, and asks at t = period for the rest")
  void quotaEndsInside() {
    bound(new Quota(100, 1000));
    post(64, 64, 64);
    bench.notifyDevice();
    expectAsked(0x64);
    answer();
    bench.expectUsed(0, 64);
    bench.expectUsed(1, 36);
    assertFalse(bench.ring().reap());
    assertEquals(1000 * MILLIS, bench.pci.nanosUntilDue());
    advance(999);
    expectAsked();
    advance(1);
    expectAsked(64);
    answer();
    bench.expectUsed(2, 64);
  }

  @Test
  @DisplayName("asks again for buffers it has asked for, and answers 3 times for 2 buffers")
  void duplicates() {
    bound();
    post(64);
    bench.notifyDevice();
    expectAsked(0x40);
    bench.ring().post(buffer(1), 64);
    bench.notifyDevice();
    expectAsked(0x40, 0x80);
    answer();
    expectAsked(0x80, 0x40);
    answer();
    expectAsked(0x40);
    answer();
    expectAsked();
    bench.expectUsed(0, 64);
    bench.expectUsed(1, 64);
    assertFalse(bench.ring().reap());
  }

  @Test
  @DisplayName("charges what finds no buffer, and a negative quota limits nothing")
  void negativeQuota() {
    bound(new Quota(100, 1000));
    post(64);
    for (int i = 0; i < 3; i++) {
      bench.ring().publish();
      bench.driver().notifyDevice();
    }
    expectAsked(64, 64, 64);
    answer();
    answer();
    answer(); // the quota is 100 - 192 = -92
    bench.expectUsed(0, 64);
    bench.ring().post(buffer(0), 1000);
    bench.notifyDevice();
    expectAsked(1000);
  }

  @Test
  @DisplayName("keeps what is left of the quota while idle, because the timer was not armed")
  void leftover() {
    bound(new Quota(100, 1000));
    post(50);
    bench.notifyDevice();
    answer();
    bench.expectUsed(0, 50);
    advance(1000); // the timer of the first pass; its own pass arms nothing
    assertEquals(RateLimiter.NEVER, bench.pci.nanosUntilDue());
    post(50);
    bench.notifyDevice();
    answer();
    bench.expectUsed(0, 50);
    advance(10_000);
    bench.ring().post(buffer(0), 250);
    bench.notifyDevice();
    expectAsked(100);
  }

  @Test
  @DisplayName("asks again when a period passes while the source is slow, and no third time")
  void refillWhilePending() {
    bound(new Quota(100, 1000));
    post(300);
    bench.notifyDevice();
    expectAsked(100);
    advance(1000);
    expectAsked(100, 100);
    advance(1000);
    expectAsked(100, 100);
    answer();
    bench.expectUsed(0, 100);
  }

  @Test
  @DisplayName("counts writable bytes only: readable ones are skipped, a readable buffer waits")
  void readable() {
    bound();
    bench
        .ring()
        .post(List.of(ChainPiece.readable(buffer(1), 16), ChainPiece.writable(buffer(0), 64)));
    bench.notifyDevice();
    expectAsked(64);
    answer();
    bench.expectUsed(0, 64);
    int alone = bench.ring().post(List.of(ChainPiece.readable(buffer(1), 16)));
    bench.notifyDevice();
    expectAsked();
    int second = bench.ring().post(buffer(0), 64);
    bench.notifyDevice();
    expectAsked(64);
    answer();
    bench.expectUsed(alone, 0);
    bench.expectUsed(second, 64);
  }

  @Test
  @DisplayName("adds up an indirect table, and returns it as one buffer")
  void indirect() {
    bound();
    bench
        .ring()
        .postIndirect(
            List.of(),
            QueueBench.TABLES,
            List.of(
                ChainPiece.writable(buffer(0), 32),
                ChainPiece.writable(buffer(1), 40),
                ChainPiece.writable(buffer(2), 28)));
    bench.notifyDevice();
    expectAsked(100);
    answer();
    bench.expectUsed(0, 100);
  }

  @Test
  @DisplayName("completes with what a short answer brings, and asks for the next buffer only")
  void shortAnswer() {
    bound();
    post(64, 64);
    bench.notifyDevice();
    expectAsked(128);
    answer(10);
    bench.expectUsed(0, 10);
    expectAsked(64);
  }

  @Test
  @DisplayName("wraps the sum of lengths at 32 bits: two buffers of 2 GiB ask for nothing")
  void wrappedSum() {
    bound();
    bench.ring().rawDescriptor(0, buffer(0), 0x8000_0000, 2, 0);
    bench.ring().rawDescriptor(1, buffer(0), 0x8000_0000, 2, 0);
    bench.ring().rawAvailEntry(0, 0);
    bench.ring().rawAvailEntry(1, 1);
    bench.ring().rawAvailIndex(2);
    bench.driver().notifyDevice();
    expectAsked();
    assertEquals(0xf, bench.status());
  }

  @Test
  @DisplayName("cuts a request to 64 KiB, as QEMU does since 10.0.13")
  void cap() {
    bound();
    bench.ring().post(buffer(0), 40000);
    bench.ring().post(buffer(1), 40000);
    bench.ring().post(buffer(2), 40000);
    bench.ring().post(buffer(3), 40000);
    bench.notifyDevice();
    expectAsked(65536);
    answer();
    bench.expectUsed(0, 40000);
    bench.expectUsed(1, 25536);
    expectAsked(65536);
  }

  @Test
  @DisplayName("asks again when the status is written, and drops an answer while not ready")
  void statusWrite() {
    bound();
    post(64);
    bench.notifyDevice();
    bench.setStatus(0xf);
    expectAsked(64, 64);
    bench.setStatus(0xb);
    answer();
    answer();
    assertEquals(0, bench.ring().usedIndex());
    bench.setStatus(0xf);
    expectAsked(64);
    answer();
    bench.expectUsed(0, 64);
  }

  @Test
  @DisplayName("drops an answer that comes while the queue is reset")
  void queueReset() {
    bound();
    post(64);
    bench.notifyDevice();
    bench.setCommon(0x3a, 1, 2);
    expectAsked(64);
    answer();
    assertEquals(0, bench.ring().usedIndex());
  }

  @Test
  @DisplayName("keeps a spent quota and its timer through a reset of the device")
  void quotaSurvivesReset() {
    bound(new Quota(100, 1000));
    post(100);
    bench.notifyDevice();
    answer();
    advance(400);
    bench.bind();
    post(64);
    bench.notifyDevice();
    expectAsked();
    advance(600);
    expectAsked(64);
  }

  @Test
  @DisplayName("still asks while the machine is stopped, drops what comes, and asks twice to go on")
  void stopped() {
    bound();
    bench.pci.setRunning(false);
    post(64);
    bench.notifyDevice();
    expectAsked(64);
    answer();
    assertEquals(0, bench.ring().usedIndex());
    expectAsked();
    bench.pci.setRunning(true);
    expectAsked(64, 64);
    answer();
    bench.expectUsed(0, 64);
  }

  @Test
  @DisplayName("interrupts for an answer that returned nothing, unless the event index forbids it")
  void emptyAnswer() {
    for (long features : new long[] {FLAGS_ONLY, -1L}) {
      bench(QemuVersion.V11_1, Quota.DEFAULT).bind(PciBench.setup().accepting(features));
      post(64);
      bench.notifyDevice();
      bench.setStatus(0xf);
      answer();
      bench.driver().readIsr();
      bench.takeEvents();
      answer();
      assertEquals(features == FLAGS_ONLY ? List.of("raise") : List.of(), bench.takeEvents());
    }
  }

  @Test
  @DisplayName("interrupts for the first buffers whatever used_event says, then by the rule")
  void firstAlways() {
    bound();
    bench.ring().rawUsedEvent(500);
    post(8);
    bench.notifyDevice();
    answer();
    assertEquals(List.of("raise"), bench.takeEvents());
    bench.driver().readIsr();
    bench.takeEvents();
    bench.ring().reap();
    post(8);
    bench.notifyDevice();
    answer();
    assertEquals(List.of(), bench.takeEvents());
    assertEquals(2, bench.ring().availEvent(), "the next index, written as chains are taken");
    assertEquals(0, bench.ring().usedFlags());
  }

  @Test
  @DisplayName("interrupts when the ring has run dry if NOTIFY_ON_EMPTY was had, even modern")
  void notifyOnEmpty() {
    PciRngDriver.Setup setup = PciBench.setup().accepting(FLAGS_ONLY);
    bench(QemuVersion.V11_1, Quota.DEFAULT).bind(setup);
    bench.setStatus(3);
    bench.setCommon(8, 0, 4);
    bench.setCommon(0xc, 1L << 24, 4);
    bench.setStatus(0xf);
    bench.ring().suppressInterrupts();
    post(8, 8);
    bench.notifyDevice();
    answer(8);
    assertEquals(List.of(), bench.takeEvents(), "a buffer is left");
    answer();
    assertEquals(List.of("raise"), bench.takeEvents());
  }

  @Test
  @DisplayName("sets ISR with MSI-X too, and with no vector sends nothing")
  void isrWithMessages() {
    bench(QemuVersion.V11_1, Quota.DEFAULT)
        .bind(PciBench.setup().withMessagesTo(PciBench.MESSAGES));
    bench.takeEvents();
    bench.setCommon(0x1a, 0xffff, 2);
    post(8);
    bench.notifyDevice();
    answer();
    assertEquals(List.of(), bench.takeEvents());
    assertEquals(1, bench.driver().readIsr());
  }

  @Test
  @DisplayName("serves a source with bytes at hand inside the kick, in order")
  void atHand() {
    PciBench quick =
        new PciBench(memory, QemuRngDevice.builder(memory, new CounterBackend(1)).clock(clock));
    quick.bind();
    for (int i = 0; i < 70_000; i++) {
      int head = quick.ring().post(buffer(0), 8);
      quick.notifyDevice();
      quick.expectUsed(head, 8);
      assertEquals(i + 1, memory.loadLong(buffer(0)));
    }
    assertTrue(quick.pci.nanosUntilDue() > 0);
  }
}
