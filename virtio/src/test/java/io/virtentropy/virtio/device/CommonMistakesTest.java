package io.virtentropy.virtio.device;

import static io.virtentropy.virtio.bench.DeviceBench.buffer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.BuiltinBackend;
import io.virtentropy.backends.CounterBackend;
import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropyRequest;
import io.virtentropy.ratelimit.ManualClock;
import io.virtentropy.ratelimit.RateLimiter;
import io.virtentropy.virtio.bench.DeviceBench;
import io.virtentropy.virtio.bench.OnDemandSource;
import io.virtentropy.virtio.bench.PciBench;
import io.virtentropy.virtio.bench.QueueBench;
import io.virtentropy.virtio.driver.SplitRingDriver;
import io.virtentropy.virtio.memory.GuestMemory;
import io.virtentropy.virtio.transport.mmio.MmioLayout;
import io.virtentropy.virtio.transport.pci.CommonConfigLayout;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Mistakes often made in devices (docs/common-mistakes.md) that no test of one part of ours meets:
 * each takes a whole device.
 */
@DisplayName("A device without the common mistakes")
final class CommonMistakesTest {
  private static final long SECOND_RING = QueueBench.RING + 0x4000;

  @ParameterizedTest(name = "and {0} buffers")
  @ValueSource(ints = {1, 5})
  @DisplayName("should interrupt for the first buffer after a reset, used_event being 0 (MIST-07)")
  void signalledStateForgotten(int served) {
    DeviceBench mmio = new DeviceBench(new CounterBackend(1)).bind();
    PciBench pci = onPci().bind();
    for (int i = 0; i < served; i++) {
      mmio.request(buffer(0), 8);
      pci.request(buffer(0), 8);
    }
    mmio.bind();
    pci.bind();
    pci.takeEvents();
    assertEquals(0, mmio.memory.loadShort(mmio.ring().availRing() + 4 + 2 * 8), "used_event");
    mmio.request(buffer(0), 8);
    pci.request(buffer(0), 8);
    assertEquals(List.of(true), mmio.line);
    assertEquals(List.of("raise"), pci.takeEvents());
  }

  @Test
  @DisplayName("should not take queue 65536 for queue 0 (MIST-20)")
  void registersNotCut() {
    DeviceBench bench = new DeviceBench(new CounterBackend(1)).bind();
    bench.ring().post(buffer(0), 8);
    bench.ring().publish();
    for (int queue : new int[] {1, 0xffff, 0x1_0000, 0x8000_0000}) {
      bench.write(MmioLayout.QUEUE_NOTIFY, queue);
      bench.expectNoneUsed();
      bench.write(MmioLayout.QUEUE_SEL, queue);
      assertEquals(0, bench.read(MmioLayout.QUEUE_READY), "queue " + queue);
    }
    bench.write(MmioLayout.QUEUE_NOTIFY, 0);
    assertTrue(bench.ring().reap());
  }

  @Test
  @DisplayName("should not take a size of 65536 and 4 for a size of 4 (MIST-20)")
  void sizesNotCut() {
    DeviceBench bench = new DeviceBench(new CounterBackend(1)).bind();
    bench.write(MmioLayout.QUEUE_RESET, 1);
    bench.write(MmioLayout.QUEUE_SIZE, 8);
    bench.write(MmioLayout.QUEUE_SIZE, 0x1_0004);
    SplitRingDriver ring = new SplitRingDriver(bench.memory, SECOND_RING, 8, true);
    long[] places = {ring.descriptorTable(), ring.availRing(), ring.usedRing()};
    for (int i = 0; i < places.length; i++) {
      bench.write(MmioLayout.QUEUE_DESC_LOW + 0x10 * i, (int) places[i]);
    }
    bench.write(MmioLayout.QUEUE_READY, 1);
    for (int i = 0; i < 20; i++) {
      int head = ring.post(buffer(0), 8);
      ring.publish();
      bench.write(MmioLayout.QUEUE_NOTIFY, 0);
      assertTrue(ring.reap(), "buffer " + i);
      assertEquals(head, ring.reapedHead());
    }
  }

  @Test
  @DisplayName("should keep what is written for one queue off another, on MMIO (MIST-22)")
  void queuesApartOnMmio() {
    DeviceBench bench = new DeviceBench(new CounterBackend(1)).bind();
    bench.expectUsed(bench.request(buffer(0), 8), 8);
    bench.write(MmioLayout.QUEUE_SEL, 1);
    bench.write(MmioLayout.QUEUE_SIZE, 4);
    for (int half = MmioLayout.QUEUE_DESC_LOW; half <= MmioLayout.QUEUE_DEVICE_HIGH; half += 4) {
      bench.write(half, 0x7777_0000);
    }
    bench.write(MmioLayout.QUEUE_READY, 1);
    bench.write(MmioLayout.QUEUE_READY, 0);
    bench.write(MmioLayout.QUEUE_RESET, 1);
    for (int i = 0; i < 20; i++) {
      bench.expectUsed(bench.request(buffer(0), 8), 8);
    }
    bench.write(MmioLayout.QUEUE_SEL, 0);
    assertEquals(1, bench.read(MmioLayout.QUEUE_READY));
  }

  @Test
  @DisplayName("should keep what is written for one queue off another, on PCI (MIST-22)")
  void queuesApartOnPci() {
    PciBench bench = onPci();
    bench.bind(PciBench.setup().withMessagesTo(PciBench.MESSAGES));
    bench.takeEvents();
    bench.setCommon(CommonConfigLayout.QUEUE_SELECT, 1, 2);
    bench.setCommon(CommonConfigLayout.QUEUE_SIZE, 4, 2);
    bench.setCommon(CommonConfigLayout.QUEUE_MSIX_VECTOR, 0xffff, 2);
    for (int half = CommonConfigLayout.QUEUE_DESC; half < 0x38; half += 4) {
      bench.setCommon(half, 0x7777_0000, 4);
    }
    bench.setCommon(CommonConfigLayout.QUEUE_ENABLE, 1, 2);
    bench.setCommon(CommonConfigLayout.QUEUE_RESET, 1, 2);
    for (int i = 0; i < 20; i++) {
      bench.ring().expectInterrupt();
      bench.expectUsed(bench.request(buffer(0), 8), 8);
      assertEquals(List.of(PciBench.QUEUE_MESSAGE), bench.takeEvents());
    }
    bench.setCommon(CommonConfigLayout.QUEUE_SELECT, 0, 2);
    assertEquals(1, bench.common(CommonConfigLayout.QUEUE_ENABLE, 2));
    assertEquals(8, bench.common(CommonConfigLayout.QUEUE_SIZE, 2));
  }

  @Test
  @DisplayName("should keep what is written for one queue off another that is set up (MIST-22)")
  void queuesApartDuringSetUp() {
    PciBench bench = onPci().bind();
    bench.setCommon(CommonConfigLayout.QUEUE_RESET, 1, 2);
    SplitRingDriver ring = new SplitRingDriver(bench.memory, SECOND_RING, 8, true);
    bench.setCommon(CommonConfigLayout.QUEUE_SIZE, 8, 2);
    long[] places = {ring.descriptorTable(), ring.availRing(), ring.usedRing()};
    for (int i = 0; i < places.length; i++) {
      bench.setCommon(CommonConfigLayout.QUEUE_DESC + 8 * i, places[i], 4);
    }
    bench.setCommon(CommonConfigLayout.QUEUE_SELECT, 1, 2);
    for (int half = CommonConfigLayout.QUEUE_DESC; half < 0x38; half += 4) {
      bench.setCommon(half, 0x7777_0000, 4);
    }
    bench.setCommon(CommonConfigLayout.QUEUE_SELECT, 0, 2);
    for (int i = 0; i < places.length; i++) {
      assertEquals(places[i], bench.common(CommonConfigLayout.QUEUE_DESC + 8 * i, 4));
    }
    bench.setCommon(CommonConfigLayout.QUEUE_ENABLE, 1, 2);
    int head = ring.post(buffer(0), 8);
    ring.publish();
    bench.driver().notifyDevice();
    assertTrue(ring.reap(), "served");
    assertEquals(head, ring.reapedHead());
  }

  @Test
  @DisplayName("should give two machines restored from one state different bytes (MIST-57)")
  void restoredTwice() {
    GuestMemory memory = QueueBench.ram();
    DeviceBench old = of(memory, BuiltinBackend.open()).bind();
    int head = old.ring().post(buffer(0), 64);
    old.ring().publish();
    byte[] saved = old.mmio.save();
    byte[] ring = old.bytes(QueueBench.RING, 0x1000);
    byte[][] given = new byte[2][];
    for (int machine = 0; machine < 2; machine++) {
      for (int i = 0; i < ring.length; i++) {
        memory.storeByte(QueueBench.RING + i, ring[i]);
      }
      old.paint(buffer(0), 64, 0);
      DeviceBench restored = of(memory, BuiltinBackend.open());
      restored.mmio.restore(saved);
      restored.write(MmioLayout.QUEUE_NOTIFY, 0);
      assertEquals(1, memory.loadShort(old.ring().usedRing() + 2), "served");
      assertEquals(head, memory.loadInt(old.ring().usedRing() + 4));
      given[machine] = old.bytes(buffer(0), 64);
    }
    assertFalse(Arrays.equals(given[0], given[1]), "the same bytes twice");
  }

  @Test
  @DisplayName("should be closed while its source never answers, and stay closed (MIST-58)")
  void closedWhileBlocked() {
    OnDemandSource source = new OnDemandSource();
    source.neverLettingGo();
    DeviceBench bench = new DeviceBench(source).bind();
    bench.paint(buffer(0), 64, 0xa5);
    bench.request(buffer(0), 64);
    EntropyRequest pending = source.take();
    bench.mmio.close();
    assertFalse(pending.claim(), "still wanted");
    bench.mmio.poll();
    bench.expectNoneUsed();
    bench.expectPainted(buffer(0), 64, 0xa5);
  }

  private static DeviceBench of(GuestMemory memory, EntropyBackend source) {
    return new DeviceBench(memory, source, new ManualClock(), RateLimiter.unlimited(), 8);
  }

  private static PciBench onPci() {
    GuestMemory memory = QueueBench.ram();
    return new PciBench(memory, VirtioRngDevice.builder(memory, new CounterBackend(1)));
  }
}
