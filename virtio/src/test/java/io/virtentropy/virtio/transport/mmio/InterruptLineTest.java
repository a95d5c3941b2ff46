package io.virtentropy.virtio.transport.mmio;

import static io.virtentropy.virtio.bench.DeviceBench.buffer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.CounterBackend;
import io.virtentropy.virtio.bench.DeviceBench;
import io.virtentropy.virtio.bench.OnDemandSource;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The interrupt line of the MMIO transport")
final class InterruptLineTest {
  private final DeviceBench bench = new DeviceBench(new CounterBackend(1)).bind();

  @Test
  @DisplayName("should be up while a cause is pending and not acknowledged (MMIO-03, -04, -19)")
  void level() {
    assertFalse(bench.mmio.interruptLevel());
    assertEquals(0, bench.read(MmioLayout.INTERRUPT_STATUS));
    bench.request(buffer(0), 8);
    assertTrue(bench.mmio.interruptLevel());
    assertEquals(1, bench.read(MmioLayout.INTERRUPT_STATUS));
    bench.write(MmioLayout.INTERRUPT_ACK, 2);
    assertTrue(bench.mmio.interruptLevel());
    bench.write(MmioLayout.INTERRUPT_ACK, 1);
    assertFalse(bench.mmio.interruptLevel());
    assertEquals(List.of(true, false), bench.line);
    bench.ring().reap();
  }

  @Test
  @DisplayName("should stay up until both causes are acknowledged (MMIO-19, MIST-29)")
  void bothCauses() {
    bench.request(buffer(0), 8);
    bench.ring().rawAvailIndex(1000);
    bench.write(MmioLayout.QUEUE_NOTIFY, 0);
    assertEquals(3, bench.read(MmioLayout.INTERRUPT_STATUS));
    bench.write(MmioLayout.INTERRUPT_ACK, 1);
    assertEquals(2, bench.read(MmioLayout.INTERRUPT_STATUS));
    assertTrue(bench.mmio.interruptLevel());
    assertEquals(List.of(true), bench.line, "never pulsed");
    bench.write(MmioLayout.INTERRUPT_ACK, 0xffff_fffe);
    assertFalse(bench.mmio.interruptLevel());
  }

  @Test
  @DisplayName("should not be told twice of a level that stands")
  void noRepeats() {
    for (int i = 0; i < 5; i++) {
      bench.request(buffer(0), 8);
      bench.ring().reap();
      bench.ring().expectInterrupt();
    }
    assertEquals(List.of(true), bench.line);
  }

  @Test
  @DisplayName("should let its receiver read status, acknowledge, reap and kick at once (MIST-59)")
  void reentrant() {
    int[] rounds = {0};
    bench.onLine =
        level -> {
          if (!level) {
            return;
          }
          assertTrue(bench.mmio.interruptLevel());
          assertEquals(1, bench.driver().acknowledgeInterrupts());
          assertFalse(bench.mmio.interruptLevel());
          assertTrue(bench.ring().reap());
          assertFalse(bench.ring().reap());
          bench.ring().expectInterrupt();
          if (++rounds[0] < 50) {
            bench.request(buffer(0), 64);
          }
        };
    bench.request(buffer(0), 64);
    assertEquals(50, rounds[0]);
    bench.expectWords(buffer(0), 8, 1 + 49 * 8);
    assertEquals(100, bench.line.size());
    assertFalse(bench.mmio.interruptLevel());
  }

  @Test
  @DisplayName("should let its receiver reset the device at once")
  void resetInside() {
    bench.onLine =
        level -> {
          if (level) {
            bench.write(MmioLayout.STATUS, 0);
          }
        };
    bench.request(buffer(0), 64);
    assertEquals(0, bench.read(MmioLayout.STATUS));
    assertEquals(List.of(true, false), bench.line);
    bench.onLine = level -> {};
    bench.bind();
    bench.expectUsed(bench.request(buffer(0), 64), 64);
  }

  @Test
  @DisplayName(
      "should be told inside poll when a slow source delivers, and by nobody else's thread")
  void insidePoll() throws InterruptedException {
    OnDemandSource source = new OnDemandSource();
    DeviceBench slow = new DeviceBench(source).bind();
    Thread[] told = new Thread[1];
    slow.onLine = level -> told[0] = Thread.currentThread();
    slow.request(buffer(0), 64);
    Thread completing = new Thread(source::complete);
    completing.start();
    completing.join();
    assertEquals(List.of(), slow.line);
    assertTrue(slow.mmio.poll());
    assertEquals(List.of(true), slow.line);
    assertEquals(Thread.currentThread(), told[0]);
  }

  @Test
  @DisplayName("should go down with close, which may come twice and at any time")
  void close() {
    bench.request(buffer(0), 64);
    bench.mmio.close();
    bench.mmio.close();
    assertFalse(bench.mmio.interruptLevel());
    assertEquals(List.of(true, false), bench.line);
    bench.write(MmioLayout.STATUS, 0);
    bench.write(MmioLayout.STATUS, 0x0f);
    bench.request(buffer(0), 64);
    assertFalse(bench.mmio.poll());
    bench.mmio.reset();
    assertEquals(1, bench.ring().usedIndex(), "served before, and never after");
    bench.mmio.close();
    new DeviceBench(new CounterBackend(1)).mmio.close();
  }
}
