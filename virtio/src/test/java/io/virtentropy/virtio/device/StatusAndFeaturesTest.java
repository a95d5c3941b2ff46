package io.virtentropy.virtio.device;

import static io.virtentropy.virtio.bench.DeviceBench.buffer;
import static io.virtentropy.virtio.device.DeviceCounter.KICKS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.CounterBackend;
import io.virtentropy.ratelimit.ManualClock;
import io.virtentropy.ratelimit.RateLimiter;
import io.virtentropy.virtio.bench.DeviceBench;
import io.virtentropy.virtio.bench.QueueBench;
import io.virtentropy.virtio.bench.SpyMemory;
import io.virtentropy.virtio.driver.MmioRngDriver;
import io.virtentropy.virtio.driver.SplitRingDriver;
import io.virtentropy.virtio.transport.mmio.MmioLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Status and features of an entropy device")
final class StatusAndFeaturesTest {
  private static final long OFFERED =
      VirtioFeature.INDIRECT_DESC
          | VirtioFeature.EVENT_IDX
          | VirtioFeature.VERSION_1
          | VirtioFeature.RING_RESET;

  private final SpyMemory spy = new SpyMemory(QueueBench.ram());
  private final DeviceBench bench =
      new DeviceBench(spy, new CounterBackend(1), new ManualClock(), RateLimiter.unlimited(), 8);

  private int status() {
    return bench.read(MmioLayout.STATUS);
  }

  private boolean accepts(long features) {
    bench.write(MmioLayout.STATUS, 0);
    bench.write(MmioLayout.STATUS, 3);
    MmioRngDriver.accept(bench.mmio, features);
    bench.write(MmioLayout.STATUS, 11);
    return (status() & DeviceStatus.FEATURES_OK) != 0;
  }

  private void featureWord(int word, int bits) {
    bench.write(MmioLayout.DRIVER_FEATURES_SEL, word);
    bench.write(MmioLayout.DRIVER_FEATURES, bits);
  }

  /** Sets the queue up by hand with one buffer of 64 bytes in it. */
  private SplitRingDriver placeQueueWithBuffer() {
    SplitRingDriver ring = new SplitRingDriver(spy, QueueBench.RING, 8, false);
    ring.post(buffer(0), 64);
    ring.publish();
    bench.write(MmioLayout.QUEUE_DESC_LOW, (int) ring.descriptorTable());
    bench.write(MmioLayout.QUEUE_DRIVER_LOW, (int) ring.availRing());
    bench.write(MmioLayout.QUEUE_DEVICE_LOW, (int) ring.usedRing());
    bench.write(MmioLayout.QUEUE_READY, 1);
    spy.forget();
    return ring;
  }

  @Test
  @DisplayName(
      "should offer just INDIRECT_DESC, EVENT_IDX, VERSION_1 and RING_RESET (BASE-FEAT-04, -06, -14)")
  void offered() {
    assertEquals(OFFERED, MmioRngDriver.offered(bench.mmio));
    for (int word : new int[] {2, 3, 0x8000_0000, -1}) {
      bench.write(MmioLayout.DEVICE_FEATURES_SEL, word);
      assertEquals(0, bench.read(MmioLayout.DEVICE_FEATURES), "word " + word + ", BASE-FEAT-11");
    }
  }

  @Test
  @DisplayName(
      "should accept every subset with VERSION_1, again and again (BASE-FEAT-02, -05, -07)")
  void subsets() {
    List<Integer> bits = new ArrayList<>(List.of(28, 29, 32, 40));
    for (int subset = 0; subset < 16; subset++) {
      long features = 0;
      for (int i = 0; i < 4; i++) {
        if ((subset >> i & 1) != 0) {
          features |= 1L << bits.get(i);
        }
      }
      boolean wanted = (features & VirtioFeature.VERSION_1) != 0;
      assertEquals(wanted, accepts(features), "subset " + Long.toHexString(features));
      assertEquals(wanted, accepts(features), "the same again");
    }
  }

  @Test
  @DisplayName(
      "should refuse any bit that was not offered instead of masking it (BASE-FEAT-03, MIST-25)")
  void unknownBits() {
    for (int bit = 0; bit < 64; bit++) {
      if ((OFFERED >>> bit & 1) == 0) {
        assertFalse(accepts(VirtioFeature.VERSION_1 | 1L << bit), "bit " + bit);
        assertEquals(3, status(), "the other bits stay");
      }
    }
  }

  @ParameterizedTest(name = "word {0}")
  @ValueSource(ints = {2, 3, 0x1_0000, 0x8000_0000, -1})
  @DisplayName("should refuse a bit beyond bit 63, whatever is written after it (BASE-FEAT-03)")
  void beyondTheSecondWord(int word) {
    bench.write(MmioLayout.STATUS, 3);
    featureWord(word, 0);
    featureWord(word, 1);
    featureWord(0, 0);
    featureWord(1, 1);
    bench.write(MmioLayout.STATUS, 11);
    assertEquals(3, status());
    assertTrue(accepts(VirtioFeature.VERSION_1), "forgotten with a reset");
    featureWord(word, 1);
    assertEquals(11, status());
  }

  @Test
  @DisplayName("should freeze the features at FEATURES_OK (BASE-FEAT-10, MIST-25)")
  void frozen() {
    assertTrue(accepts(VirtioFeature.VERSION_1));
    MmioRngDriver.accept(bench.mmio, OFFERED);
    bench.write(MmioLayout.STATUS, 11);
    SplitRingDriver ring = placeQueueWithBuffer();
    bench.write(MmioLayout.STATUS, 15);
    assertEquals(1, ring.usedIndex());
    assertEquals(List.of(), spy.writes(ring.usedRing() + 4 + 64, 2), "no event index");
    bench.write(MmioLayout.QUEUE_RESET, 1);
    assertEquals(1, bench.read(MmioLayout.QUEUE_READY), "no RING_RESET (VQ-RST-08)");
  }

  @Test
  @DisplayName("should begin at 0 and be 0 after every reset (BASE-STAT-05, BASE-RST-01)")
  void zero() {
    assertEquals(0, status());
    for (int value : new int[] {1, 3, 0x0b, 0x80, 0xff, 0x83}) {
      bench.write(MmioLayout.STATUS, value);
      bench.write(MmioLayout.STATUS, 0);
      assertEquals(0, status());
    }
    bench.write(MmioLayout.STATUS, 0x100);
    assertEquals(0, status(), "eight bits alone count");
  }

  @ParameterizedTest(name = "status {0}")
  @ValueSource(ints = {0x0b, 0x03, 0x07, 0x04, 0x8f})
  @DisplayName(
      "should touch and tell nothing before it is live (BASE-STAT-01, -02, -10, -11, OPEN-09)")
  void notLive(int value) {
    if ((value & DeviceStatus.FEATURES_OK) != 0) {
      accepts(VirtioFeature.VERSION_1);
    }
    SplitRingDriver ring = placeQueueWithBuffer();
    bench.counted.skip();
    bench.write(MmioLayout.STATUS, value);
    for (int i = 0; i < 10; i++) {
      bench.write(MmioLayout.QUEUE_NOTIFY, 0);
      assertFalse(bench.mmio.poll());
    }
    assertEquals(List.of(), spy.accesses());
    assertEquals(0, ring.usedIndex());
    assertEquals(List.of(), bench.line);
    bench.counted.expect(KICKS, 10);
  }

  @Test
  @DisplayName(
      "should serve at DRIVER_OK what was there before, with no kick (BASE-STAT-07, MIST-31)")
  void buffersBeforeDriverOk() {
    accepts(VirtioFeature.VERSION_1);
    SplitRingDriver ring = placeQueueWithBuffer();
    bench.write(MmioLayout.STATUS, 15);
    assertEquals(1, ring.usedIndex());
    assertEquals(List.of(true), bench.line);
    assertEquals("live 8", bench.trace.get(bench.trace.size() - 1));
  }

  @Test
  @DisplayName("should serve a queue that goes into service after DRIVER_OK")
  void queueAfterDriverOk() {
    accepts(VirtioFeature.VERSION_1);
    bench.write(MmioLayout.STATUS, 15);
    SplitRingDriver ring = placeQueueWithBuffer();
    assertEquals(1, ring.usedIndex());
  }

  @Test
  @DisplayName("should survive bits taken back without a reset, and stop meanwhile (BASE-STAT-08)")
  void bitsTakenBack() {
    bench.bind();
    bench.write(MmioLayout.STATUS, 3);
    assertEquals(3, status());
    bench.request(buffer(0), 8);
    bench.expectNoneUsed();
    bench.write(MmioLayout.STATUS, 15);
    bench.expectUsed(0, 8);
  }

  @Test
  @DisplayName("should accept a reset after FAILED and work again (BASE-STAT-10)")
  void failed() {
    bench.bind();
    bench.write(MmioLayout.STATUS, 0x8f);
    bench.request(buffer(0), 8);
    bench.expectNoneUsed();
    bench.bind();
    bench.expectUsed(bench.request(buffer(0), 8), 8);
  }

  @Test
  @DisplayName("should never raise a configuration interrupt in normal life (BASE-CFG-04, MIST-27)")
  void noConfigurationInterrupt() {
    for (int life = 0; life < 3; life++) {
      bench.bind();
      for (int i = 0; i < 20; i++) {
        bench.request(buffer(0), 64);
        assertEquals(0, bench.read(MmioLayout.INTERRUPT_STATUS) & 2);
        bench.driver().acknowledgeInterrupts();
        bench.ring().reap();
      }
    }
  }
}
