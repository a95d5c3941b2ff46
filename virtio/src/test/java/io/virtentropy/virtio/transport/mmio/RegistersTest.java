package io.virtentropy.virtio.transport.mmio;

import static io.virtentropy.virtio.bench.DeviceBench.buffer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.CounterBackend;
import io.virtentropy.ratelimit.ManualClock;
import io.virtentropy.ratelimit.RateLimiter;
import io.virtentropy.virtio.bench.DeviceBench;
import io.virtentropy.virtio.bench.QueueBench;
import io.virtentropy.virtio.bench.SpyMemory;
import io.virtentropy.virtio.driver.SplitRingDriver;
import io.virtentropy.virtio.memory.RegionMemory;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The MMIO registers")
final class RegistersTest {
  private final SpyMemory spy = new SpyMemory(QueueBench.ram());
  private final DeviceBench bench =
      new DeviceBench(spy, new CounterBackend(1), new ManualClock(), RateLimiter.unlimited(), 8);

  private static String dump(DeviceBench bench) {
    StringBuilder text = new StringBuilder();
    for (int at = 0; at < bench.mmio.length(); at += 4) {
      text.append(Integer.toHexString(at)).append('=').append(bench.read(at)).append(' ');
    }
    return text.toString();
  }

  private void negotiateWithoutEventIndex() {
    bench.write(MmioLayout.STATUS, 3);
    bench.write(MmioLayout.DRIVER_FEATURES_SEL, 1);
    bench.write(MmioLayout.DRIVER_FEATURES, 0x101); // VERSION_1, RING_RESET
    bench.write(MmioLayout.STATUS, 11);
    bench.write(MmioLayout.STATUS, 15);
  }

  private void place(SplitRingDriver ring) {
    bench.write(MmioLayout.QUEUE_SIZE, ring.size());
    // High halves first: any order will do (MMIO-22).
    bench.write(MmioLayout.QUEUE_DESC_HIGH, (int) (ring.descriptorTable() >>> 32));
    bench.write(MmioLayout.QUEUE_DRIVER_HIGH, (int) (ring.availRing() >>> 32));
    bench.write(MmioLayout.QUEUE_DEVICE_HIGH, (int) (ring.usedRing() >>> 32));
    bench.write(MmioLayout.QUEUE_DEVICE_LOW, (int) ring.usedRing());
    bench.write(MmioLayout.QUEUE_DRIVER_LOW, (int) ring.availRing());
    bench.write(MmioLayout.QUEUE_DESC_LOW, (int) ring.descriptorTable());
    bench.write(MmioLayout.QUEUE_READY, 1);
  }

  private void serveOne(SplitRingDriver ring) {
    ring.post(buffer(0), 8);
    ring.publish();
    bench.write(MmioLayout.QUEUE_NOTIFY, 0);
    assertTrue(ring.reap());
    assertEquals(8, ring.reapedLength());
  }

  @Test
  @DisplayName("should say what the device is (MMIO-01, -02, -11, RNG-04, RNG-05, BASE-NTF-02)")
  void identity() {
    assertEquals(0x7472_6976, bench.read(0x000));
    assertEquals(2, bench.read(0x004));
    assertEquals(4, bench.read(0x008));
    assertEquals(0x200, bench.mmio.length());
    assertEquals(8, bench.read(0x034));
    for (int queue : new int[] {1, 2, 0x1_0000, 0x8000_0000, -1}) {
      bench.write(0x030, queue);
      assertEquals(0, bench.read(0x034), "queue " + queue + " (MMIO-10, MIST-20)");
      assertEquals(0, bench.read(0x044));
    }
  }

  @Test
  @DisplayName(
      "should be what they were at power-on after a reset (BASE-RST-05, MMIO-05, -06, -12)")
  void resetToPowerOn() {
    String powerOn = dump(bench);
    bench.bind();
    bench.write(MmioLayout.DEVICE_FEATURES_SEL, 1);
    bench.request(buffer(0), 8);
    assertTrue(bench.mmio.interruptLevel());
    bench.write(MmioLayout.QUEUE_SEL, 7);
    bench.write(MmioLayout.STATUS, 0);
    assertEquals(powerOn, dump(bench));
    assertEquals(List.of(true, false), bench.line);
    bench.bind();
    bench.request(buffer(0), 8);
    bench.mmio.reset();
    assertEquals(powerOn, dump(bench));
  }

  @Test
  @DisplayName("should give all ones for shared memory, whatever region (MMIO-21, BASE-NTF-06)")
  void sharedMemory() {
    for (int region : new int[] {0, 1, -1}) {
      bench.write(MmioLayout.SHM_SEL, region);
      for (int at = 0xb0; at <= 0xbc; at += 4) {
        assertEquals(-1, bench.read(at));
      }
    }
  }

  @Test
  @DisplayName(
      "should have an empty configuration space of generation 0 (MMIO-07, -26, BASE-CFG-01, -05, RNG-07)")
  void configuration() {
    for (int status : new int[] {0, 1, 3}) {
      bench.write(MmioLayout.STATUS, status);
      assertEquals(0, bench.read(MmioLayout.CONFIG_GENERATION));
      for (int size : new int[] {1, 2, 4, 8}) {
        for (int at = 0x100; at < 0x200; at++) {
          bench.mmio.write(at, -1, size);
          assertEquals(0, bench.mmio.read(at, size));
        }
      }
    }
  }

  @Test
  @DisplayName(
      "should give 0 for write-only registers and ignore writes to read-only ones (MMIO-27)")
  void direction() {
    bench.bind();
    String before = dump(bench);
    for (int at :
        new int[] {
          0x14, 0x20, 0x24, 0x30, 0x38, 0x50, 0x64, 0x80, 0x84, 0x90, 0x94, 0xa0, 0xa4, 0xac
        }) {
      assertEquals(0, bench.read(at));
    }
    for (int at :
        new int[] {0x00, 0x04, 0x08, 0x0c, 0x10, 0x34, 0x60, 0xb0, 0xb4, 0xb8, 0xbc, 0xfc}) {
      bench.write(at, 0x5555_5555);
    }
    for (int at :
        new int[] {0x18, 0x1c, 0x28, 0x2c, 0x3c, 0x40, 0x48, 0x4c, 0x54, 0x68, 0x78, 0xc4, 0xf8}) {
      bench.write(at, -1);
      assertEquals(0, bench.read(at), "reserved, or of version 1 only");
    }
    assertEquals(before, dump(bench));
  }

  @ParameterizedTest(name = "QueueSize {0}")
  @ValueSource(
      ints = {0, 3, 5, 7, 9, 16, 0x1_0000, 0x1_0001, 0x1_0004, 0x8000_0000, 0x8000_0004, -1})
  @DisplayName("should ignore sizes that are none (MMIO-23, MIST-20, OPEN-05)")
  void badSizes(int size) {
    negotiateWithoutEventIndex();
    bench.write(MmioLayout.QUEUE_SIZE, 4);
    bench.write(MmioLayout.QUEUE_SIZE, size);
    SplitRingDriver ring = new SplitRingDriver(spy, QueueBench.RING, 4, false);
    place(ring);
    for (int i = 0; i < 9; i++) {
      serveOne(ring);
    }
  }

  @Test
  @DisplayName("should ignore everything about the queue while it is ready (MMIO-24)")
  void readyQueue() {
    negotiateWithoutEventIndex();
    SplitRingDriver ring = new SplitRingDriver(spy, QueueBench.RING, 8, false);
    place(ring);
    serveOne(ring);
    bench.write(MmioLayout.QUEUE_SIZE, 2);
    for (int at = 0x80; at <= 0xa4; at += 4) {
      bench.write(at, 0x7777_7770);
    }
    bench.write(MmioLayout.QUEUE_READY, 1);
    for (int i = 0; i < 20; i++) {
      serveOne(ring);
    }
  }

  @Test
  @DisplayName("should keep off a queue that is not ready (MMIO-08, -09, MIST-30)")
  void notReady() {
    negotiateWithoutEventIndex();
    SplitRingDriver ring = new SplitRingDriver(spy, QueueBench.RING, 8, false);
    place(ring);
    serveOne(ring);
    assertEquals(1, bench.read(MmioLayout.QUEUE_READY));
    bench.write(MmioLayout.QUEUE_READY, 0);
    assertEquals(0, bench.read(MmioLayout.QUEUE_READY));
    ring.post(buffer(0), 8);
    ring.publish();
    spy.forget();
    bench.write(MmioLayout.QUEUE_NOTIFY, 0);
    bench.write(MmioLayout.STATUS, 15);
    bench.mmio.poll();
    assertEquals(List.of(), spy.accesses());
  }

  @Test
  @DisplayName(
      "should reset the queue alone and take over a new place and size (VQ-RST-03..06, MMIO-13..15, MIST-23)")
  void queueReset() {
    negotiateWithoutEventIndex();
    SplitRingDriver ring = new SplitRingDriver(spy, QueueBench.RING, 8, false);
    place(ring);
    for (int i = 0; i < 5; i++) {
      serveOne(ring);
    }
    bench.write(MmioLayout.QUEUE_RESET, 1);
    assertEquals(0, bench.read(MmioLayout.QUEUE_RESET));
    assertEquals(0, bench.read(MmioLayout.QUEUE_READY));
    assertEquals(15, bench.read(MmioLayout.STATUS));
    spy.forget();
    bench.write(MmioLayout.QUEUE_NOTIFY, 0);
    assertEquals(List.of(), spy.accesses());
    SplitRingDriver half = new SplitRingDriver(spy, QueueBench.RING + 0x8000, 4, false);
    place(half);
    assertEquals(0, bench.read(MmioLayout.QUEUE_RESET));
    for (int i = 0; i < 9; i++) {
      serveOne(half);
    }
    assertEquals(9, half.usedIndex(), "from slot 0 again (MIST-23)");
  }

  @Test
  @DisplayName("should take a ring above 4 GiB, its address written in one piece of 64 bits")
  void highAddresses() {
    var ram = new RegionMemory(RegionMemory.Sharing.SINGLE_THREADED);
    long base = 0xffff_fff0_0000_0000L;
    ram.add(base, ByteBuffer.allocate(0x2000));
    DeviceBench high =
        new DeviceBench(ram, new CounterBackend(1), new ManualClock(), RateLimiter.unlimited(), 8);
    high.write(MmioLayout.STATUS, 3);
    high.write(MmioLayout.DRIVER_FEATURES_SEL, 1);
    high.write(MmioLayout.DRIVER_FEATURES, 1);
    high.write(MmioLayout.STATUS, 11);
    SplitRingDriver ring = new SplitRingDriver(ram, base, 8, false);
    high.mmio.write(MmioLayout.QUEUE_DESC_LOW, ring.descriptorTable(), 8);
    high.mmio.write(MmioLayout.QUEUE_DRIVER_LOW, ring.availRing(), 8);
    high.mmio.write(MmioLayout.QUEUE_DEVICE_LOW, ring.usedRing(), 8);
    high.write(MmioLayout.QUEUE_READY, 1);
    high.write(MmioLayout.STATUS, 15);
    ring.post(base + 0x1000, 64);
    ring.publish();
    high.write(MmioLayout.QUEUE_NOTIFY, 0);
    assertTrue(ring.reap());
    assertEquals(8, ram.loadLong(base + 0x1000 + 56));
    assertFalse(ring.reap());
  }
}
