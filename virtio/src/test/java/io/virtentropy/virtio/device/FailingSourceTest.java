package io.virtentropy.virtio.device;

import static io.virtentropy.virtio.bench.DeviceBench.buffer;
import static io.virtentropy.virtio.device.DeviceCounter.BYTES;
import static io.virtentropy.virtio.device.DeviceCounter.CHAINS;
import static io.virtentropy.virtio.device.DeviceCounter.INTERRUPTS;
import static io.virtentropy.virtio.device.DeviceCounter.KICKS;
import static io.virtentropy.virtio.device.DeviceCounter.SOURCE_FAILURES;
import static io.virtentropy.virtio.device.DeviceCounter.SOURCE_WAITS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.ratelimit.ManualClock;
import io.virtentropy.ratelimit.RateLimiter;
import io.virtentropy.virtio.bench.DeviceBench;
import io.virtentropy.virtio.bench.FillSource;
import io.virtentropy.virtio.bench.FillSource.Filling;
import io.virtentropy.virtio.bench.OnDemandSource;
import io.virtentropy.virtio.bench.QueueBench;
import io.virtentropy.virtio.bench.ScalarMemory;
import io.virtentropy.virtio.transport.mmio.MmioLayout;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** OPEN-15: a host's fault costs the guest time and nothing else. */
@DisplayName("An entropy device whose source fails")
final class FailingSourceTest {
  static Stream<Arguments> failures() {
    return Stream.of(
        failure(
            "a failure that says why",
            (target, index, length) -> {
              throw new EntropySourceException(
                  EntropySourceException.Reason.IO_ERROR, "it was unplugged");
            }),
        failure(
            "an exception of any kind",
            (target, index, length) -> {
              throw new IllegalStateException("a bug");
            }),
        failure("a negative count", (target, index, length) -> -1),
        failure("more than was asked for", (target, index, length) -> length + 1),
        failure("far more", (target, index, length) -> Integer.MAX_VALUE),
        failure("the least int", (target, index, length) -> Integer.MIN_VALUE));
  }

  private static Arguments failure(String name, Filling filling) {
    return Arguments.of(Named.of(name, filling));
  }

  @ParameterizedTest
  @MethodSource("failures")
  @DisplayName("should keep the guest waiting, retry with growing pauses, and recover (RNG-13)")
  void retries(Filling failing) {
    boolean[] works = {false};
    FillSource source =
        new FillSource(
            (target, index, length) -> {
              if (!works[0]) {
                return failing.fill(target, index, length);
              }
              FillSource.put(target, index, length, 0x66);
              return length;
            });
    DeviceBench bench = new DeviceBench(source).bind();
    int head = bench.request(buffer(0), 64);
    bench.counted.expect(KICKS, 1, SOURCE_FAILURES, 1);
    long pause = RequestLoop.FIRST_RETRY_NANOS;
    for (int attempt = 2; attempt < 12; attempt++) {
      assertEquals(pause, bench.mmio.nanosUntilDue());
      bench.write(MmioLayout.QUEUE_NOTIFY, 0);
      bench.clock.advance(pause - 1);
      assertFalse(bench.mmio.poll());
      assertEquals(attempt - 1, source.calls(), "nor does a kick hurry it");
      bench.clock.advance(1);
      assertTrue(bench.mmio.poll());
      assertEquals(attempt, source.calls());
      bench.counted.expect(KICKS, 1, SOURCE_FAILURES, 1);
      pause = Math.min(2 * pause, RequestLoop.LAST_RETRY_NANOS);
    }
    assertEquals(RequestLoop.LAST_RETRY_NANOS, pause);
    assertEquals("source failed, retry in " + RequestLoop.FIRST_RETRY_NANOS, bench.trace.get(0));
    assertEquals(List.of(), bench.line);
    assertEquals(0x0f, bench.read(MmioLayout.STATUS), "no fault of the guest's");
    bench.expectNoneUsed();

    works[0] = true;
    bench.clock.advance(pause);
    assertTrue(bench.mmio.poll());
    bench.expectUsed(head, 64);
    bench.expectPainted(buffer(0), 64, 0x66);
    bench.counted.expect(CHAINS, 1, BYTES, 64, INTERRUPTS, 1);
    works[0] = false;
    bench.request(buffer(0), 64);
    assertEquals(RequestLoop.FIRST_RETRY_NANOS, bench.mmio.nanosUntilDue(), "counted anew");
  }

  @Test
  @DisplayName("should retry a request that failed at a slow source, behind which others wait")
  void slowSource() {
    OnDemandSource source = new OnDemandSource();
    DeviceBench bench = new DeviceBench(source).bind();
    bench.ring().post(buffer(0), 8);
    bench.ring().post(buffer(1), 16);
    bench.notifyDevice();
    source.fail();
    assertTrue(bench.mmio.poll());
    bench.counted.expect(KICKS, 1, SOURCE_WAITS, 2, SOURCE_FAILURES, 1);
    source.complete();
    assertFalse(bench.mmio.poll(), "the second waits for the first");
    bench.expectNoneUsed();
    bench.clock.advance(RequestLoop.FIRST_RETRY_NANOS);
    assertTrue(bench.mmio.poll());
    assertEquals(8, source.wanted());
    source.complete();
    assertTrue(bench.mmio.poll());
    bench.expectUsed(0, 8);
    bench.expectUsed(1, 16);
  }

  @Test
  @DisplayName("should keep a short chain rather than lose bytes when the source fails inside it")
  void failsInsideAChain() {
    FillSource[] self = new FillSource[1];
    self[0] =
        new FillSource(
            (target, index, length) -> {
              if (self[0].calls() == 2) {
                throw new IllegalStateException("a bug");
              }
              FillSource.put(target, index, 10, 0x66);
              return 10;
            });
    DeviceBench bench = new DeviceBench(self[0]).bind();
    bench.expectUsed(bench.request(buffer(0), 257), 10);
    bench.counted.expect(KICKS, 1, CHAINS, 1, BYTES, 10, INTERRUPTS, 1);
  }

  @Test
  @DisplayName("should retry for the rest of a small chain when the source fails inside it")
  void failsInsideASmallChain() {
    FillSource[] self = new FillSource[1];
    self[0] =
        new FillSource(
            (target, index, length) -> {
              if (self[0].calls() == 2 || self[0].calls() == 3) {
                throw new IllegalStateException("a bug");
              }
              int n = Math.min(length, 10);
              FillSource.put(target, index, n, 0x60 + self[0].calls());
              return n;
            });
    DeviceBench bench = new DeviceBench(self[0]).bind();
    int head = bench.request(buffer(0), 20);
    bench.expectNoneUsed();
    bench.counted.expect(KICKS, 1, SOURCE_WAITS, 1, SOURCE_FAILURES, 1);
    bench.clock.advance(RequestLoop.FIRST_RETRY_NANOS);
    assertTrue(bench.mmio.poll());
    bench.expectUsed(head, 20);
    bench.expectPainted(buffer(0), 10, 0x61);
    bench.expectPainted(buffer(0) + 10, 10, 0x64);
  }

  @Test
  @DisplayName("should reset while it waits for the next attempt (RNG-17, MIST-58)")
  void reset() {
    DeviceBench bench = new DeviceBench(new FillSource((t, i, n) -> -1)).bind();
    bench.request(buffer(0), 64);
    bench.write(MmioLayout.STATUS, 0);
    assertEquals(0, bench.read(MmioLayout.STATUS));
    assertEquals(RateLimiter.NEVER, bench.mmio.nanosUntilDue());
    assertFalse(bench.mmio.poll());
  }

  @Test
  @DisplayName("should leave nothing in the staging buffer, whatever the source says it wrote")
  void stagingWiped() {
    ByteBuffer[] staging = new ByteBuffer[1];
    FillSource source =
        new FillSource(
            (target, index, length) -> {
              staging[0] = target;
              FillSource.put(target, index, length, 0x66);
              return length + 1;
            });
    DeviceBench bench =
        new DeviceBench(
                new ScalarMemory(QueueBench.RAM, QueueBench.RAM_BYTES),
                source,
                new ManualClock(),
                RateLimiter.unlimited(),
                8)
            .bind();
    bench.request(buffer(0), 64);
    for (int i = 0; i < 64; i++) {
      assertEquals(0, staging[0].get(i));
    }
    bench.expectPainted(buffer(0), 64, 0);
  }

  @Test
  @DisplayName("should wipe the staging buffer after every request (RNG-16)")
  void stagingWipedAfterSuccess() {
    ByteBuffer[] staging = new ByteBuffer[1];
    FillSource source =
        new FillSource(
            (target, index, length) -> {
              staging[0] = target;
              FillSource.put(target, index, length, 0x66);
              return length;
            });
    DeviceBench bench =
        new DeviceBench(
                new ScalarMemory(QueueBench.RAM, QueueBench.RAM_BYTES),
                source,
                new ManualClock(),
                RateLimiter.unlimited(),
                8)
            .bind();
    bench.expectUsed(bench.request(buffer(0), 5000), 5000);
    for (int i = 0; i < staging[0].capacity(); i++) {
      assertEquals(0, staging[0].get(i));
    }
    bench.expectPainted(buffer(0), 5000, 0x66);
  }
}
