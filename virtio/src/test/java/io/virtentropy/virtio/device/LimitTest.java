package io.virtentropy.virtio.device;

import static io.virtentropy.virtio.bench.DeviceBench.buffer;
import static io.virtentropy.virtio.device.DeviceCounter.BYTES;
import static io.virtentropy.virtio.device.DeviceCounter.CHAINS;
import static io.virtentropy.virtio.device.DeviceCounter.INTERRUPTS;
import static io.virtentropy.virtio.device.DeviceCounter.KICKS;
import static io.virtentropy.virtio.device.DeviceCounter.THROTTLED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.CounterBackend;
import io.virtentropy.ratelimit.ManualClock;
import io.virtentropy.ratelimit.RateLimiter;
import io.virtentropy.virtio.bench.DeviceBench;
import io.virtentropy.virtio.bench.FillSource;
import io.virtentropy.virtio.bench.OnDemandSource;
import io.virtentropy.virtio.bench.WindowLimiter;
import io.virtentropy.virtio.transport.mmio.MmioLayout;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("An entropy device with a rate limit")
final class LimitTest {
  private static final long PERIOD = 1_000_000;

  private final ManualClock clock = new ManualClock(Long.MAX_VALUE - 5); // wraps early on
  private final WindowLimiter limiter = new WindowLimiter(clock, 100, PERIOD);

  @Test
  @DisplayName("should complete a long chain short where the quota ends, and wait (RNG-17)")
  void shortThenWait() {
    WindowLimiter thousand = new WindowLimiter(clock, 1000, PERIOD);
    DeviceBench bench = new DeviceBench(new CounterBackend(1), clock, thousand).bind();
    bench.paint(buffer(1), 640, 0xa5);
    int first = bench.ring().post(buffer(0), 640);
    int second = bench.ring().post(buffer(1), 640);
    int third = bench.ring().post(buffer(2), 640);
    bench.notifyDevice();
    bench.expectUsed(first, 640);
    bench.expectUsed(second, 360);
    bench.expectPainted(buffer(1) + 360, 280, 0xa5);
    bench.expectNoneUsed();
    bench.counted.expect(KICKS, 1, CHAINS, 2, BYTES, 1000, THROTTLED, 1, INTERRUPTS, 1);
    assertEquals(PERIOD, bench.mmio.nanosUntilDue());

    bench.clock.advance(PERIOD - 1);
    assertFalse(bench.mmio.poll(), "one nanosecond too early");
    bench.write(MmioLayout.QUEUE_NOTIFY, 0);
    bench.counted.expect(KICKS, 1);
    assertEquals(1, bench.mmio.nanosUntilDue());
    bench.clock.advance(1);
    assertEquals(0, bench.mmio.nanosUntilDue());
    assertTrue(bench.mmio.poll());
    bench.expectUsed(third, 640);
    bench.counted.expectOnly(BYTES, 640);
    assertEquals(RateLimiter.NEVER, bench.mmio.nanosUntilDue());
    assertEquals(1640, thousand.granted() - thousand.refunded());
  }

  @Test
  @DisplayName("should have a small chain wait until the quota holds all of it")
  void smallChainWaits() {
    DeviceBench bench = new DeviceBench(new CounterBackend(1), clock, limiter).bind();
    int first = bench.ring().post(buffer(0), 64);
    int second = bench.ring().post(buffer(1), 64);
    bench.notifyDevice();
    bench.expectUsed(first, 64);
    bench.expectNoneUsed();
    assertEquals(36, limiter.left(), "what did not suffice is given back");
    bench.counted.expect(KICKS, 1, CHAINS, 1, BYTES, 64, THROTTLED, 1, INTERRUPTS, 1);
    assertEquals(PERIOD, bench.mmio.nanosUntilDue());
    bench.clock.advance(PERIOD);
    assertTrue(bench.mmio.poll());
    bench.expectUsed(second, 64);
    assertEquals(36, limiter.left());
  }

  @Test
  @DisplayName("should make a small chain short only for a limit that never grants as much")
  void smallerThanTheChain() {
    WindowLimiter tiny = new WindowLimiter(clock, 48, PERIOD);
    DeviceBench bench = new DeviceBench(new CounterBackend(1), clock, tiny).bind();
    bench.expectUsed(bench.request(buffer(0), 40), 40);
    bench.request(buffer(0), 64);
    bench.expectNoneUsed();
    bench.clock.advance(PERIOD);
    assertTrue(bench.mmio.poll());
    bench.expectUsed(0, 48);
  }

  @Test
  @DisplayName("should give back what the source did not give")
  void refund() {
    int[] left = {10};
    FillSource source =
        new FillSource(
            (target, index, length) -> {
              int n = Math.min(length, left[0]);
              FillSource.put(target, index, n, 0x11);
              left[0] -= n;
              return n;
            });
    WindowLimiter thousand = new WindowLimiter(clock, 1000, PERIOD);
    DeviceBench bench = new DeviceBench(source, clock, thousand).bind();
    bench.expectUsed(bench.request(buffer(0), 640), 10);
    assertEquals(990, thousand.left());
    assertEquals(630, thousand.refunded());
  }

  @Test
  @DisplayName("should give everything back when the source fails")
  void refundOnFailure() {
    DeviceBench bench = new DeviceBench(new FillSource((t, i, n) -> -1), clock, limiter).bind();
    bench.request(buffer(0), 64);
    assertEquals(100, limiter.left());
  }

  @Test
  @DisplayName("should hold what waits at a slow source, and give it back on reset or a short end")
  void slowSource() {
    OnDemandSource source = new OnDemandSource();
    WindowLimiter thousand = new WindowLimiter(clock, 1000, PERIOD);
    DeviceBench bench = new DeviceBench(source, clock, thousand).bind();
    int first = bench.ring().post(buffer(0), 640);
    bench.ring().post(buffer(1), 640);
    bench.notifyDevice();
    assertEquals(0, thousand.left());
    source.complete(4);
    bench.mmio.poll();
    bench.expectUsed(first, 4);
    assertEquals(636, thousand.left());
    assertEquals(360, source.wanted(), "what was left when it was submitted");
    bench.write(MmioLayout.STATUS, 0);
    assertEquals(996, thousand.left(), "4 were delivered, the rest was not");
  }

  @Test
  @DisplayName("should keep charging what lies in guest memory when a part of a chain is given up")
  void partGivenUp() {
    OnDemandSource source = new OnDemandSource();
    DeviceBench bench = new DeviceBench(source, clock, limiter).bind();
    bench.request(buffer(0), 64);
    source.complete(4);
    bench.mmio.poll();
    bench.expectNoneUsed();
    bench.write(MmioLayout.STATUS, 0);
    assertEquals(96, limiter.left());
    bench.counted.expectOnly(BYTES, 0);
  }

  @Test
  @DisplayName("should be resettable at an empty quota, and not refill it (RNG-17, MIST-58)")
  void resetAtZero() {
    DeviceBench bench = new DeviceBench(new CounterBackend(1), clock, limiter).bind();
    bench.request(buffer(0), 1000);
    bench.expectUsed(0, 100);
    bench.request(buffer(0), 64);
    bench.bind();
    assertEquals(0x0f, bench.read(MmioLayout.STATUS));
    bench.request(buffer(0), 64);
    bench.expectNoneUsed();
    bench.counted.expect(KICKS, 1, THROTTLED, 1);
    bench.clock.advance(PERIOD);
    assertTrue(bench.mmio.poll());
    bench.expectUsed(0, 64);
  }

  @Test
  @DisplayName("should never complete with nothing, whatever the quota (RNG-01, RNG-17)")
  void neverNothing() {
    WindowLimiter tiny = new WindowLimiter(clock, 1, PERIOD);
    DeviceBench bench = new DeviceBench(new CounterBackend(1), clock, tiny).bind();
    bench.request(buffer(0), 64);
    bench.expectUsed(0, 1);
    for (int i = 0; i < 20; i++) {
      bench.request(buffer(0), 64);
      bench.expectNoneUsed();
      bench.clock.advance(PERIOD);
      assertTrue(bench.mmio.poll());
      assertTrue(bench.ring().reap());
      assertEquals(1, bench.ring().reapedLength());
    }
    bench.counted.expectOnly(BYTES, 21);
  }

  @Test
  @DisplayName("should wait for ever, in peace, for a limiter that never grants")
  void never() {
    RateLimiter closed =
        new RateLimiter() {
          @Override
          public long acquireUpTo(long wanted) {
            return 0;
          }

          @Override
          public void refund(long bytes) {}

          @Override
          public long nanosUntil(long bytes) {
            return NEVER;
          }

          @Override
          public byte[] saveState() {
            return new byte[0];
          }

          @Override
          public void restoreState(byte[] state) {}
        };
    DeviceBench bench = new DeviceBench(new CounterBackend(1), clock, closed).bind();
    bench.request(buffer(0), 64);
    assertTrue(bench.mmio.nanosUntilDue() > Long.MAX_VALUE / 4);
    bench.clock.advance(Long.MAX_VALUE / 4);
    assertFalse(bench.mmio.poll());
    bench.expectNoneUsed();
  }
}
