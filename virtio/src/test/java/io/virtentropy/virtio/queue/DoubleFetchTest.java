package io.virtentropy.virtio.queue;

import static io.virtentropy.virtio.bench.QueueBench.BUFFERS;
import static io.virtentropy.virtio.bench.QueueBench.TABLES;
import static io.virtentropy.virtio.driver.ChainPiece.writable;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.virtio.bench.QueueBench;
import io.virtentropy.virtio.bench.SpyMemory;
import io.virtentropy.virtio.bench.SpyMemory.Access;
import io.virtentropy.virtio.memory.RegionMemory;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * MIST-45: a driver that changes a field after the device has read it once. If one of these fails,
 * something is read twice: once to be checked and once to be used.
 */
@DisplayName("A driver that changes its mind between two reads")
final class DoubleFetchTest {
  private final RegionMemory ram = QueueBench.ram();
  private final SpyMemory spy = new SpyMemory(ram);
  private final QueueBench bench = new QueueBench(spy, 8, true, true);

  private void post() {
    bench.driver.postIndirect(
        List.of(writable(BUFFERS, 1)),
        TABLES,
        List.of(writable(BUFFERS + 8, 2), writable(BUFFERS + 16, 3)));
    bench.driver.publish();
    spy.forget();
  }

  private void assertAsPosted() {
    assertEquals(3, bench.chain.pieces());
    for (int i = 0; i < 3; i++) {
      assertEquals(BUFFERS + 8L * i, bench.chain.address(i));
      assertEquals(i + 1, bench.chain.length(i));
    }
    assertEquals(0, bench.chain.head());
  }

  @Test
  @DisplayName("should find every byte read at most once by one pop (MIST-45)")
  void readOnce() {
    post();
    bench.pop();
    assertTrue(spy.accesses().size() >= 10);
    assertEquals(List.of(), spy.writes());
    assertEquals(Set.of(), spy.bytesReadTwice());
  }

  @Test
  @DisplayName("would be caught if a length were read to be checked and again to be used")
  void harnessCanFail() {
    post();
    long length = bench.driver.descriptorTable() + 8;
    if ((spy.loadLong(length) & 0xffff_ffffL) <= 64) {
      spy.loadInt(length);
    }
    assertEquals(Set.of(length, length + 1, length + 2, length + 3), spy.bytesReadTwice());
  }

  @Test
  @DisplayName("should see no effect of a change of any field after its read (MIST-45)")
  void changedAfterRead() {
    post();
    bench.pop();
    assertAsPosted();
    List<Access> reads = spy.accesses();
    for (Access read : reads) {
      bench.queue.setPosition(0, 0);
      bench.driver.rawAvailIndex(1);
      bench.driver.rawAvailEntry(0, 0);
      bench.driver.rawDescriptor(0, BUFFERS, 1, SplitRingLayout.WRITE | SplitRingLayout.NEXT, 1);
      bench.driver.rawDescriptor(1, TABLES, 32, SplitRingLayout.INDIRECT, 0);
      bench.driver.rawDescriptorAt(
          TABLES, BUFFERS + 8, 2, SplitRingLayout.WRITE | SplitRingLayout.NEXT, 1);
      bench.driver.rawDescriptorAt(TABLES + 16, BUFFERS + 16, 3, SplitRingLayout.WRITE, 0);
      spy.onceRead(
          read.address(),
          () -> {
            for (long i = 0; i < read.length(); i++) {
              ram.storeByte(read.address() + i, (byte) 0xff);
            }
          });
      bench.pop();
      assertAsPosted();
    }
  }

  @Test
  @DisplayName("should keep to the chain as it was validated while it is filled (MIST-45)")
  void changedAfterPop() {
    post();
    bench.pop();
    for (long i = 0; i < 16 * 8; i++) {
      ram.storeByte(bench.driver.descriptorTable() + i, (byte) 0xff);
      ram.storeByte(TABLES + i, (byte) 0xff);
    }
    assertAsPosted();
    bench.push(6);
    assertEquals(0, ram.loadInt(bench.driver.usedRing() + 4), "the head as it was taken");
  }
}
