package io.virtentropy.virtio.queue;

import static io.virtentropy.virtio.bench.QueueBench.BUFFERS;
import static io.virtentropy.virtio.bench.QueueBench.RAM;
import static io.virtentropy.virtio.bench.QueueBench.RAM_BYTES;
import static io.virtentropy.virtio.bench.QueueBench.RING;
import static io.virtentropy.virtio.queue.SplitRingLayout.NEXT;
import static io.virtentropy.virtio.queue.SplitRingLayout.WRITE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.virtio.bench.QueueBench;
import io.virtentropy.virtio.bench.SpyMemory;
import io.virtentropy.virtio.memory.RegionMemory;
import io.virtentropy.virtio.queue.RingFault.RingPart;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A split queue that the driver breaks")
final class RingFaultTest {
  private static final long END = RAM + RAM_BYTES;

  private final QueueBench bench = new QueueBench(8);

  private void assertDescribed(String text) {
    assertEquals(text, bench.queue.fault().describe());
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 9, 0x7fff, 0x8000, 0xffff})
  @DisplayName("should refuse a head beyond the table, unsigned (MIST-13)")
  void head(int head) {
    bench.makeAvailable(head);
    bench.expectFault(new RingFault.HeadOutOfRange(head, 8));
    assertDescribed("the available ring names descriptor " + head + " of 8");
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 0x8000, 0xffff})
  @DisplayName("should refuse a next beyond the table, unsigned (MIST-13)")
  void next(int next) {
    bench.driver.rawDescriptor(0, BUFFERS, 1, WRITE | NEXT, next);
    bench.makeAvailable(0);
    bench.expectFault(new RingFault.NextOutOfRange(next, 8));
    assertDescribed("a descriptor continues at " + next + " of a table of 8");
  }

  @ParameterizedTest
  @ValueSource(ints = {9, 10, 0x8000, 0xffff})
  @DisplayName("should refuse an available index more than a lap ahead (VQ-SPLIT-12, MIST-14)")
  void jump(int index) {
    bench.driver.rawAvailIndex(index);
    bench.expectFault(new RingFault.AvailIndexJumped(0, index, 8));
    assertDescribed("the available index went from 0 to " + index + " in a queue of 8");
  }

  @ParameterizedTest(name = "from {0} to {1}")
  @CsvSource({"10, 9", "65530, 3", "65535, 8", "65535, 65534"})
  @DisplayName("should refuse one that goes back, or too far round the end (MIST-01, MIST-14)")
  void jumpFromElsewhere(int from, int to) {
    bench.driver.startAt(from);
    bench.queue.setPosition(from, from);
    bench.driver.rawAvailIndex(to);
    bench.expectFault(new RingFault.AvailIndexJumped(from, to, 8));
  }

  @Test
  @DisplayName("should accept an available index a whole lap ahead (VQ-SPLIT-12)")
  void wholeLap() {
    bench.driver.rawDescriptor(0, BUFFERS, 1, WRITE, 0);
    bench.driver.rawAvailIndex(8);
    for (int i = 0; i < 8; i++) {
      bench.pop();
    }
    bench.expectEmpty();
  }

  @ParameterizedTest(name = "0 goes to {0}, which goes to {1}")
  @CsvSource({"0, 0", "1, 0", "1, 1"})
  @DisplayName("should end a walk in a loop (VQ-SPLIT-09, MIST-12)")
  void loop(int first, int second) {
    bench.driver.rawDescriptor(0, BUFFERS, 1, WRITE | NEXT, first);
    bench.driver.rawDescriptor(1, BUFFERS, 1, WRITE | NEXT, second);
    bench.makeAvailable(0);
    bench.expectFault(new RingFault.ChainTooLong(0, 8));
    assertDescribed("the chain at descriptor 0 has more than 8 descriptors or a loop");
  }

  @Test
  @DisplayName("should end a walk in a loop of descriptors of length 0")
  void emptyLoop() {
    bench.driver.rawDescriptor(0, BUFFERS, 0, WRITE | NEXT, 0);
    bench.makeAvailable(0);
    bench.expectFault(new RingFault.ChainTooLong(0, 8));
  }

  @Test
  @DisplayName("should refuse a readable descriptor after a writable one (VQ-SPLIT-10)")
  void readableAfterWritable() {
    bench.driver.rawDescriptor(0, BUFFERS, 1, WRITE | NEXT, 1);
    bench.driver.rawDescriptor(1, BUFFERS, 1, 0, 0);
    bench.makeAvailable(0);
    bench.expectFault(new RingFault.ReadableAfterWritable(0));
  }

  @ParameterizedTest(name = "0x{0}, length 0x{1}")
  @CsvSource({
    "fffffffffffff000, 2000",
    "ffffffffffffffff, 2",
    "ffffffffffffffff, 1",
    "80000000, ffffffff",
    "0, 1",
    "7fffffff, 2",
    "803fffff, 2",
    "80400000, 1",
    "7fffffffffffffff, ffffffff",
    "8000000080000000, 1"
  })
  @DisplayName("should refuse a buffer that wraps or is not all in RAM (MIST-15, MIST-46)")
  void outside(String addressText, String lengthText) {
    long address = Long.parseUnsignedLong(addressText, 16);
    long length = Long.parseLong(lengthText, 16);
    bench.driver.rawDescriptor(0, address, (int) length, WRITE, 0);
    bench.makeAvailable(0);
    bench.expectFault(new RingFault.BufferOutsideMemory(0, address, length));
  }

  @ParameterizedTest
  @CsvSource({"DESCRIPTOR_TABLE, 8, 16", "AVAIL_RING, 1, 2", "USED_RING, 2, 4"})
  @DisplayName("should refuse misaligned parts when it is enabled (OPEN-08)")
  void misaligned(RingPart part, int off, int align) {
    SplitVirtqueue queue = new SplitVirtqueue(bench.memory, 8);
    queue.place(
        RING + (part == RingPart.DESCRIPTOR_TABLE ? off : 0),
        RING + 0x1000 + (part == RingPart.AVAIL_RING ? off : 0),
        RING + 0x2000 + (part == RingPart.USED_RING ? off : 0));
    assertFalse(queue.enable(true, true));
    long at =
        switch (part) {
          case DESCRIPTOR_TABLE -> queue.descriptorTable();
          case AVAIL_RING -> queue.availRing();
          case USED_RING -> queue.usedRing();
        };
    assertEquals(new RingFault.RingMisaligned(part, at, align), queue.fault());
    assertEquals(SplitVirtqueue.FAULT, queue.pop(new DescriptorChain()));
    assertEquals(
        "the " + part + " at 0x" + Long.toHexString(at) + " is not aligned to " + align,
        queue.fault().describe());
  }

  @ParameterizedTest(name = "{0}, event index {1}")
  @CsvSource({
    "DESCRIPTOR_TABLE, false, 128", "AVAIL_RING, false, 20", "USED_RING, false, 68",
    "DESCRIPTOR_TABLE, true, 128", "AVAIL_RING, true, 22", "USED_RING, true, 70"
  })
  @DisplayName("should need just the bytes each part has, and all of them (VQ-SPLIT-01)")
  void partsAtTheEndOfMemory(RingPart part, boolean eventIndex, int bytes) {
    int align = part == RingPart.DESCRIPTOR_TABLE ? 16 : 4;
    long fits = (END - bytes) & -align;
    for (long at : new long[] {fits, fits + align}) {
      SplitVirtqueue queue = new SplitVirtqueue(bench.memory, 8);
      queue.place(
          part == RingPart.DESCRIPTOR_TABLE ? at : RING,
          part == RingPart.AVAIL_RING ? at : RING + 0x1000,
          part == RingPart.USED_RING ? at : RING + 0x2000);
      assertEquals(at == fits, queue.enable(eventIndex, true));
      if (at != fits) {
        assertEquals(new RingFault.RingOutsideMemory(part, at, bytes), queue.fault());
      }
    }
  }

  @Test
  @DisplayName("should find that RAM went away under a live ring")
  void ramGone() {
    RegionMemory ram = new RegionMemory(RegionMemory.Sharing.SINGLE_THREADED);
    ram.add(RAM, ByteBuffer.allocate(RAM_BYTES));
    QueueBench live = new QueueBench(ram, 8, true, true);
    live.driver.post(BUFFERS, 1);
    live.driver.publish();
    ram.clear();
    assertTrue(live.queue.hasAvailable(), "a fault is something to find");
    live.expectFault(
        new RingFault.RingOutsideMemory(RingPart.AVAIL_RING, live.driver.availRing() + 2, 2));
    live.queue.push(0, 1);
    assertFalse(live.queue.publish());
    assertFalse(live.queue.expectKicks());
    live.queue.suppressKicks();
    assertFalse(live.queue.adoptUsedIndex());
  }

  @Test
  @DisplayName("should find that the used ring went away between pop and push")
  void usedRingGone() {
    RegionMemory ram = new RegionMemory(RegionMemory.Sharing.SINGLE_THREADED);
    ram.add(RAM, ByteBuffer.allocate(RAM_BYTES));
    QueueBench live = new QueueBench(ram, 8, true, true);
    live.driver.post(BUFFERS, 1);
    live.driver.publish();
    live.pop();
    ram.clear();
    live.queue.push(0, 1);
    assertEquals(
        new RingFault.RingOutsideMemory(RingPart.USED_RING, live.driver.usedRing() + 4, 8),
        live.queue.fault());
  }

  @Test
  @DisplayName("should keep the first fault, do nothing more, and live again when enabled anew")
  void latched() {
    SpyMemory spy = new SpyMemory(QueueBench.ram());
    QueueBench live = new QueueBench(spy, 8, true, true);
    live.makeAvailable(99);
    live.expectFault(new RingFault.HeadOutOfRange(99, 8));
    live.queue.fail(new RingFault.ChainTooLong(0, 8));
    spy.forget();
    live.expectFault(new RingFault.HeadOutOfRange(99, 8));
    live.queue.push(0, 1);
    assertFalse(live.queue.expectKicks());
    live.queue.suppressKicks();
    assertFalse(live.queue.hasAvailable());
    assertEquals(0, spy.accesses().size());
    live.queue.reset();
    assertNull(live.queue.fault());
    live.driver.rawAvailIndex(0);
    live.queue.place(
        live.driver.descriptorTable(), live.driver.availRing(), live.driver.usedRing());
    assertTrue(live.queue.enable(true, true));
    live.expectEmpty();
  }

  @Test
  @DisplayName("should write nothing for a chain that is bad at its very end (validation first)")
  void nothingWrittenBeforeValidation() {
    SpyMemory spy = new SpyMemory(QueueBench.ram());
    QueueBench live = new QueueBench(spy, 8, true, true);
    for (int i = 0; i < 7; i++) {
      live.driver.rawDescriptor(i, BUFFERS, 64, WRITE | NEXT, i + 1);
    }
    live.driver.rawDescriptor(7, END - 1, 2, WRITE, 0);
    live.makeAvailable(0);
    spy.forget();
    live.expectFault(new RingFault.BufferOutsideMemory(0, END - 1, 2));
    assertEquals(0, spy.writes().size());
  }
}
