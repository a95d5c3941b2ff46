package io.virtentropy.virtio.queue;

import static io.virtentropy.virtio.bench.QueueBench.BUFFERS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.virtio.bench.QueueBench;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The 16-bit indices of a split queue")
final class IndexWrapTest {
  private static void serve(QueueBench bench, int buffers, int batch) {
    int length = 0;
    int reaped = 0;
    int posted = 0;
    while (reaped < buffers) {
      for (int i = 0; i < batch && posted < buffers; i++) {
        bench.driver.post(BUFFERS, (posted++ & 0xffff) + 1);
      }
      bench.driver.publish();
      while (bench.queue.pop(bench.chain) == SplitVirtqueue.CHAIN) {
        assertEquals((length & 0xffff) + 1, bench.chain.length(0));
        length++;
        bench.queue.push(bench.chain.head(), (int) bench.chain.length(0));
      }
      bench.queue.publish();
      while (bench.driver.reap()) {
        assertEquals((reaped & 0xffff) + 1, bench.driver.reapedLength());
        reaped++;
      }
      assertEquals(posted, reaped, () -> String.valueOf(bench.queue.fault()));
    }
    assertEquals(bench.driver.nextAvail(), bench.queue.nextAvail());
    assertEquals(bench.driver.usedIndex(), bench.queue.nextUsed());
  }

  @ParameterizedTest(name = "size {0}, batches of {1}")
  @CsvSource({
    "1, 1",
    "2, 1",
    "2, 2",
    "256, 1",
    "256, 7",
    "256, 256",
    "32768, 1",
    "32768, 1000",
    "32768, 32768"
  })
  @DisplayName("should wrap at 65536 and never at the size (VQ-SPLIT-01, VQ-SPLIT-11, MIST-01)")
  void wrap(int size, int batch) {
    for (boolean eventIndex : new boolean[] {false, true}) {
      serve(new QueueBench(QueueBench.ram(), size, eventIndex, true), 65_536 + 2 * size, batch);
    }
  }

  @ParameterizedTest(name = "size {0}")
  @ValueSource(ints = {1, 2, 256, 32_768})
  @DisplayName("should go on from 65530 or 65535 as after a restore (MIST-01, MIST-07)")
  void startNearTheEnd(int size) {
    for (int start : new int[] {65_530, 65_535}) {
      QueueBench bench = new QueueBench(size);
      bench.driver.startAt(start);
      bench.queue.setPosition(start, start);
      serve(bench, 20, 1);
      assertEquals((start + 20) & 0xffff, bench.queue.nextAvail());
    }
  }

  @Test
  @DisplayName("should put back across the wrap")
  void putBackAcrossTheWrap() {
    QueueBench bench = new QueueBench(8);
    bench.driver.startAt(65_534);
    bench.queue.setPosition(65_534, 65_534);
    for (int i = 1; i <= 4; i++) {
      bench.driver.post(BUFFERS, i);
    }
    bench.driver.publish();
    for (int i = 0; i < 4; i++) {
      bench.pop();
    }
    bench.queue.putBack(4);
    assertEquals(65_534, bench.queue.nextAvail());
    for (int i = 1; i <= 4; i++) {
      assertEquals(i, bench.pop().length(0));
    }
    assertEquals(2, bench.queue.nextAvail());
  }

  @Test
  @DisplayName("should take the used index from the ring, as vhost-user does (MIST-55)")
  void adopt() {
    QueueBench bench = new QueueBench(8);
    bench.driver.startAt(700);
    bench.queue.setPosition(700, 0);
    assertTrue(bench.queue.adoptUsedIndex());
    assertEquals(700, bench.queue.nextUsed());
    serve(bench, 3, 1);
  }

  @Test
  @DisplayName("should use the size the driver chose and not the largest (MIST-21)")
  void chosenSize() {
    QueueBench bench = new QueueBench(4);
    SplitVirtqueue queue = new SplitVirtqueue(bench.memory, 256);
    assertTrue(queue.chooseSize(4));
    queue.place(bench.driver.descriptorTable(), bench.driver.availRing(), bench.driver.usedRing());
    assertTrue(queue.enable(true, true));
    for (int i = 0; i < 9; i++) {
      bench.driver.post(BUFFERS, i + 1);
      bench.driver.publish();
      assertEquals(SplitVirtqueue.CHAIN, queue.pop(bench.chain));
      queue.push(bench.chain.head(), i + 1);
      queue.publish();
      assertTrue(bench.driver.reap());
      assertEquals(i + 1, bench.driver.reapedLength());
    }
  }

  @ParameterizedTest(name = "after {0} buffers")
  @ValueSource(ints = {1, 5})
  @DisplayName("should begin at 0 again after a reset (MIST-23, VQ-RST-03, MIST-07)")
  void secondLife(int served) {
    QueueBench bench = new QueueBench(8);
    serve(bench, served, 1);
    bench.queue.reset();
    QueueBench second = new QueueBench(bench.memory, 8, true, true);
    bench.queue.place(
        second.driver.descriptorTable(), second.driver.availRing(), second.driver.usedRing());
    assertTrue(bench.queue.enable(true, true));
    second.driver.post(BUFFERS, 9);
    second.driver.publish();
    bench.pop();
    assertTrue(bench.push(9), "the first buffer interrupts again (MIST-07)");
    assertEquals(1, second.driver.usedIndex());
    assertEquals(9, second.memory.loadInt(second.driver.usedRing() + 8), "slot 0");
  }
}
