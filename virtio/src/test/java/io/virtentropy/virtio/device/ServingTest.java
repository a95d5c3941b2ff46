package io.virtentropy.virtio.device;

import static io.virtentropy.virtio.bench.DeviceBench.buffer;
import static io.virtentropy.virtio.device.DeviceCounter.BYTES;
import static io.virtentropy.virtio.device.DeviceCounter.CHAINS;
import static io.virtentropy.virtio.device.DeviceCounter.EMPTY_CHAINS;
import static io.virtentropy.virtio.device.DeviceCounter.INTERRUPTS;
import static io.virtentropy.virtio.device.DeviceCounter.KICKS;
import static io.virtentropy.virtio.driver.ChainPiece.readable;
import static io.virtentropy.virtio.driver.ChainPiece.writable;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.CounterBackend;
import io.virtentropy.ratelimit.ManualClock;
import io.virtentropy.ratelimit.RateLimiter;
import io.virtentropy.virtio.bench.DeviceBench;
import io.virtentropy.virtio.bench.FillSource;
import io.virtentropy.virtio.bench.QueueBench;
import io.virtentropy.virtio.bench.ScalarMemory;
import io.virtentropy.virtio.bench.SpyMemory;
import io.virtentropy.virtio.driver.ChainPiece;
import io.virtentropy.virtio.memory.RegionMemory;
import io.virtentropy.virtio.memory.RegionMemory.Sharing;
import io.virtentropy.virtio.queue.SplitRingLayout;
import io.virtentropy.virtio.transport.mmio.MmioLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("An entropy device with a source that has bytes at hand")
final class ServingTest {
  private static DeviceBench withQueue(int size) {
    return new DeviceBench(
            QueueBench.ram(),
            new CounterBackend(1),
            new ManualClock(),
            RateLimiter.unlimited(),
            size)
        .bind(size, -1L);
  }

  @ParameterizedTest(name = "{0} bytes")
  @ValueSource(ints = {1, 2, 7, 8, 37, 64, 4096, 65_536})
  @DisplayName(
      "should fill a buffer inside the kick, exactly (RNG-01, RNG-03, RNG-09, BASE-NTF-03)")
  void exact(int length) {
    DeviceBench bench = new DeviceBench(new CounterBackend(0x0101_0101_0101_0101L)).bind();
    for (int paint : new int[] {0xa5, 0x5a}) {
      bench.paint(buffer(0) - 8, length + 16, paint);
      int head = bench.request(buffer(0), length);
      bench.expectUsed(head, length);
      bench.expectPainted(buffer(0) - 8, 8, paint);
      bench.expectPainted(buffer(0) + length, 8, paint);
      bench.counted.expect(KICKS, 1, CHAINS, 1, BYTES, length, INTERRUPTS, 1);
      bench.ring().expectInterrupt();
    }
  }

  @Test
  @DisplayName(
      "should fill every writable piece in order, however cut (RNG-12, MIST-18, VQ-SPLIT-03)")
  void chains() {
    List<List<Integer>> cuts = new ArrayList<>();
    cuts.add(List.of(64));
    cuts.add(List.of(1, 7, 56));
    cuts.add(Collections.nCopies(64, 1));
    for (List<Integer> cut : cuts) {
      DeviceBench bench = withQueue(64);
      List<ChainPiece> pieces = new ArrayList<>();
      long at = buffer(0);
      for (int length : cut) {
        pieces.add(writable(at, length));
        at += length;
      }
      int head = bench.ring().post(pieces);
      bench.notifyDevice();
      bench.expectUsed(head, 64);
      bench.expectWords(buffer(0), 8, 1);
      bench.counted.expect(KICKS, 1, CHAINS, 1, BYTES, 64, INTERRUPTS, 1);
    }
  }

  @Test
  @DisplayName("should fill far pieces of 1, 7 and 4096 bytes (RNG-12)")
  void scatteredPieces() {
    DeviceBench bench = new DeviceBench(new CounterBackend(1)).bind();
    int head =
        bench
            .ring()
            .post(
                List.of(
                    writable(buffer(2), 1), writable(buffer(0) + 1, 7), writable(buffer(1), 4096)));
    bench.notifyDevice();
    bench.expectUsed(head, 4104);
    assertEquals(1, bench.memory.loadByte(buffer(2)));
    bench.expectPainted(buffer(0) + 1, 7, 0);
    bench.expectWords(buffer(1), 512, 2);
  }

  @Test
  @DisplayName("should fill across the edge of two regions of RAM (MIST-47)")
  void acrossRegions() {
    RegionMemory ram = new RegionMemory(Sharing.SHARED);
    ram.add(QueueBench.RAM, ByteBuffer.allocateDirect((int) (buffer(0) - QueueBench.RAM) + 20));
    ram.add(buffer(0) + 20, ByteBuffer.allocate(100));
    DeviceBench bench =
        new DeviceBench(ram, new CounterBackend(1), new ManualClock(), RateLimiter.unlimited(), 8)
            .bind();
    bench.expectUsed(bench.request(buffer(0), 120), 120);
    bench.expectWords(buffer(0), 15, 1);
  }

  @Test
  @DisplayName("should do the same over the simplest memory, through a staging buffer")
  void scalarMemory() {
    DeviceBench bench =
        new DeviceBench(
                new ScalarMemory(QueueBench.RAM, QueueBench.RAM_BYTES),
                new CounterBackend(1),
                new ManualClock(),
                RateLimiter.unlimited(),
                8)
            .bind();
    bench.expectUsed(bench.request(buffer(0), 65_536), 65_536);
    bench.expectWords(buffer(0), 8192, 1);
    bench.counted.expect(KICKS, 1, CHAINS, 1, BYTES, 65_536, INTERRUPTS, 1);
  }

  @Test
  @DisplayName(
      "should leave readable pieces alone and not count them (VQ-SPLIT-05, MIST-34, MIST-16)")
  void readablePieces() {
    DeviceBench bench = new DeviceBench(new CounterBackend(1)).bind();
    bench.paint(buffer(0), 64, 0xa5);
    int head = bench.ring().post(List.of(readable(buffer(0), 64), writable(buffer(1), 16)));
    bench.notifyDevice();
    bench.expectUsed(head, 16);
    bench.expectPainted(buffer(0), 64, 0xa5);
    bench.expectWords(buffer(1), 2, 1);
  }

  @Test
  @DisplayName(
      "should return a chain without a writable byte with 0 and go on (RNG-08, MIST-33, OPEN-02)")
  void nothingWritable() {
    DeviceBench bench = new DeviceBench(new CounterBackend(1)).bind();
    bench.paint(buffer(0), 64, 0xa5);
    int first = bench.ring().post(List.of(readable(buffer(0), 64)));
    int second = bench.ring().post(buffer(0), 0);
    int third = bench.ring().post(buffer(1), 8);
    bench.notifyDevice();
    bench.expectUsed(first, 0);
    bench.expectUsed(second, 0);
    bench.expectUsed(third, 8);
    bench.expectPainted(buffer(0), 64, 0xa5);
    bench.counted.expect(KICKS, 1, CHAINS, 3, EMPTY_CHAINS, 2, BYTES, 8, INTERRUPTS, 1);
  }

  @Test
  @DisplayName("should give a chain at most MAX_REQUEST_BYTES, with the exact length (OPEN-12)")
  void requestBound() {
    DeviceBench bench = new DeviceBench(new CounterBackend(1)).bind();
    bench.paint(buffer(1), 64, 0xa5);
    int head = bench.request(buffer(0), RequestLoop.MAX_REQUEST_BYTES + 64);
    bench.expectUsed(head, RequestLoop.MAX_REQUEST_BYTES);
    bench.expectPainted(buffer(1), 64, 0xa5);
  }

  @Test
  @DisplayName("should serve a whole queue with one kick and one interrupt (RNG-10)")
  void wholeQueue() {
    DeviceBench bench = withQueue(256);
    for (int i = 0; i < 256; i++) {
      bench.ring().post(buffer(0) + 64L * i, 64);
    }
    bench.notifyDevice();
    for (int i = 0; i < 256; i++) {
      assertTrue(bench.ring().reap());
    }
    bench.expectWords(buffer(0), 8 * 256, 1);
    bench.counted.expect(KICKS, 1, CHAINS, 256, BYTES, 64 * 256, INTERRUPTS, 1);
    assertFalse(bench.mmio.poll(), "nothing is left for poll");
  }

  @Test
  @DisplayName("should stop at MAX_BYTES_PER_RUN and go on with poll")
  void runBound() {
    DeviceBench bench = withQueue(64);
    for (int i = 0; i < 40; i++) {
      bench.ring().post(buffer(0), 65_536);
    }
    bench.notifyDevice();
    bench.counted.expect(KICKS, 1, CHAINS, 16, BYTES, RequestLoop.MAX_BYTES_PER_RUN, INTERRUPTS, 1);
    assertEquals(0, bench.mmio.nanosUntilDue());
    int polls = 0;
    while (bench.mmio.poll()) {
      polls++;
      assertTrue(polls < 10);
    }
    bench.counted.expectOnly(CHAINS, 24);
    assertEquals(RateLimiter.NEVER, bench.mmio.nanosUntilDue());
    while (bench.ring().reap()) {
      assertEquals(65_536, bench.ring().reapedLength());
    }
    assertEquals(64, bench.ring().freeDescriptors());
  }

  @Test
  @DisplayName("should bound the descriptors it walks in one call, not only the bytes")
  void descriptorBound() {
    int size = 1024;
    SpyMemory spy = new SpyMemory(QueueBench.ram());
    DeviceBench bench =
        new DeviceBench(
                spy, new CounterBackend(1), new ManualClock(), RateLimiter.unlimited(), size)
            .bind(size, -1L);
    // One byte of entropy behind a thousand readable descriptors, a thousand times.
    for (int i = 0; i < size - 1; i++) {
      bench.ring().rawDescriptor(i, buffer(0), 1, SplitRingLayout.NEXT, i + 1);
    }
    bench.ring().rawDescriptor(size - 1, buffer(0), 1, SplitRingLayout.WRITE, 0);
    bench.ring().rawAvailIndex(size);
    spy.forget();
    bench.write(MmioLayout.QUEUE_NOTIFY, 0);
    assertTrue(spy.accesses().size() < 300_000, () -> spy.accesses().size() + " accesses");
    int calls = 1;
    while (bench.mmio.poll()) {
      calls++;
    }
    assertTrue(calls > 1);
    bench.counted.expectOnly(CHAINS, size);
  }

  @ParameterizedTest(name = "{0} bytes a call")
  @ValueSource(ints = {1, 3, 100})
  @DisplayName("should ask a source that gives little again until the buffer is full (RNG-03)")
  void shortFills(int most) {
    FillSource source = FillSource.pieces(most, 0x77);
    DeviceBench bench = new DeviceBench(source).bind();
    int head = bench.ring().post(List.of(writable(buffer(0), 100), writable(buffer(1), 50)));
    bench.notifyDevice();
    bench.expectUsed(head, 150);
    bench.expectPainted(buffer(0), 100, 0x77);
    bench.expectPainted(buffer(1), 50, 0x77);
  }

  @Test
  @DisplayName(
      "should complete a long chain short when the source has no more for now (RNG-02, MIST-16)")
  void sourceRunsDry() {
    int[] left = {10};
    FillSource source =
        new FillSource(
            (target, index, length) -> {
              int n = Math.min(length, left[0]);
              FillSource.put(target, index, n, 0x77);
              left[0] -= n;
              return n;
            });
    DeviceBench bench = new DeviceBench(source).bind();
    bench.paint(buffer(0), 300, 0xa5);
    bench.expectUsed(bench.request(buffer(0), 257), 10);
    bench.expectPainted(buffer(0), 10, 0x77);
    bench.expectPainted(buffer(0) + 10, 290, 0xa5);
    bench.counted.expectOnly(BYTES, 10);
  }

  @Test
  @DisplayName("should count kicks that find nothing and do nothing for them (VQ-EVT-11, MIST-32)")
  void spuriousKicks() {
    DeviceBench bench = new DeviceBench(new CounterBackend(1)).bind();
    for (int i = 0; i < 1000; i++) {
      bench.write(MmioLayout.QUEUE_NOTIFY, 0);
      bench.write(MmioLayout.QUEUE_NOTIFY, 1);
    }
    bench.counted.expect(KICKS, 1000);
    assertEquals(List.of(), bench.line);
    assertEquals(0, bench.ring().usedIndex());
  }
}
