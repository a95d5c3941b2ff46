package io.virtentropy.virtio.transport.mmio;

import static io.virtentropy.virtio.bench.DeviceBench.buffer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.CounterBackend;
import io.virtentropy.ratelimit.ManualClock;
import io.virtentropy.virtio.bench.QueueBench;
import io.virtentropy.virtio.device.QemuRngDevice;
import io.virtentropy.virtio.device.QemuVersion;
import io.virtentropy.virtio.device.RngDevice;
import io.virtentropy.virtio.device.VirtioRngDevice;
import io.virtentropy.virtio.driver.MmioRngDriver;
import io.virtentropy.virtio.memory.GuestMemory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A guest's driver over both versions of the registers and every kind of device. */
@DisplayName("A guest on MMIO")
class MmioGuestTest {
  private static final long ALL_FEATURES = -1;
  private static final int MOST_WORDS = 7;

  private final GuestMemory memory = QueueBench.ram();
  private final CounterBackend source = new CounterBackend(1);
  private final List<Boolean> line = new ArrayList<>();
  private long word = 1;

  /**
   * What a driver finds.
   *
   * @param version of QEMU that the device does as; null for the specification
   */
  record Way(QemuVersion version, MmioVersion registers) {
    @Override
    public String toString() {
      return (version == null ? "specification" : version.name()) + ", " + registers;
    }
  }

  static List<Way> ways() {
    List<Way> ways = new ArrayList<>();
    for (MmioVersion registers : MmioVersion.values()) {
      ways.add(new Way(null, registers));
      for (QemuVersion version : QemuVersion.values()) {
        ways.add(new Way(version, registers));
      }
    }
    return ways;
  }

  private MmioTransport device(Way way) {
    RngDevice.Maker maker =
        way.version() == null
            ? VirtioRngDevice.builder(memory, source)
            : QemuRngDevice.builder(memory, source).version(way.version()).clock(new ManualClock());
    return new MmioTransport(maker, line::add, way.registers());
  }

  private MmioRngDriver bind(Way way, MmioTransport device, int size, long features) {
    return way.registers() == MmioVersion.LEGACY
        ? MmioRngDriver.bindLegacy(memory, device, QueueBench.RING, size, features)
        : MmioRngDriver.bind(memory, device, QueueBench.RING, size, features);
  }

  private void clear(long address) {
    for (int i = 0; i <= MOST_WORDS; i++) {
      memory.storeLong(address + 8L * i, 0);
    }
  }

  /** Asserts that the next used buffer is this one, with the source's next words and no more. */
  private void expectNext(MmioRngDriver driver, int head, long address, int words) {
    assertTrue(driver.ring().reap(), "no used buffer");
    assertEquals(head, driver.ring().reapedHead());
    assertEquals(8 * words, driver.ring().reapedLength());
    for (int i = 0; i < words; i++) {
      assertEquals(word++, memory.loadLong(address + 8L * i), "word " + i);
    }
    assertEquals(0, memory.loadLong(address + 8L * words), "beyond the buffer");
  }

  @ParameterizedTest
  @MethodSource("ways")
  @DisplayName("should read what the source gave, in order, with an interrupt each (RNG-03, -12)")
  void reads(Way way) {
    MmioRngDriver driver = bind(way, device(way), 8, ALL_FEATURES);
    line.clear();
    for (int i = 0; i < 1000; i++) {
      long address = buffer(i % 8);
      int words = 1 + i % MOST_WORDS;
      clear(address);
      driver.ring().expectInterrupt();
      int head = driver.ring().post(address, 8 * words);
      assertTrue(driver.kick(), "kicks are wanted of an idle device");
      expectNext(driver, head, address, words);
      assertEquals(List.of(true), line);
      assertEquals(MmioLayout.INTERRUPT_USED, driver.acknowledgeInterrupts());
      assertEquals(List.of(true, false), line);
      line.clear();
    }
  }

  @ParameterizedTest
  @MethodSource("ways")
  @DisplayName("should read batches as large as its queue, and after every reset again")
  void batches(Way way) {
    MmioTransport device = device(way);
    for (long features : new long[] {ALL_FEATURES, 1L << 32}) {
      for (int size = 1; size <= 8; size *= 2) {
        MmioRngDriver driver = bind(way, device, size, features);
        for (int round = 0; round < 50; round++) {
          int[] heads = new int[size];
          for (int i = 0; i < size; i++) {
            clear(buffer(i));
            heads[i] = driver.ring().post(buffer(i), 8 * (1 + (round + i) % MOST_WORDS));
          }
          driver.kick();
          for (int i = 0; i < size; i++) {
            expectNext(driver, heads[i], buffer(i), 1 + (round + i) % MOST_WORDS);
          }
          assertFalse(driver.ring().reap(), "more than was posted");
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("ways")
  @DisplayName("should go on with the source's next words after being saved and restored")
  void restored(Way way) {
    MmioTransport old = device(way);
    MmioRngDriver driver = bind(way, old, 8, ALL_FEATURES);
    int head = driver.ring().post(buffer(0), 8);
    driver.kick();
    expectNext(driver, head, buffer(0), 1);
    byte[] saved = old.save();
    MmioTransport fresh = device(way);
    fresh.restore(saved);
    fresh.poll();
    head = driver.ring().post(buffer(1), 16);
    driver.ring().publish();
    fresh.write(MmioLayout.QUEUE_NOTIFY, 0, Integer.BYTES);
    expectNext(driver, head, buffer(1), 2);
  }
}
