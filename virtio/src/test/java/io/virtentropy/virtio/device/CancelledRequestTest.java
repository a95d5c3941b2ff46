package io.virtentropy.virtio.device;

import static io.virtentropy.virtio.bench.DeviceBench.buffer;
import static io.virtentropy.virtio.device.DeviceCounter.BYTES;
import static io.virtentropy.virtio.device.DeviceCounter.RESETS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.EntropyRequest;
import io.virtentropy.virtio.bench.DeviceBench;
import io.virtentropy.virtio.bench.OnDemandSource;
import io.virtentropy.virtio.bench.QueueBench;
import io.virtentropy.virtio.transport.mmio.MmioLayout;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** MIST-24, MIST-58: what a slow source delivers after nobody waits any more. */
@DisplayName("A request that is pending when the queue goes away")
final class CancelledRequestTest {
  private final OnDemandSource source = new OnDemandSource();
  private final DeviceBench bench = new DeviceBench(source).bind();

  static Stream<Arguments> endings() {
    return Stream.of(
        ending("driver's reset", b -> b.write(MmioLayout.STATUS, 0)),
        ending("machine's reset", b -> b.mmio.reset()),
        ending("QueueReady = 0", b -> b.write(MmioLayout.QUEUE_READY, 0)),
        ending("QueueReset", b -> b.write(MmioLayout.QUEUE_RESET, 1)),
        ending("close", b -> b.mmio.close()));
  }

  private static Arguments ending(String name, Consumer<DeviceBench> end) {
    return Arguments.of(Named.of(name, end));
  }

  private void assertUntouched() {
    bench.expectPainted(buffer(0), 64, 0xa5);
    assertEquals(0, bench.ring().usedIndex());
    assertEquals(List.of(), bench.line);
    assertFalse(bench.mmio.interruptLevel());
    bench.counted.expectOnly(BYTES, 0);
  }

  @ParameterizedTest
  @MethodSource("endings")
  @DisplayName(
      "should be forgotten at once by a source that lets go (BASE-RST-02, -03, VQ-RST-01, -02)")
  void letGo(Consumer<DeviceBench> end) {
    bench.paint(buffer(0), 64, 0xa5);
    bench.request(buffer(0), 64);
    end.accept(bench);
    assertEquals(1, source.cancelled());
    assertEquals(0, source.waiting());
    assertEquals(0, bench.read(MmioLayout.QUEUE_READY), "complete on return (MIST-30)");
    bench.mmio.poll();
    assertUntouched();
  }

  @ParameterizedTest
  @MethodSource("endings")
  @DisplayName("should reach nobody when delivered late, and be wiped (MIST-24, RNG-16)")
  void lateDelivery(Consumer<DeviceBench> end) {
    bench.paint(buffer(0), 64, 0xa5);
    bench.request(buffer(0), 64);
    EntropyRequest late = source.take();
    assertTrue(late.claim());
    end.accept(bench);
    source.deliver(late, 64);
    assertTrue(late.isFree());
    for (int i = 0; i < 64; i++) {
      assertEquals(0, late.target().get(i), "wiped");
    }
    while (bench.mmio.poll()) {
      // whatever is due
    }
    assertUntouched();
  }

  @ParameterizedTest
  @MethodSource("endings")
  @DisplayName("should reach nobody when it was done already but not yet fetched")
  void doneButNotFetched(Consumer<DeviceBench> end) {
    bench.paint(buffer(0), 64, 0xa5);
    bench.request(buffer(0), 64);
    EntropyRequest done = source.take();
    assertTrue(done.claim());
    source.deliver(done, 64);
    end.accept(bench);
    assertTrue(done.isFree());
    assertEquals(0, done.target().get(0), "wiped");
    bench.mmio.poll();
    assertUntouched();
  }

  @Test
  @DisplayName("should be made again when the queue comes back at its position")
  void redoneAfterQueueReady() {
    int head = bench.request(buffer(0), 64);
    bench.write(MmioLayout.QUEUE_READY, 0);
    bench.write(MmioLayout.QUEUE_READY, 1);
    assertEquals(2, source.submitted());
    source.complete();
    bench.mmio.poll();
    bench.expectUsed(head, 64);
  }

  @Test
  @DisplayName("should count against the bound while a source never lets go of it")
  void neverLettingGo() {
    source.neverLettingGo();
    for (int life = 0; life < 50; life++) {
      bench.bind();
      for (int i = 0; i < 4; i++) {
        bench.ring().post(buffer(i), 64);
      }
      bench.notifyDevice();
      assertTrue(source.waiting() <= RequestLoop.MAX_OUTSTANDING, () -> "life");
    }
    assertEquals(RequestLoop.MAX_OUTSTANDING, source.submitted());
    assertEquals(RequestLoop.FIRST_RETRY_NANOS, bench.mmio.nanosUntilDue());
    bench.clock.advance(RequestLoop.FIRST_RETRY_NANOS - 1);
    assertFalse(bench.mmio.poll());
    source.letGo();
    bench.clock.advance(1);
    assertTrue(bench.mmio.poll());
    assertEquals(4, source.waiting());
    source.complete();
    assertTrue(bench.mmio.poll());
    bench.expectUsed(0, 64);
  }

  @Test
  @DisplayName("should not stop a second life of the device (MIST-58)")
  void secondLife() {
    source.neverLettingGo();
    bench.request(buffer(0), 64);
    EntropyRequest first = source.take();
    bench.paint(QueueBench.BUFFERS, 64, 0xa5);
    bench.bind();
    int head = bench.request(buffer(1), 32);
    source.complete();
    bench.mmio.poll();
    bench.expectUsed(head, 32);
    assertFalse(first.claim(), "the first is nobody's");
    bench.expectPainted(buffer(0), 64, 0xa5);
    bench.counted.expectOnly(RESETS, 0);
  }
}
