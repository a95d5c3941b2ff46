package io.virtentropy.virtio.device;

import static io.virtentropy.virtio.bench.DeviceBench.buffer;
import static io.virtentropy.virtio.device.DeviceCounter.BYTES;
import static io.virtentropy.virtio.device.DeviceCounter.CHAINS;
import static io.virtentropy.virtio.device.DeviceCounter.EMPTY_CHAINS;
import static io.virtentropy.virtio.device.DeviceCounter.INTERRUPTS;
import static io.virtentropy.virtio.device.DeviceCounter.KICKS;
import static io.virtentropy.virtio.device.DeviceCounter.SOURCE_WAITS;
import static io.virtentropy.virtio.driver.ChainPiece.readable;
import static io.virtentropy.virtio.driver.ChainPiece.writable;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropyRequest;
import io.virtentropy.ratelimit.ManualClock;
import io.virtentropy.ratelimit.RateLimiter;
import io.virtentropy.virtio.bench.DeviceBench;
import io.virtentropy.virtio.bench.OnDemandSource;
import io.virtentropy.virtio.bench.QueueBench;
import io.virtentropy.virtio.memory.RegionMemory;
import io.virtentropy.virtio.queue.RingFault;
import io.virtentropy.virtio.transport.mmio.MmioLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("An entropy device with a source that has to wait")
final class SlowSourceTest {
  private final OnDemandSource source = new OnDemandSource();
  private final DeviceBench bench = new DeviceBench(source).bind();

  @Test
  @DisplayName("should keep the buffer until there are bytes, never returning 0 (RNG-13, MIST-17)")
  void waits() {
    int head = bench.request(buffer(0), 64);
    for (int i = 0; i < 100; i++) {
      assertFalse(bench.mmio.poll());
      bench.write(MmioLayout.QUEUE_NOTIFY, 0);
    }
    bench.expectNoneUsed();
    assertEquals(1, source.submitted());
    assertEquals(RateLimiter.NEVER, bench.mmio.nanosUntilDue());
    bench.counted.expect(KICKS, 101, SOURCE_WAITS, 1);
    source.complete();
    assertEquals(1, bench.wakeUps);
    bench.expectNoneUsed();
    assertEquals(0, bench.mmio.nanosUntilDue());
    assertTrue(bench.mmio.poll());
    bench.expectUsed(head, 64);
    for (int i = 0; i < 64; i++) {
      assertEquals(i + 1, bench.memory.loadByte(buffer(0) + i));
    }
    assertEquals(List.of(true), bench.line);
    bench.counted.expect(CHAINS, 1, BYTES, 64, INTERRUPTS, 1);
    assertFalse(bench.mmio.poll());
  }

  @Test
  @DisplayName(
      "should return exactly what a short completion of a long chain brought (RNG-02, RNG-09)")
  void shortCompletion() {
    bench.paint(buffer(0), 64, 0xa5);
    int head =
        bench
            .ring()
            .post(
                List.of(readable(buffer(3), 9), writable(buffer(0), 5), writable(buffer(1), 295)));
    bench.notifyDevice();
    assertEquals(300, source.wanted());
    source.complete(7);
    bench.mmio.poll();
    bench.expectUsed(head, 7);
    bench.expectPainted(buffer(0) + 5, 59, 0xa5);
    assertEquals(6, bench.memory.loadByte(buffer(1)));
    assertEquals(7, bench.memory.loadByte(buffer(1) + 1));
    assertEquals(0, bench.memory.loadByte(buffer(1) + 2));
  }

  @Test
  @DisplayName("should ask for the rest of a small chain until it is full, each byte in its place")
  void wholeChain() {
    bench.paint(buffer(0), 64, 0xa5);
    int head =
        bench
            .ring()
            .post(
                List.of(
                    readable(buffer(3), 9),
                    writable(buffer(0), 5),
                    writable(buffer(1), 3),
                    writable(buffer(2), 248)));
    bench.notifyDevice();
    int next = 1;
    for (int part : new int[] {1, 4, 1, 100, 149}) {
      assertEquals(257 - next, source.wanted());
      source.complete(part);
      assertTrue(bench.mmio.poll());
      next += part;
      bench.expectNoneUsed();
    }
    assertEquals(255, next - 1);
    source.complete();
    assertTrue(bench.mmio.poll());
    bench.expectUsed(head, 256);
    for (int i = 0; i < 5; i++) {
      assertEquals(1 + i, bench.memory.loadByte(buffer(0) + i));
    }
    for (int i = 0; i < 3; i++) {
      assertEquals(6 + i, bench.memory.loadByte(buffer(1) + i));
    }
    for (int i = 0; i < 247; i++) {
      assertEquals((byte) (9 + i), bench.memory.loadByte(buffer(2) + i));
    }
    bench.expectPainted(buffer(0) + 5, 59, 0xa5);
    bench.counted.expect(KICKS, 1, CHAINS, 1, BYTES, 256, SOURCE_WAITS, 1, INTERRUPTS, 1);
  }

  @Test
  @DisplayName("should have several requests outstanding and return them in order (RNG-10)")
  void several() {
    for (int i = 0; i < 8; i++) {
      bench.ring().post(buffer(i), 8 * (i + 1));
    }
    bench.notifyDevice();
    assertEquals(8, source.waiting());
    var second = takeSecond();
    source.deliver(second, second.length());
    assertFalse(bench.mmio.poll(), "the second is there, but the first is not");
    bench.expectNoneUsed();
    source.complete();
    assertTrue(bench.mmio.poll());
    bench.expectUsed(0, 8);
    bench.expectUsed(1, 16);
    bench.expectNoneUsed();
    for (int i = 2; i < 8; i++) {
      source.complete();
      assertTrue(bench.mmio.poll());
      bench.expectUsed(i, 8 * (i + 1));
    }
    assertEquals(0, source.waiting());
  }

  private EntropyRequest takeSecond() {
    var first = source.take();
    var second = source.take();
    List<EntropyRequest> rest = new ArrayList<>();
    while (source.waiting() > 0) {
      rest.add(source.take());
    }
    source.submit(first);
    rest.forEach(source::submit);
    assertTrue(second.claim());
    return second;
  }

  @Test
  @DisplayName("should hold at most MAX_OUTSTANDING requests and take the rest as they complete")
  void bounded() {
    DeviceBench wide =
        new DeviceBench(QueueBench.ram(), source, new ManualClock(), RateLimiter.unlimited(), 64)
            .bind(64, -1L);
    for (int i = 0; i < 64; i++) {
      wide.ring().post(buffer(0) + 64L * i, 64);
    }
    wide.notifyDevice();
    assertEquals(RequestLoop.MAX_OUTSTANDING, source.waiting());
    for (int i = 0; i < 64; i++) {
      source.complete();
      assertTrue(wide.mmio.poll());
      wide.expectUsed(i, 64);
      assertTrue(source.waiting() <= RequestLoop.MAX_OUTSTANDING);
    }
    wide.counted.expectOnly(CHAINS, 64);
  }

  @Test
  @DisplayName("should return a chain without a writable byte in its turn")
  void emptyInTurn() {
    int first = bench.ring().post(buffer(0), 8);
    int second = bench.ring().post(List.of(readable(buffer(1), 8)));
    int third = bench.ring().post(buffer(2), 8);
    bench.notifyDevice();
    bench.expectNoneUsed();
    source.complete();
    bench.mmio.poll();
    bench.expectUsed(first, 8);
    bench.expectUsed(second, 0);
    bench.expectNoneUsed();
    source.complete();
    bench.mmio.poll();
    bench.expectUsed(third, 8);
    bench.counted.expectOnly(EMPTY_CHAINS, 1);
  }

  @Test
  @DisplayName("should count bytes of completed requests into MAX_BYTES_PER_RUN")
  void runBound() {
    // Completes inside submit, as a source with a read-ahead of its own may.
    var prompt =
        new EntropyBackend() {
          @Override
          public int fill(ByteBuffer target, int index, int length) {
            return 0;
          }

          @Override
          public void submit(EntropyRequest request) {
            assertTrue(request.claim());
            request.complete(request.length());
          }

          @Override
          public void close() {}
        };
    DeviceBench wide =
        new DeviceBench(QueueBench.ram(), prompt, new ManualClock(), RateLimiter.unlimited(), 256)
            .bind(256, -1L);
    for (int i = 0; i < 256; i++) {
      wide.ring().post(buffer(0), 65_536);
    }
    wide.notifyDevice();
    long bytes = wide.mmio.counters().get(BYTES);
    assertTrue(bytes <= RequestLoop.MAX_BYTES_PER_RUN + 65_536, () -> bytes + " bytes in one call");
    while (wide.mmio.poll()) {
      // goes on
    }
    wide.counted.expectOnly(CHAINS, 256);
  }

  @Test
  @DisplayName("should fault when RAM went away under a buffer, keeping the bytes from everyone")
  void ramGone() {
    RegionMemory ram = QueueBench.ram();
    ram.add(0x1000, ByteBuffer.allocate(64));
    DeviceBench live =
        new DeviceBench(ram, source, new ManualClock(), RateLimiter.unlimited(), 8).bind();
    live.request(0x1000, 64);
    ram.remove(0x1000);
    source.complete();
    assertTrue(live.mmio.poll());
    assertEquals(List.of(new RingFault.BufferOutsideMemory(0, 0x1000, 64)), live.faults);
    assertEquals(0, live.ring().usedIndex());
    live.counted.expect(KICKS, 1, SOURCE_WAITS, 1, DeviceCounter.FAULTS, 1);
  }
}
