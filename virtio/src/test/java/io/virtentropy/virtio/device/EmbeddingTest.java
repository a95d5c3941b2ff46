package io.virtentropy.virtio.device;

import static io.virtentropy.virtio.bench.DeviceBench.buffer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.BuiltinBackend;
import io.virtentropy.backends.CounterBackend;
import io.virtentropy.ratelimit.ManualClock;
import io.virtentropy.ratelimit.Quota;
import io.virtentropy.ratelimit.QuotaWindow;
import io.virtentropy.ratelimit.RateLimiter;
import io.virtentropy.virtio.bench.DeviceBench;
import io.virtentropy.virtio.bench.OnDemandSource;
import io.virtentropy.virtio.bench.QueueBench;
import io.virtentropy.virtio.bench.SpyMemory;
import io.virtentropy.virtio.memory.GuestMemory;
import io.virtentropy.virtio.memory.RegionMemory;
import io.virtentropy.virtio.transport.mmio.MmioLayout;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What is promised to emulators (docs/embedding.md) and is no single part's. */
@DisplayName("An embedded device")
final class EmbeddingTest {

  @Test
  @DisplayName("should start no thread of its own")
  void noThreads() {
    Set<Thread> before = ownThreads();
    DeviceBench bench = new DeviceBench(BuiltinBackend.open()).bind();
    bench.expectUsed(bench.request(buffer(0), 4096), 4096);
    bench.mmio.poll();
    Set<Thread> started = ownThreads();
    started.removeAll(before);
    assertEquals(Set.of(), started);
    bench.mmio.close();
  }

  /** Those of the group that a thread started here would be in; the JVM's are in another. */
  private static Set<Thread> ownThreads() {
    ThreadGroup group = Thread.currentThread().getThreadGroup();
    Thread[] threads = new Thread[1000];
    int count = group.enumerate(threads, true);
    assertTrue(count < threads.length);
    return new HashSet<>(Arrays.asList(threads).subList(0, count));
  }

  @Test
  @DisplayName("should say how long its window is, and be nothing behind it")
  void window() {
    DeviceBench bench = new DeviceBench(new CounterBackend(1)).bind();
    long end = bench.mmio.length();
    assertEquals(MmioLayout.WINDOW_BYTES, end);
    for (long at : new long[] {end, end + 4, 0x1000, Long.MAX_VALUE, -4, Long.MIN_VALUE}) {
      for (int size : new int[] {1, 2, 4, 8}) {
        assertEquals(0, bench.mmio.read(at, size), "offset " + at);
        bench.mmio.write(at, -1, size);
      }
    }
    bench.expectUsed(bench.request(buffer(0), 8), 8);
  }

  @Test
  @DisplayName("should follow RAM that went and came back elsewhere in the host, between two calls")
  void movedRam() {
    RegionMemory memory = QueueBench.ram();
    DeviceBench bench =
        new DeviceBench(
            memory, new CounterBackend(1), new ManualClock(), RateLimiter.unlimited(), 8);
    bench.bind();
    bench.expectUsed(bench.request(buffer(0), 8), 8);
    ByteBuffer copy = ByteBuffer.allocateDirect(QueueBench.RAM_BYTES);
    for (int i = 0; i < QueueBench.RAM_BYTES; i++) {
      copy.put(i, memory.loadByte(QueueBench.RAM + i));
    }
    memory.remove(QueueBench.RAM);
    memory.add(QueueBench.RAM, copy);
    bench.expectUsed(bench.request(buffer(1), 8), 8);
    assertEquals(2, memory.loadLong(buffer(1)));
  }

  @Test
  @DisplayName("should look only at the clock it was given, which may stop and jump")
  void guestTime() {
    ManualClock clock = new ManualClock();
    DeviceBench bench =
        new DeviceBench(new CounterBackend(1), clock, new QuotaWindow(new Quota(512, 1000), clock));
    bench.bind();
    bench.expectUsed(bench.request(buffer(0), 512), 512);
    bench.request(buffer(1), 512);
    for (int i = 0; i < 1000; i++) {
      bench.mmio.poll(); // the wall's clock moves, the guest's stands still
    }
    bench.expectNoneUsed();
    assertTrue(bench.mmio.nanosUntilDue() > 0);
    clock.advance(Long.MAX_VALUE / 4); // seventy years
    assertTrue(bench.mmio.poll());
    assertTrue(bench.ring().reap());
    clock.advance(Long.MAX_VALUE / 2);
    int last = bench.request(buffer(2), 512);
    clock.advance(bench.mmio.nanosUntilDue());
    assertTrue(bench.mmio.poll());
    bench.expectUsed(last, 512);
  }

  @Test
  @DisplayName("should touch no guest memory in a poll that has nothing to do")
  void idle() {
    SpyMemory spy = new SpyMemory(QueueBench.ram());
    DeviceBench bench =
        new DeviceBench(spy, new CounterBackend(1), new ManualClock(), RateLimiter.unlimited(), 8)
            .bind();
    bench.expectUsed(bench.request(buffer(0), 8), 8);
    spy.forget();
    for (int i = 0; i < 1000; i++) {
      assertFalse(bench.mmio.poll());
    }
    assertEquals(List.of(), spy.accesses());
    assertEquals(Long.MAX_VALUE, bench.mmio.nanosUntilDue());
  }

  @Test
  @DisplayName("should tell its trace and its counters what became of it")
  void traceAndCounters() {
    DeviceBench bench = new DeviceBench(new CounterBackend(1)).bind();
    bench.bind();
    bench.request(buffer(0), 24);
    bench.counted.expect(
        DeviceCounter.KICKS, 1,
        DeviceCounter.CHAINS, 1,
        DeviceCounter.BYTES, 24,
        DeviceCounter.INTERRUPTS, 1);
    bench.ring().rawAvailIndex(100);
    bench.write(MmioLayout.QUEUE_NOTIFY, 0);
    bench.counted.expect(DeviceCounter.KICKS, 1, DeviceCounter.FAULTS, 1);
    bench.write(MmioLayout.STATUS, 0);
    assertEquals(List.of("fault " + bench.faults.get(0).describe(), "reset"), bench.trace);
  }

  @Test
  @DisplayName("should be as at power-on after the machine's reset, from any state")
  void machineReset() {
    DeviceBench fresh = new DeviceBench(new CounterBackend(1));
    OnDemandSource slow = new OnDemandSource();
    for (Supplier<DeviceBench> state :
        List.<Supplier<DeviceBench>>of(
            () -> new DeviceBench(new CounterBackend(1)),
            () -> new DeviceBench(slow).bind(),
            EmbeddingTest::broken)) {
      DeviceBench bench = state.get();
      if (bench.read(MmioLayout.STATUS) == 0xf) {
        bench.request(buffer(0), 64);
      }
      bench.write(MmioLayout.DEVICE_FEATURES_SEL, 1);
      bench.write(MmioLayout.QUEUE_SEL, 7);
      bench.mmio.reset();
      assertFalse(bench.mmio.interruptLevel());
      for (int at = 0; at < MmioLayout.WINDOW_BYTES; at += 4) {
        assertEquals(fresh.read(at), bench.read(at), "register " + at);
      }
    }
    assertEquals(0, slow.waiting());
  }

  private static DeviceBench broken() {
    GuestMemory memory = QueueBench.ram();
    DeviceBench bench =
        new DeviceBench(
            memory, new CounterBackend(1), new ManualClock(), RateLimiter.unlimited(), 8);
    bench.bind();
    bench.ring().rawAvailIndex(100);
    bench.write(MmioLayout.QUEUE_NOTIFY, 0);
    assertEquals(0x4f, bench.read(MmioLayout.STATUS));
    assertTrue(bench.mmio.interruptLevel());
    return bench;
  }
}
