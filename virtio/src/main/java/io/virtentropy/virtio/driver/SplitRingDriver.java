package io.virtentropy.virtio.driver;

import static io.virtentropy.virtio.queue.SplitRingLayout.AVAIL_ENTRY_BYTES;
import static io.virtentropy.virtio.queue.SplitRingLayout.DESCRIPTOR_BYTES;
import static io.virtentropy.virtio.queue.SplitRingLayout.DESCRIPTOR_LEN;
import static io.virtentropy.virtio.queue.SplitRingLayout.INDIRECT;
import static io.virtentropy.virtio.queue.SplitRingLayout.NEXT;
import static io.virtentropy.virtio.queue.SplitRingLayout.NO_INTERRUPT;
import static io.virtentropy.virtio.queue.SplitRingLayout.NO_NOTIFY;
import static io.virtentropy.virtio.queue.SplitRingLayout.RING_ENTRIES;
import static io.virtentropy.virtio.queue.SplitRingLayout.RING_FLAGS;
import static io.virtentropy.virtio.queue.SplitRingLayout.RING_IDX;
import static io.virtentropy.virtio.queue.SplitRingLayout.USED_ENTRY_BYTES;
import static io.virtentropy.virtio.queue.SplitRingLayout.WRITE;

import io.virtentropy.virtio.memory.GuestMemory;
import io.virtentropy.virtio.queue.SplitRingLayout;
import java.util.List;

/**
 * The driver's side of a split virtqueue (virtio 1.3 §2.7.13).
 *
 * <pre>{@code
 * SplitRingDriver ring = new SplitRingDriver(memory, 0x1000, 8, true);
 * // … tell the device where the parts are …
 * ring.post(buffer, 64);
 * if (ring.publish()) {
 *   kick();
 * }
 * while (ring.reap()) {
 *   use(ring.reapedHead(), ring.reapedLength());
 * }
 * }</pre>
 *
 * <p>The well-behaved calls keep a list of free descriptors. The {@code raw} calls write whatever
 * they are told, for tests of what a device makes of a broken driver. Posting a single descriptor,
 * publishing and reaping allocate nothing.
 *
 * <p>Used by one thread at a time.
 */
public final class SplitRingDriver {
  private final GuestMemory memory;
  private final int size;
  private final boolean eventIndex;
  private final long table;
  private final long avail;
  private final long used;

  /** The chain of descriptors that follow each one while it is posted, or that are free. */
  private final int[] following;

  private final int[] chainLength;
  private int firstFree;
  private int free;

  private int nextAvail;
  private int publishedAvail;
  private int nextUsed;
  private int reapedHead;
  private int reapedLength;

  /**
   * Lays out an empty ring in memory, all zero: descriptor table, available ring, used ring, one
   * behind the other, as close as their alignment allows.
   *
   * @param memory the guest's memory
   * @param base where, a multiple of 16
   * @param size the queue size, a power of 2 from 1 to 32768
   * @param eventIndex whether {@code VIRTIO_F_EVENT_IDX} is negotiated
   */
  public SplitRingDriver(GuestMemory memory, long base, int size, boolean eventIndex) {
    this(
        memory,
        base,
        base + SplitRingLayout.descriptorTableBytes(size),
        usedBehind(base, size),
        size,
        eventIndex);
  }

  /**
   * Lays out an empty ring whose parts lie apart, all zero.
   *
   * @param memory the guest's memory
   * @param table where the descriptor table goes
   * @param avail where the available ring goes
   * @param used where the used ring goes
   * @param size the queue size, a power of 2 from 1 to 32768
   * @param eventIndex whether {@code VIRTIO_F_EVENT_IDX} is negotiated
   */
  public SplitRingDriver(
      GuestMemory memory, long table, long avail, long used, int size, boolean eventIndex) {
    if (!SplitRingLayout.isLegalSize(size)) {
      throw new IllegalArgumentException(
          "queue size " + size + "; a power of 2 from 1 to 32768 is accepted");
    }
    this.memory = memory;
    this.table = table;
    this.avail = avail;
    this.used = used;
    this.size = size;
    this.eventIndex = eventIndex;
    this.following = new int[size];
    this.chainLength = new int[size];
    zero(table, SplitRingLayout.descriptorTableBytes(size));
    zero(avail, SplitRingLayout.availRingBytes(size, eventIndex));
    zero(used, SplitRingLayout.usedRingBytes(size, eventIndex));
    for (int i = 0; i < size; i++) {
      following[i] = i + 1;
    }
    free = size;
  }

  /**
   * How much memory a ring laid out by the first constructor takes.
   *
   * @param size the queue size
   * @return bytes from its base on
   */
  public static long bytes(int size) {
    return usedBehind(0, size) + SplitRingLayout.usedRingBytes(size, true);
  }

  private static long usedBehind(long base, int size) {
    long end =
        base
            + SplitRingLayout.descriptorTableBytes(size)
            + SplitRingLayout.availRingBytes(size, true);
    return end + SplitRingLayout.USED_ALIGN - 1 & -SplitRingLayout.USED_ALIGN;
  }

  private void zero(long address, long length) {
    for (long i = 0; i < length; i++) {
      memory.storeByte(address + i, (byte) 0);
    }
  }

  /**
   * Where the descriptor table is.
   *
   * @return a guest-physical address
   */
  public long descriptorTable() {
    return table;
  }

  /**
   * Where the available ring is.
   *
   * @return a guest-physical address
   */
  public long availRing() {
    return avail;
  }

  /**
   * Where the used ring is.
   *
   * @return a guest-physical address
   */
  public long usedRing() {
    return used;
  }

  /**
   * The queue size.
   *
   * @return a power of 2
   */
  public int size() {
    return size;
  }

  /**
   * How many descriptors are free.
   *
   * @return 0 to the queue size
   */
  public int freeDescriptors() {
    return free;
  }

  /**
   * Starts both indices at a given value, as a ring has after many buffers. Only while nothing is
   * posted.
   *
   * @param index the free-running 16-bit index
   */
  public void startAt(int index) {
    nextAvail = index & 0xffff;
    publishedAvail = nextAvail;
    nextUsed = nextAvail;
    memory.storeShort(avail + RING_IDX, (short) nextAvail);
    memory.storeShort(used + RING_IDX, (short) nextUsed);
    if (eventIndex) {
      memory.storeShort(avail + SplitRingLayout.usedEvent(size), (short) nextUsed);
      memory.storeShort(used + SplitRingLayout.availEvent(size), (short) nextAvail);
    }
  }

  // ---- making buffers available

  /**
   * Posts one writable buffer in one descriptor. Not visible before {@link #publish}.
   *
   * @param address guest-physical address
   * @param length length in bytes
   * @return the head
   * @throws IllegalStateException if no descriptor is free
   */
  public int post(long address, int length) {
    int head = take(1);
    rawDescriptor(head, address, length, WRITE, 0);
    makeAvailable(head);
    return head;
  }

  /**
   * Posts a chain of direct descriptors. Not visible before {@link #publish}.
   *
   * @param pieces its pieces in order, 1 or more
   * @return the head
   * @throws IllegalStateException if there are too few free descriptors
   */
  public int post(List<ChainPiece> pieces) {
    int head = take(pieces.size());
    int index = head;
    for (int i = 0; i < pieces.size(); i++) {
      boolean last = i == pieces.size() - 1;
      int flags = flagsOf(pieces.get(i)) | (last ? 0 : NEXT);
      int next = last ? 0 : following[index];
      rawDescriptor(index, pieces.get(i).address(), pieces.get(i).length(), flags, next);
      index = next;
    }
    makeAvailable(head);
    return head;
  }

  /**
   * Posts a chain of direct descriptors that ends in an indirect table. Not visible before {@link
   * #publish}.
   *
   * @param direct pieces in the ring's own table, perhaps none
   * @param indirectTable where the table goes in guest memory
   * @param indirect its pieces in order, 1 or more
   * @return the head
   * @throws IllegalStateException if there are too few free descriptors
   */
  public int postIndirect(List<ChainPiece> direct, long indirectTable, List<ChainPiece> indirect) {
    int head = take(direct.size() + 1);
    int index = head;
    for (ChainPiece piece : direct) {
      int next = following[index];
      rawDescriptor(index, piece.address(), piece.length(), flagsOf(piece) | NEXT, next);
      index = next;
    }
    for (int i = 0; i < indirect.size(); i++) {
      ChainPiece piece = indirect.get(i);
      int flags = flagsOf(piece) | (i == indirect.size() - 1 ? 0 : NEXT);
      rawDescriptorAt(
          indirectTable + (long) DESCRIPTOR_BYTES * i,
          piece.address(),
          piece.length(),
          flags,
          i + 1);
    }
    rawDescriptor(index, indirectTable, DESCRIPTOR_BYTES * indirect.size(), INDIRECT, 0);
    makeAvailable(head);
    return head;
  }

  private static int flagsOf(ChainPiece piece) {
    return piece.writable() ? WRITE : 0;
  }

  /** Takes linked descriptors off the free list; the first keeps count of them. */
  private int take(int count) {
    if (count < 1 || count > free) {
      throw new IllegalStateException(count + " descriptors wanted, " + free + " are free");
    }
    int head = firstFree;
    int last = head;
    for (int i = 1; i < count; i++) {
      last = following[last];
    }
    firstFree = following[last];
    free -= count;
    chainLength[head] = count;
    return head;
  }

  private void makeAvailable(int head) {
    rawAvailEntry(nextAvail, head);
    nextAvail = (nextAvail + 1) & 0xffff;
  }

  /**
   * Makes everything posted visible to the device.
   *
   * @return true if the device wants to be kicked
   */
  public boolean publish() {
    int before = publishedAvail;
    // Partner of the device's acquire of avail.idx: table and ring are written before.
    memory.storeShortRelease(avail + RING_IDX, (short) nextAvail);
    publishedAvail = nextAvail;
    // Partner of the fence in SplitVirtqueue.expectKicks.
    memory.fullFence();
    if (eventIndex) {
      int event = memory.loadShort(used + SplitRingLayout.availEvent(size)) & 0xffff;
      return SplitRingLayout.eventPassed(event, nextAvail, before);
    }
    return (memory.loadShort(used + RING_FLAGS) & NO_NOTIFY) == 0;
  }

  // ---- taking buffers back

  /**
   * Takes back the next used buffer.
   *
   * @return true if there was one: {@link #reapedHead} and {@link #reapedLength} tell which
   */
  public boolean reap() {
    int index = memory.loadShortAcquire(used + RING_IDX) & 0xffff;
    if (index == nextUsed) {
      return false;
    }
    long element = used + RING_ENTRIES + (long) USED_ENTRY_BYTES * (nextUsed & (size - 1));
    reapedHead = memory.loadInt(element);
    reapedLength = memory.loadInt(element + Integer.BYTES);
    if (reapedHead < 0 || reapedHead >= size || chainLength[reapedHead] == 0) {
      throw new IllegalStateException(
          "the device returned descriptor " + reapedHead + ", which is not posted");
    }
    nextUsed = (nextUsed + 1) & 0xffff;
    release(reapedHead);
    return true;
  }

  private void release(int head) {
    int last = head;
    for (int i = 1; i < chainLength[head]; i++) {
      last = following[last];
    }
    following[last] = firstFree;
    firstFree = head;
    free += chainLength[head];
    chainLength[head] = 0;
  }

  /**
   * The head of the buffer reaped last.
   *
   * @return 0 to the queue size - 1
   */
  public int reapedHead() {
    return reapedHead;
  }

  /**
   * The used length of the buffer reaped last.
   *
   * @return bytes, an unsigned 32-bit number
   */
  public int reapedLength() {
    return reapedLength;
  }

  /**
   * Asks for an interrupt with the next used buffer.
   *
   * @return true if one is there already: {@link #reap} again, no interrupt will come for it
   */
  public boolean expectInterrupt() {
    if (eventIndex) {
      memory.storeShort(avail + SplitRingLayout.usedEvent(size), (short) nextUsed);
    } else {
      memory.storeShort(avail + RING_FLAGS, (short) 0);
    }
    // Partner of the fence in SplitVirtqueue.publish.
    memory.fullFence();
    return (memory.loadShortAcquire(used + RING_IDX) & 0xffff) != nextUsed;
  }

  /**
   * Asks for no interrupts: by the flag, or with the event index by naming an index that lies a
   * whole lap away.
   */
  public void suppressInterrupts() {
    if (eventIndex) {
      rawUsedEvent(nextUsed - 1);
    } else {
      rawAvailFlags(NO_INTERRUPT);
    }
  }

  // ---- for tests: every field, right or wrong

  /**
   * Writes a descriptor of the ring's table.
   *
   * @param index which
   * @param address its addr field
   * @param length its len field
   * @param flags its flags field
   * @param next its next field
   */
  public void rawDescriptor(int index, long address, int length, int flags, int next) {
    rawDescriptorAt(table + (long) DESCRIPTOR_BYTES * index, address, length, flags, next);
  }

  /**
   * Writes a descriptor anywhere, as in an indirect table.
   *
   * @param at guest-physical address of the descriptor
   * @param address its addr field
   * @param length its len field
   * @param flags its flags field
   * @param next its next field
   */
  public void rawDescriptorAt(long at, long address, int length, int flags, int next) {
    memory.storeLong(at, address);
    memory.storeLong(
        at + DESCRIPTOR_LEN,
        (length & 0xffff_ffffL) | (flags & 0xffffL) << 32 | (next & 0xffffL) << 48);
  }

  /**
   * Writes an entry of the available ring.
   *
   * @param index the free-running index whose slot it is
   * @param head what to write
   */
  public void rawAvailEntry(int index, int head) {
    memory.storeShort(
        avail + RING_ENTRIES + (long) AVAIL_ENTRY_BYTES * (index & (size - 1)), (short) head);
  }

  /**
   * Writes the available index and nothing else.
   *
   * @param index what to write
   */
  public void rawAvailIndex(int index) {
    memory.storeShortRelease(avail + RING_IDX, (short) index);
  }

  /**
   * Writes the flags of the available ring.
   *
   * @param flags what to write
   */
  public void rawAvailFlags(int flags) {
    memory.storeShort(avail + RING_FLAGS, (short) flags);
  }

  /**
   * Writes {@code used_event}.
   *
   * @param index what to write
   */
  public void rawUsedEvent(int index) {
    memory.storeShort(avail + SplitRingLayout.usedEvent(size), (short) index);
  }

  /**
   * The available index the driver has come to.
   *
   * @return a free-running 16-bit index
   */
  public int nextAvail() {
    return nextAvail;
  }

  /**
   * The used index as it stands in memory.
   *
   * @return a free-running 16-bit index
   */
  public int usedIndex() {
    return memory.loadShortAcquire(used + RING_IDX) & 0xffff;
  }

  /**
   * The flags of the used ring as they stand in memory.
   *
   * @return the flags
   */
  public int usedFlags() {
    return memory.loadShort(used + RING_FLAGS) & 0xffff;
  }

  /**
   * The {@code avail_event} field as it stands in memory.
   *
   * @return a free-running 16-bit index
   */
  public int availEvent() {
    return memory.loadShort(used + SplitRingLayout.availEvent(size)) & 0xffff;
  }
}
