package io.virtentropy.virtio.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.virtio.driver.SplitRingDriver;
import io.virtentropy.virtio.memory.GuestMemory;
import io.virtentropy.virtio.memory.RegionMemory;
import io.virtentropy.virtio.queue.DescriptorChain;
import io.virtentropy.virtio.queue.RingFault;
import io.virtentropy.virtio.queue.SplitVirtqueue;
import java.nio.ByteBuffer;

/** A split queue and the driver at its other side, with room for tables and buffers behind. */
public final class QueueBench {
  /** Where guest memory begins. */
  public static final long RAM = 0x8000_0000L;

  /** How much there is of it. */
  public static final int RAM_BYTES = 4 << 20;

  /** Where the ring is; the largest takes less than 1 MiB. */
  public static final long RING = RAM;

  /** Where indirect tables are. */
  public static final long TABLES = RAM + 0x10_0000L;

  /** Where buffers are: the last 2 MiB. */
  public static final long BUFFERS = RAM + 0x20_0000L;

  /** Guest memory. */
  public final GuestMemory memory;

  /** The driver. */
  public final SplitRingDriver driver;

  /** The device's side. */
  public final SplitVirtqueue queue;

  /** Filled by {@link #pop}. */
  public final DescriptorChain chain = new DescriptorChain();

  /** A live queue over fresh RAM with every feature. */
  public QueueBench(int size) {
    this(ram(), size, true, true);
  }

  /** A live queue. */
  public QueueBench(GuestMemory memory, int size, boolean eventIndex, boolean indirect) {
    this.memory = memory;
    this.driver = new SplitRingDriver(memory, RING, size, eventIndex);
    this.queue = new SplitVirtqueue(memory, size);
    queue.place(driver.descriptorTable(), driver.availRing(), driver.usedRing());
    assertTrue(queue.enable(eventIndex, indirect), () -> queue.fault().describe());
  }

  /** Fresh RAM. */
  public static RegionMemory ram() {
    return RegionMemory.of(
        RegionMemory.Sharing.SINGLE_THREADED, RAM, ByteBuffer.allocate(RAM_BYTES));
  }

  /** Takes a chain that must be there. */
  public DescriptorChain pop() {
    assertEquals(SplitVirtqueue.CHAIN, queue.pop(chain), () -> String.valueOf(queue.fault()));
    return chain;
  }

  /** Asserts that nothing is available. */
  public void expectEmpty() {
    assertEquals(SplitVirtqueue.EMPTY, queue.pop(chain), () -> String.valueOf(queue.fault()));
  }

  /** Asserts that the next chain, or what should be one, is a fault. */
  public void expectFault(RingFault fault) {
    assertEquals(SplitVirtqueue.FAULT, queue.pop(chain));
    assertEquals(fault, queue.fault());
  }

  /** Makes one head available by hand. */
  public void makeAvailable(int head) {
    int index = driver.nextAvail();
    driver.rawAvailEntry(index, head);
    driver.rawAvailIndex(index + 1);
  }

  /** Returns the chain taken last. */
  public boolean push(int written) {
    queue.push(chain.head(), written);
    return queue.publish();
  }
}
