package io.virtentropy.virtio.transport.mmio;

import static io.virtentropy.virtio.bench.DeviceBench.buffer;
import static io.virtentropy.virtio.driver.ChainPiece.writable;
import static io.virtentropy.virtio.queue.SplitRingLayout.NEXT;
import static io.virtentropy.virtio.queue.SplitRingLayout.WRITE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.CounterBackend;
import io.virtentropy.ratelimit.ManualClock;
import io.virtentropy.ratelimit.RateLimiter;
import io.virtentropy.virtio.bench.DeviceBench;
import io.virtentropy.virtio.bench.OnDemandSource;
import io.virtentropy.virtio.bench.QueueBench;
import io.virtentropy.virtio.bench.SpyMemory;
import io.virtentropy.virtio.driver.ChainPiece;
import io.virtentropy.virtio.driver.MmioRngDriver;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What was found wrong in emulators' own virtio code (embedding.md), each as a test of ours. */
@DisplayName("Faults of other emulators, not ours:")
final class EmulatorFaultsTest {
  private final SpyMemory spy = new SpyMemory(QueueBench.ram());
  private final DeviceBench bench =
      new DeviceBench(spy, new CounterBackend(1), new ManualClock(), RateLimiter.unlimited(), 8)
          .bind();

  private void expectFault() {
    assertEquals(0x4f, bench.read(MmioLayout.STATUS));
  }

  @Test
  @DisplayName("selector 2 of the feature words falls through to another register")
  void selectorTwo() {
    bench.write(MmioLayout.DEVICE_FEATURES_SEL, 2);
    assertEquals(0, bench.read(MmioLayout.DEVICE_FEATURES));
  }

  @Test
  @DisplayName("a queue selector out of range answers for queue 0")
  void queueSelector() {
    bench.write(MmioLayout.QUEUE_SEL, 1);
    assertEquals(0, bench.read(MmioLayout.QUEUE_SIZE_MAX));
    assertEquals(0, bench.read(MmioLayout.QUEUE_READY));
    bench.write(MmioLayout.QUEUE_READY, 0);
    bench.write(MmioLayout.QUEUE_RESET, 1);
    bench.write(MmioLayout.QUEUE_SEL, 0);
    assertEquals(1, bench.read(MmioLayout.QUEUE_READY), "still in service");
  }

  @Test
  @DisplayName("queue size 0x80000000 is accepted")
  void negativeSize() {
    bench.write(MmioLayout.STATUS, 0);
    bench.write(MmioLayout.QUEUE_SIZE, 0x8000_0000);
    bench.bind();
    bench.expectUsed(bench.request(buffer(0), 8), 8);
  }

  @Test
  @DisplayName("head and next indices are not checked, or signed")
  void indices() {
    for (int bad : new int[] {8, 0x7fff, 0x8000, 0xffff}) {
      bench.bind();
      bench.ring().rawAvailEntry(0, bad);
      bench.ring().rawAvailIndex(1);
      bench.write(MmioLayout.QUEUE_NOTIFY, 0);
      expectFault();
      bench.bind();
      bench.ring().rawDescriptor(0, buffer(0), 8, WRITE | NEXT, bad);
      bench.ring().rawAvailIndex(1);
      bench.write(MmioLayout.QUEUE_NOTIFY, 0);
      expectFault();
    }
  }

  @Test
  @DisplayName("32-bit lengths are summed as int")
  void lengthsSummed() {
    // 0x7fffff00 + 0x7fffff00 + 0x300 is 0x100 in an int; none of them is RAM.
    bench
        .ring()
        .post(
            List.of(
                writable(buffer(0), 0x7fff_ff00),
                writable(buffer(0), 0x7fff_ff00),
                writable(buffer(0), 0x300)));
    bench.notifyDevice();
    expectFault();
    bench.expectPainted(buffer(0), 0x300, 0);
  }

  @Test
  @DisplayName("bytes are written past a descriptor of length 0")
  void zeroLength() {
    bench.paint(buffer(0), 64, 0xa5);
    int head = bench.ring().post(List.of(writable(buffer(0), 0), writable(buffer(1), 4)));
    bench.notifyDevice();
    bench.expectUsed(head, 4);
    bench.expectPainted(buffer(0), 64, 0xa5);
    bench.expectPainted(buffer(1) + 4, 60, 0);
  }

  @Test
  @DisplayName("a chain as long as the queue is refused")
  void fullChain() {
    List<ChainPiece> pieces = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      pieces.add(writable(buffer(i), 8));
    }
    int head = bench.ring().post(pieces);
    bench.notifyDevice();
    bench.expectUsed(head, 64);
  }

  @Test
  @DisplayName("entropy is written into device registers")
  void intoMmio() {
    bench.ring().post(0x1000_0000L, 8);
    bench.notifyDevice();
    expectFault();
    assertEquals(List.of(), spy.writes(0x1000_0000L, 8));
  }

  @Test
  @DisplayName("unknown driver features are masked instead of refused")
  void unknownFeatures() {
    bench.write(MmioLayout.STATUS, 0);
    bench.write(MmioLayout.STATUS, 3);
    MmioRngDriver.accept(bench.mmio, 1L << 32 | 1L << 34);
    bench.write(MmioLayout.STATUS, 11);
    assertEquals(3, bench.read(MmioLayout.STATUS));
  }

  @Test
  @DisplayName("work goes on after DEVICE_NEEDS_RESET")
  void workAfterNeedsReset() {
    bench.ring().rawAvailIndex(100);
    bench.write(MmioLayout.QUEUE_NOTIFY, 0);
    expectFault();
    bench.ring().rawAvailIndex(0);
    bench.request(buffer(0), 8);
    bench.expectNoneUsed();
  }

  @Test
  @DisplayName("avail_event is never written though the event index is offered")
  void availEvent() {
    for (int i = 1; i <= 20; i++) {
      bench.ring().post(buffer(0), 8);
      assertTrue(bench.driver().kick(), "asked for");
      assertTrue(bench.ring().reap());
      assertEquals(i, bench.ring().availEvent());
    }
  }

  @Test
  @DisplayName("suppression is tested as flags == 0 instead of bit 0")
  void bitZeroOfFlags() {
    bench.bind(8, 1L << 32);
    bench.ring().rawAvailFlags(0xfffe);
    bench.request(buffer(0), 8);
    assertEquals(List.of(true), bench.line);
    bench.bind(8, 1L << 32);
    bench.ring().rawAvailFlags(0xffff);
    bench.request(buffer(0), 8);
    assertEquals(List.of(), bench.line);
  }

  @Test
  @DisplayName("chains live on past a reset")
  void chainsPastReset() {
    OnDemandSource source = new OnDemandSource();
    DeviceBench slow = new DeviceBench(source).bind();
    slow.request(buffer(0), 64);
    slow.bind();
    assertFalse(slow.mmio.poll());
    assertEquals(0, source.waiting());
    slow.expectUsed(requestAndComplete(slow, source), 32);
    slow.expectNoneUsed();
    slow.expectPainted(buffer(0), 64, 0);
  }

  private static int requestAndComplete(DeviceBench slow, OnDemandSource source) {
    int head = slow.request(buffer(1), 32);
    source.complete();
    assertTrue(slow.mmio.poll());
    return head;
  }
}
