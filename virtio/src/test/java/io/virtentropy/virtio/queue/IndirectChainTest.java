package io.virtentropy.virtio.queue;

import static io.virtentropy.virtio.bench.QueueBench.BUFFERS;
import static io.virtentropy.virtio.bench.QueueBench.RAM;
import static io.virtentropy.virtio.bench.QueueBench.RAM_BYTES;
import static io.virtentropy.virtio.bench.QueueBench.TABLES;
import static io.virtentropy.virtio.driver.ChainPiece.readable;
import static io.virtentropy.virtio.driver.ChainPiece.writable;
import static io.virtentropy.virtio.queue.SplitRingLayout.INDIRECT;
import static io.virtentropy.virtio.queue.SplitRingLayout.NEXT;
import static io.virtentropy.virtio.queue.SplitRingLayout.WRITE;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.virtentropy.virtio.bench.QueueBench;
import io.virtentropy.virtio.driver.ChainPiece;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A split queue with indirect tables")
final class IndirectChainTest {
  private final QueueBench bench = new QueueBench(8);

  private void assertLengths(long... lengths) {
    assertEquals(lengths.length, bench.chain.pieces());
    for (int i = 0; i < lengths.length; i++) {
      assertEquals(lengths[i], bench.chain.length(i));
    }
  }

  private static List<ChainPiece> pieces(int count) {
    List<ChainPiece> list = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      list.add(writable(BUFFERS + 16L * i, i + 1));
    }
    return list;
  }

  @ParameterizedTest(name = "flags {0}")
  @ValueSource(ints = {INDIRECT, INDIRECT | WRITE})
  @DisplayName("should ignore WRITE on the descriptor of the table (VQ-IND-01, MIST-10)")
  void writeIgnored(int flags) {
    bench.driver.rawDescriptorAt(TABLES, BUFFERS, 5, WRITE, 0);
    bench.driver.rawDescriptor(3, TABLES, 16, flags, 0);
    bench.makeAvailable(3);
    bench.pop();
    assertLengths(5);
    assertEquals(BUFFERS, bench.chain.address(0));
    assertEquals(3, bench.chain.head(), "the head, never a table index (VQ-IND-11)");
  }

  @Test
  @DisplayName("should take direct pieces before the table too (VQ-IND-02, MIST-11)")
  void directFirst() {
    bench.driver.postIndirect(
        List.of(readable(BUFFERS, 9), writable(BUFFERS, 1)), TABLES, pieces(3));
    bench.driver.publish();
    bench.pop();
    assertLengths(1, 1, 2, 3);
  }

  @Test
  @DisplayName("should walk the table from entry 0 along next and ignore the rest (VQ-IND-03)")
  void scatteredTable() {
    bench.driver.rawDescriptorAt(TABLES, BUFFERS, 1, WRITE | NEXT, 2);
    bench.driver.rawDescriptorAt(TABLES + 16, BUFFERS, 3, WRITE, 0xffff);
    bench.driver.rawDescriptorAt(TABLES + 32, BUFFERS, 2, WRITE | NEXT, 1);
    bench.driver.rawDescriptorAt(TABLES + 48, -1, -1, 0xffff, 0xffff);
    bench.driver.rawDescriptor(0, TABLES, 64, INDIRECT, 0xffff);
    bench.makeAvailable(0);
    bench.pop();
    assertLengths(1, 2, 3);
  }

  @Test
  @DisplayName("should accept readable and writable entries in one table (VQ-IND-04)")
  void mixed() {
    bench.driver.postIndirect(
        List.of(), TABLES, List.of(readable(BUFFERS, 9), readable(0, 9), writable(BUFFERS, 4)));
    bench.driver.publish();
    bench.pop();
    assertLengths(4);
  }

  @Test
  @DisplayName("should take a table as long as the queue, and none longer (VQ-IND-08)")
  void length() {
    bench.driver.postIndirect(List.of(), TABLES, pieces(8));
    bench.driver.postIndirect(List.of(), TABLES + 0x1000, pieces(9));
    bench.driver.publish();
    bench.pop();
    assertEquals(8, bench.chain.pieces());
    bench.expectFault(new RingFault.ChainTooLong(1, 8));
  }

  @Test
  @DisplayName("should take a table at an odd address")
  void unaligned() {
    bench.driver.postIndirect(List.of(), TABLES + 3, pieces(2));
    bench.driver.publish();
    bench.pop();
    assertLengths(1, 2);
  }

  @Test
  @DisplayName("should refuse a table that was not negotiated (VQ-IND-05)")
  void notNegotiated() {
    QueueBench plain = new QueueBench(QueueBench.ram(), 8, false, false);
    plain.driver.postIndirect(List.of(), TABLES, pieces(1));
    plain.driver.publish();
    plain.expectFault(new RingFault.IndirectNotNegotiated(0));
  }

  @Test
  @DisplayName("should refuse a table in a table, without recursion (VQ-IND-06, MIST-09)")
  void nested() {
    bench.driver.rawDescriptorAt(TABLES, TABLES, 16, INDIRECT, 0);
    bench.driver.rawDescriptor(0, TABLES, 16, INDIRECT, 0);
    bench.makeAvailable(0);
    bench.expectFault(new RingFault.IndirectNested(0));
  }

  @Test
  @DisplayName("should refuse a table with NEXT (VQ-IND-07, MIST-09)")
  void withNext() {
    bench.driver.rawDescriptorAt(TABLES, BUFFERS, 1, WRITE, 0);
    bench.driver.rawDescriptor(0, TABLES, 16, INDIRECT | NEXT, 1);
    bench.driver.rawDescriptor(1, BUFFERS, 1, WRITE, 0);
    bench.makeAvailable(0);
    bench.expectFault(new RingFault.IndirectWithNext(0));
  }

  @ParameterizedTest(name = "{0} bytes")
  @ValueSource(ints = {0, 1, 15, 17, -1, -15})
  @DisplayName("should refuse a table whose length is no multiple of 16 (VQ-IND-09, MIST-09)")
  void badLength(int length) {
    bench.driver.rawDescriptor(0, TABLES, length, INDIRECT, 0);
    bench.makeAvailable(0);
    bench.expectFault(new RingFault.IndirectTableSize(0, length & 0xffff_ffffL));
  }

  @Test
  @DisplayName("should refuse a table that reaches beyond memory (VQ-IND-09, MIST-09)")
  void beyondMemory() {
    long end = RAM + RAM_BYTES;
    bench.driver.rawDescriptor(0, end - 16, 32, INDIRECT, 0);
    bench.makeAvailable(0);
    bench.expectFault(new RingFault.BufferOutsideMemory(0, end - 16, 32));
  }

  @Test
  @DisplayName("should refuse a next beyond the table, and a loop in it (VQ-IND-09, MIST-12)")
  void badNextAndLoop() {
    bench.driver.rawDescriptorAt(TABLES, BUFFERS, 1, WRITE | NEXT, 2);
    bench.driver.rawDescriptor(0, TABLES, 32, INDIRECT, 0);
    bench.makeAvailable(0);
    bench.expectFault(new RingFault.NextOutOfRange(2, 2));

    QueueBench other = new QueueBench(8);
    other.driver.rawDescriptorAt(TABLES, BUFFERS, 1, WRITE | NEXT, 1);
    other.driver.rawDescriptorAt(TABLES + 16, BUFFERS, 1, WRITE | NEXT, 0);
    other.driver.rawDescriptor(0, TABLES, 32, INDIRECT, 0);
    other.makeAvailable(0);
    other.expectFault(new RingFault.ChainTooLong(0, 8));
  }

  @Test
  @DisplayName("should count the direct pieces into the length of the chain (VQ-IND-08, MIST-12)")
  void directAndTableTooLong() {
    bench.driver.postIndirect(pieces(2), TABLES, pieces(6));
    bench.driver.publish();
    bench.pop();
    assertEquals(8, bench.chain.pieces());
    QueueBench other = new QueueBench(8);
    other.driver.postIndirect(pieces(2), TABLES, pieces(7));
    other.driver.publish();
    other.expectFault(new RingFault.ChainTooLong(0, 8));
  }
}
