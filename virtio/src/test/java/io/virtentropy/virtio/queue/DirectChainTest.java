package io.virtentropy.virtio.queue;

import static io.virtentropy.virtio.bench.QueueBench.BUFFERS;
import static io.virtentropy.virtio.driver.ChainPiece.readable;
import static io.virtentropy.virtio.driver.ChainPiece.writable;
import static io.virtentropy.virtio.queue.SplitRingLayout.NEXT;
import static io.virtentropy.virtio.queue.SplitRingLayout.WRITE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.anyLong;
import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.spy;

import io.virtentropy.virtio.bench.QueueBench;
import io.virtentropy.virtio.driver.ChainPiece;
import io.virtentropy.virtio.memory.RegionMemory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A split queue with direct chains")
final class DirectChainTest {
  private final QueueBench bench = new QueueBench(8);

  private static void assertPieces(List<ChainPiece> wanted, DescriptorChain chain) {
    List<ChainPiece> found = new ArrayList<>();
    for (int i = 0; i < chain.pieces(); i++) {
      found.add(writable(chain.address(i), (int) chain.length(i)));
    }
    assertEquals(wanted, found);
    assertEquals(
        wanted.stream().mapToLong(p -> p.length() & 0xffff_ffffL).sum(), chain.writableBytes());
  }

  @Test
  @DisplayName("should be empty when nothing was made available")
  void empty() {
    bench.expectEmpty();
    assertFalse(bench.queue.hasAvailable());
    assertFalse(bench.queue.publish());
  }

  @Test
  @DisplayName("should give a chain as its pieces in order, however it is cut (VQ-SPLIT-03)")
  void pieces() {
    List<ChainPiece> three =
        List.of(writable(BUFFERS, 1), writable(BUFFERS + 9, 7), writable(BUFFERS + 5000, 4096));
    int head = bench.driver.post(three);
    bench.driver.publish();
    assertTrue(bench.queue.hasAvailable());
    assertPieces(three, bench.pop());
    assertEquals(head, bench.chain.head());
    bench.expectEmpty();
  }

  @Test
  @DisplayName("should take a chain as long as the queue (VQ-SPLIT-04, -08)")
  void fullLength() {
    List<ChainPiece> eight = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      eight.add(writable(BUFFERS + 64L * i, 64));
    }
    bench.driver.post(eight);
    bench.driver.publish();
    assertPieces(eight, bench.pop());
  }

  @Test
  @DisplayName("should follow next in any order and ignore it where NEXT is clear (VQ-SPLIT-08)")
  void scattered() {
    bench.driver.rawDescriptor(5, BUFFERS, 10, NEXT | WRITE, 2);
    bench.driver.rawDescriptor(2, BUFFERS + 100, 20, NEXT | WRITE, 7);
    bench.driver.rawDescriptor(7, BUFFERS + 200, 30, WRITE, 0xffff);
    bench.makeAvailable(5);
    assertPieces(
        List.of(writable(BUFFERS, 10), writable(BUFFERS + 100, 20), writable(BUFFERS + 200, 30)),
        bench.pop());
    assertEquals(5, bench.chain.head());
  }

  @Test
  @DisplayName("should leave out readable pieces and pieces of length 0 (OPEN-03, OPEN-04)")
  void leftOut() {
    bench.driver.post(
        List.of(readable(BUFFERS, 16), writable(BUFFERS, 0), writable(5, 0), writable(BUFFERS, 3)));
    bench.driver.post(List.of(readable(0x77, 16)));
    bench.driver.publish();
    assertPieces(List.of(writable(BUFFERS, 3)), bench.pop());
    assertPieces(List.of(), bench.pop());
  }

  @Test
  @DisplayName("should sum lengths beyond 2^32 without wrapping (MIST-16)")
  void hugeLengths() {
    RegionMemory endless = spy(QueueBench.ram());
    doReturn(true).when(endless).isRam(anyLong(), anyLong());
    QueueBench huge = new QueueBench(endless, 8, true, true);
    huge.driver.post(
        List.of(writable(BUFFERS, 16), writable(BUFFERS, 1 << 31), writable(BUFFERS, 1 << 31)));
    huge.driver.publish();
    assertEquals(0x1_0000_0010L, huge.pop().writableBytes());
    assertEquals(0x8000_0000L, huge.chain.length(2));
  }

  @Test
  @DisplayName("should report the head and the length in the used element (VQ-SPLIT-14)")
  void usedElement() {
    bench.driver.post(BUFFERS, 64);
    int second = bench.driver.post(BUFFERS, 64);
    bench.driver.publish();
    bench.pop();
    bench.pop();
    bench.queue.push(second, 0x8000_0001);
    assertEquals(0, bench.driver.usedIndex(), "not visible yet");
    bench.queue.publish();
    assertEquals(1, bench.driver.usedIndex());
    assertEquals(second, bench.memory.loadInt(bench.driver.usedRing() + 4));
    assertEquals(0x8000_0001, bench.memory.loadInt(bench.driver.usedRing() + 8));
  }

  @Test
  @DisplayName("should give back in the order of pushes, each head exactly once (VQ-SPLIT-19)")
  void anyOrder() {
    for (int i = 0; i < 8; i++) {
      bench.driver.post(BUFFERS, i + 1);
    }
    bench.driver.publish();
    List<Integer> heads = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      heads.add(bench.pop().head());
    }
    for (int i = 7; i >= 0; i--) {
      bench.queue.push(heads.get(i), i + 1);
    }
    bench.queue.publish();
    for (int i = 7; i >= 0; i--) {
      assertTrue(bench.driver.reap());
      assertEquals(heads.get(i), bench.driver.reapedHead());
      assertEquals(i + 1, bench.driver.reapedLength());
    }
    assertFalse(bench.driver.reap());
    assertEquals(8, bench.driver.freeDescriptors());
  }

  @Test
  @DisplayName("should take chains again that were put back")
  void putBack() {
    bench.driver.post(BUFFERS, 1);
    bench.driver.post(BUFFERS, 2);
    bench.driver.publish();
    bench.pop();
    bench.pop();
    bench.queue.putBack(2);
    assertTrue(bench.queue.hasAvailable());
    assertEquals(1, bench.pop().length(0));
    assertEquals(2, bench.pop().length(0));
    bench.expectEmpty();
  }

  @Test
  @DisplayName("should touch nothing while it is not enabled (MMIO-08)")
  void disabled() {
    bench.driver.post(BUFFERS, 1);
    bench.driver.publish();
    bench.queue.disable();
    assertFalse(bench.queue.isEnabled());
    bench.expectEmpty();
    assertFalse(bench.queue.hasAvailable());
    assertFalse(bench.queue.expectKicks());
    bench.queue.suppressKicks();
    assertEquals(0, bench.driver.usedFlags());
  }

  @Test
  @DisplayName("should keep its size and place while enabled (MMIO-24)")
  void setUpOnlyWhenDisabled() {
    long table = bench.queue.descriptorTable();
    assertFalse(bench.queue.chooseSize(4));
    bench.queue.place(0, 0, 0);
    assertEquals(8, bench.queue.size());
    assertEquals(table, bench.queue.descriptorTable());
    bench.queue.reset();
    for (int size : new int[] {0, -1, 3, 6, 16, 0x1_0000, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
      assertFalse(bench.queue.chooseSize(size), () -> "size " + size);
      assertEquals(8, bench.queue.size());
    }
    assertTrue(bench.queue.chooseSize(4));
    assertEquals(4, bench.queue.size());
    bench.queue.reset();
    assertEquals(8, bench.queue.size());
    for (int size : new int[] {0, 3, 65_536, -8}) {
      assertThrows(IllegalArgumentException.class, () -> new SplitVirtqueue(bench.memory, size));
    }
  }
}
