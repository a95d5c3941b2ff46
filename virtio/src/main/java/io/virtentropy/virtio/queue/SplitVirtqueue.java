package io.virtentropy.virtio.queue;

import static io.virtentropy.virtio.queue.SplitRingLayout.AVAIL_ALIGN;
import static io.virtentropy.virtio.queue.SplitRingLayout.AVAIL_ENTRY_BYTES;
import static io.virtentropy.virtio.queue.SplitRingLayout.DESCRIPTOR_ALIGN;
import static io.virtentropy.virtio.queue.SplitRingLayout.DESCRIPTOR_BYTES;
import static io.virtentropy.virtio.queue.SplitRingLayout.DESCRIPTOR_LEN;
import static io.virtentropy.virtio.queue.SplitRingLayout.INDIRECT;
import static io.virtentropy.virtio.queue.SplitRingLayout.NEXT;
import static io.virtentropy.virtio.queue.SplitRingLayout.NO_INTERRUPT;
import static io.virtentropy.virtio.queue.SplitRingLayout.NO_NOTIFY;
import static io.virtentropy.virtio.queue.SplitRingLayout.RING_ENTRIES;
import static io.virtentropy.virtio.queue.SplitRingLayout.RING_FLAGS;
import static io.virtentropy.virtio.queue.SplitRingLayout.RING_IDX;
import static io.virtentropy.virtio.queue.SplitRingLayout.USED_ALIGN;
import static io.virtentropy.virtio.queue.SplitRingLayout.USED_ENTRY_BYTES;
import static io.virtentropy.virtio.queue.SplitRingLayout.WRITE;

import io.virtentropy.virtio.memory.GuestMemory;
import io.virtentropy.virtio.memory.GuestMemoryException;
import io.virtentropy.virtio.queue.RingFault.RingPart;
import java.util.Objects;

/**
 * The device's side of a split virtqueue (virtio 1.3 §2.7): direct and indirect chains, flag and
 * event-index suppression.
 *
 * <p>Everything in guest memory is hostile. Each field is read once, a whole chain is validated
 * before {@link #pop} hands it out, the work of one call is bounded by the queue size, and what is
 * wrong is returned as {@link #FAULT} with {@link #fault()}, after which the queue takes and
 * returns nothing until it is enabled anew; what was returned before can still be published.
 *
 * <p>Ordering, with the driver's partner of each access:
 *
 * <pre>
 *   pop      load-acquire avail.idx          driver: store-release avail.idx after ring and table
 *   publish  store-release used.idx          driver: load-acquire used.idx, then the element
 *            full fence, load used_event     driver: store used_event, full fence, load used.idx
 *   expectKicks
 *            store avail_event, full fence,  driver: store avail.idx, full fence, load avail_event
 *            load avail.idx
 * </pre>
 *
 * <p>Used by one thread at a time; allocates nothing once its chains have grown.
 */
public final class SplitVirtqueue {
  /** Answer of {@link #pop}: no buffer is available. */
  public static final int EMPTY = 0;

  /** Answer of {@link #pop}: a chain was taken. */
  public static final int CHAIN = 1;

  /** Answer of {@link #pop}: the driver broke the ring; see {@link #fault()}. */
  public static final int FAULT = -1;

  private static final int INDEX_MASK = 0xffff;
  private static final int UNKNOWN = -1;

  private final GuestMemory memory;
  private final int maxSize;

  private int size;
  private long table;
  private long avail;
  private long used;

  private boolean enabled;
  private boolean eventIndex;
  private boolean indirect;
  private boolean notifyOnEmpty;
  private RingFault fault;

  /** The next entry of the available ring to take, free-running modulo 2^16. */
  private int nextAvail;

  /** The driver's index when it was last looked at: entries up to here may be taken. */
  private int seenAvail;

  /** The next entry of the used ring to write. */
  private int nextUsed;

  /** The used index that the driver can see. */
  private int publishedUsed;

  /**
   * What stands in used.flags: 0, {@link SplitRingLayout#NO_NOTIFY}, or {@link #UNKNOWN} until the
   * first write, because an earlier life of the device may have left NO_NOTIFY there.
   */
  private int toldFlags = UNKNOWN;

  /**
   * Creates a queue that is not enabled.
   *
   * @param memory where the rings and buffers are
   * @param maxSize the largest size the driver may choose, a power of 2 from 1 to 32768
   */
  public SplitVirtqueue(GuestMemory memory, int maxSize) {
    this.memory = Objects.requireNonNull(memory, "memory");
    if (!SplitRingLayout.isLegalSize(maxSize)) {
      throw new IllegalArgumentException(
          "queue size " + maxSize + "; a power of 2 from 1 to 32768 is accepted");
    }
    this.maxSize = maxSize;
    reset();
  }

  // ---- set-up by the driver, through a transport

  /** Forgets everything the driver set up: the state at power-on. */
  public void reset() {
    size = maxSize;
    table = 0;
    avail = 0;
    used = 0;
    notifyOnEmpty = false;
    disable();
    setPosition(0, 0);
  }

  /**
   * The largest size.
   *
   * @return what the constructor was given
   */
  public int maxSize() {
    return maxSize;
  }

  /**
   * The size the driver chose.
   *
   * @return a power of 2 up to {@link #maxSize()}
   */
  public int size() {
    return size;
  }

  /**
   * Chooses the size, while the queue is not enabled.
   *
   * @param newSize the driver's choice
   * @return false if it is illegal or the queue is enabled; the size is unchanged then
   */
  public boolean chooseSize(int newSize) {
    if (enabled || newSize > maxSize || !SplitRingLayout.isLegalSize(newSize)) {
      return false;
    }
    size = newSize;
    return true;
  }

  /**
   * Places the three parts, while the queue is not enabled. Not validated until the queue is used.
   *
   * @param descriptorTable guest-physical address of the descriptor table
   * @param availRing guest-physical address of the available ring
   * @param usedRing guest-physical address of the used ring
   */
  public void place(long descriptorTable, long availRing, long usedRing) {
    if (enabled) {
      return;
    }
    table = descriptorTable;
    avail = availRing;
    used = usedRing;
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
   * Lets the queue go live. Where the parts lie is checked here.
   *
   * @param withEventIndex whether {@code VIRTIO_F_EVENT_IDX} was negotiated
   * @param withIndirect whether {@code VIRTIO_F_INDIRECT_DESC} was negotiated
   * @return true if the queue is live; false if the driver placed it wrongly: {@link #fault()} says
   *     how, and {@link #pop} answers {@link #FAULT}
   */
  public boolean enable(boolean withEventIndex, boolean withIndirect) {
    eventIndex = withEventIndex;
    indirect = withIndirect;
    toldFlags = UNKNOWN;
    enabled = true;
    fault = placementFault();
    return fault == null;
  }

  /**
   * Notifies whenever the queue runs out of buffers, however the driver suppresses that: {@code
   * VIRTIO_F_NOTIFY_ON_EMPTY} of legacy drivers (virtio 1.3 §6.3). Off after a reset.
   *
   * @param on whether that was negotiated
   */
  public void setNotifyOnEmpty(boolean on) {
    notifyOnEmpty = on;
  }

  /** Takes the queue out of service; sizes, places and positions stay. */
  public void disable() {
    enabled = false;
    fault = null;
  }

  /**
   * Says whether the queue is in service.
   *
   * @return true after {@link #enable}
   */
  public boolean isEnabled() {
    return enabled;
  }

  /**
   * What the driver did wrong.
   *
   * @return the fault, or null
   */
  public RingFault fault() {
    return fault;
  }

  /**
   * Latches a fault that was found while a chain was filled. The first one stays.
   *
   * @param found what the driver did
   */
  public void fail(RingFault found) {
    if (fault == null) {
      fault = Objects.requireNonNull(found, "found");
    }
  }

  // ---- positions, for saving, restoring and vhost-user

  /**
   * The next entry of the available ring to take.
   *
   * @return a free-running 16-bit index
   */
  public int nextAvail() {
    return nextAvail;
  }

  /**
   * The next entry of the used ring to write.
   *
   * @return a free-running 16-bit index
   */
  public int nextUsed() {
    return nextUsed;
  }

  /**
   * Continues from given positions, as after a restore.
   *
   * @param availIndex the next entry of the available ring to take, free-running 16 bit
   * @param usedIndex the next entry of the used ring to write, free-running 16 bit
   */
  public void setPosition(int availIndex, int usedIndex) {
    nextAvail = availIndex & INDEX_MASK;
    seenAvail = nextAvail;
    nextUsed = usedIndex & INDEX_MASK;
    publishedUsed = nextUsed;
  }

  /**
   * Takes the used position from the ring itself, which is where a vhost-user back-end finds it.
   *
   * @return false if the ring can't be read; {@link #fault()} says why
   */
  public boolean adoptUsedIndex() {
    if (fault != null) {
      return false;
    }
    try {
      nextUsed = memory.loadShortAcquire(used + RING_IDX) & INDEX_MASK;
      publishedUsed = nextUsed;
      return true;
    } catch (GuestMemoryException e) {
      fault = outside(RingPart.USED_RING, e);
      return false;
    }
  }

  /**
   * Puts back the chains taken last, in order, so that the next {@link #pop} takes them again.
   *
   * @param chains how many, 0 up to those taken and not pushed
   */
  public void putBack(int chains) {
    nextAvail = (nextAvail - chains) & INDEX_MASK;
  }

  // ---- the data path

  /**
   * Takes the next chain that the driver made available.
   *
   * @param chain filled if the answer is {@link #CHAIN}
   * @return {@link #CHAIN}, {@link #EMPTY}, or {@link #FAULT}
   */
  public int pop(DescriptorChain chain) {
    if (fault != null) {
      return FAULT;
    }
    if (!enabled) {
      return EMPTY;
    }
    try {
      if (nextAvail == seenAvail && !lookForMore()) {
        return fault == null ? EMPTY : FAULT;
      }
      int entry = RING_ENTRIES + AVAIL_ENTRY_BYTES * (nextAvail & (size - 1));
      int head = memory.loadShort(avail + entry) & 0xffff;
      if (head >= size) {
        fault = new RingFault.HeadOutOfRange(head, size);
        return FAULT;
      }
      fault = walk(head, chain);
    } catch (GuestMemoryException e) {
      fault = outside(RingPart.AVAIL_RING, e);
    }
    if (fault != null) {
      return FAULT;
    }
    nextAvail = (nextAvail + 1) & INDEX_MASK;
    return CHAIN;
  }

  /** Looks at the driver's index; true if there is something new. */
  private boolean lookForMore() {
    int found = memory.loadShortAcquire(avail + RING_IDX) & INDEX_MASK;
    int lead = (found - nextAvail) & INDEX_MASK;
    if (lead > size) {
      fault = new RingFault.AvailIndexJumped(nextAvail, found, size);
      return false;
    }
    seenAvail = found;
    return lead != 0;
  }

  /** Follows a chain and copies what it says; returns the first thing wrong with it, or null. */
  private RingFault walk(int head, DescriptorChain chain) {
    chain.begin(head);
    long entries = size;
    long base = table;
    boolean inTable = false;
    boolean writable = false;
    int index = head;
    int left = size; // virtio 1.3 §2.7.5.3.1: no chain is longer than the queue
    while (true) {
      long descriptor = base + (long) DESCRIPTOR_BYTES * index;
      long address;
      long rest;
      try {
        address = memory.loadLong(descriptor);
        rest = memory.loadLong(descriptor + DESCRIPTOR_LEN);
      } catch (GuestMemoryException e) {
        return inTable
            ? new RingFault.BufferOutsideMemory(head, descriptor, DESCRIPTOR_BYTES)
            : outside(RingPart.DESCRIPTOR_TABLE, e);
      }
      long length = rest & 0xffff_ffffL;
      int flags = (int) (rest >>> 32) & 0xffff;
      int next = (int) (rest >>> 48);
      if ((flags & INDIRECT) != 0) {
        // §2.7.5.3.2: any number of direct descriptors may come first; WRITE is ignored here.
        if (!indirect) {
          return new RingFault.IndirectNotNegotiated(head);
        }
        if (inTable) {
          return new RingFault.IndirectNested(head);
        }
        if ((flags & NEXT) != 0) {
          return new RingFault.IndirectWithNext(head);
        }
        if (length == 0 || length % DESCRIPTOR_BYTES != 0) {
          return new RingFault.IndirectTableSize(head, length);
        }
        if (!memory.isRam(address, length)) {
          return new RingFault.BufferOutsideMemory(head, address, length);
        }
        base = address;
        entries = length / DESCRIPTOR_BYTES;
        index = 0;
        inTable = true;
        continue;
      }
      if (left-- == 0) {
        return new RingFault.ChainTooLong(head, size);
      }
      chain.countDescriptor();
      if ((flags & WRITE) != 0) {
        writable = true;
        if (!memory.isRam(address, length)) {
          return new RingFault.BufferOutsideMemory(head, address, length);
        }
        if (length != 0) {
          chain.addWritable(address, length);
        }
      } else if (writable) {
        return new RingFault.ReadableAfterWritable(head);
      }
      if ((flags & NEXT) == 0) {
        return null;
      }
      if (next >= entries) {
        return new RingFault.NextOutOfRange(next, (int) Math.min(entries, Integer.MAX_VALUE));
      }
      index = next;
    }
  }

  /**
   * Returns a chain to the driver. Not visible to it before {@link #publish}.
   *
   * @param head the chain's head
   * @param written how many bytes were written, counted from the first writable byte; unsigned
   */
  public void push(int head, int written) {
    if (fault != null) {
      return;
    }
    long element = used + RING_ENTRIES + (long) USED_ENTRY_BYTES * (nextUsed & (size - 1));
    try {
      memory.storeLong(element, (head & 0xffff_ffffL) | (long) written << 32);
    } catch (GuestMemoryException e) {
      fault = outside(RingPart.USED_RING, e);
      return;
    }
    nextUsed = (nextUsed + 1) & INDEX_MASK;
  }

  /**
   * Makes pushed chains visible to the driver, one store for all of them.
   *
   * @return true if the driver wants a used-buffer notification for them
   */
  public boolean publish() {
    if (!enabled || nextUsed == publishedUsed) {
      return false;
    }
    int before = publishedUsed;
    try {
      memory.storeShortRelease(used + RING_IDX, (short) nextUsed);
      publishedUsed = nextUsed;
      // §2.7.7.2: the store of used.idx must be visible before used_event is read, else both sides
      // may decide that the other will look.
      memory.fullFence();
      if (notifyOnEmpty && isDrained()) {
        return true;
      }
      if (eventIndex) {
        int event = memory.loadShort(avail + SplitRingLayout.usedEvent(size)) & 0xffff;
        return SplitRingLayout.eventPassed(event, nextUsed, before);
      }
      return (memory.loadShort(avail + RING_FLAGS) & NO_INTERRUPT) == 0;
    } catch (GuestMemoryException e) {
      fail(outside(RingPart.USED_RING, e));
      return false;
    }
  }

  /** Whether all that was made available has been returned: both indices count the same chains. */
  private boolean isDrained() {
    return nextAvail == nextUsed
        && (memory.loadShortAcquire(avail + RING_IDX) & INDEX_MASK) == nextAvail;
  }

  /**
   * Asks the driver to kick for the next buffer, then looks once more. Called before going idle.
   *
   * @return true if a buffer was made available in the meantime: {@link #pop} again
   */
  public boolean expectKicks() {
    if (fault != null || !enabled) {
      return false;
    }
    try {
      if (eventIndex) {
        memory.storeShort(used + SplitRingLayout.availEvent(size), (short) nextAvail);
      } else if (toldFlags != 0) {
        memory.storeShort(used + RING_FLAGS, (short) 0);
        toldFlags = 0;
      } else {
        return false; // nothing was told to the driver since it was last looked at
      }
      // §2.7.10: what the driver is told must be visible before its index is read.
      memory.fullFence();
      return (memory.loadShortAcquire(avail + RING_IDX) & INDEX_MASK) != nextAvail;
    } catch (GuestMemoryException e) {
      fault = outside(RingPart.USED_RING, e);
      return false;
    }
  }

  /**
   * Tells the driver that it need not kick, because the device polls. With the event index there is
   * nothing to say: an index that is not moved on asks for nothing.
   */
  public void suppressKicks() {
    if (fault != null || !enabled || eventIndex || toldFlags == NO_NOTIFY) {
      return;
    }
    try {
      memory.storeShort(used + RING_FLAGS, (short) NO_NOTIFY);
      toldFlags = NO_NOTIFY;
    } catch (GuestMemoryException e) {
      fault = outside(RingPart.USED_RING, e);
    }
  }

  /**
   * Looks, without taking anything, whether the driver's index has moved: what a polling device
   * does between kicks.
   *
   * @return true if {@link #pop} would find a chain or a fault
   */
  public boolean hasAvailable() {
    if (fault != null || !enabled) {
      return false;
    }
    if (nextAvail != seenAvail) {
      return true;
    }
    try {
      return (memory.loadShortAcquire(avail + RING_IDX) & INDEX_MASK) != nextAvail;
    } catch (GuestMemoryException e) {
      fault = outside(RingPart.AVAIL_RING, e);
      return true;
    }
  }

  private RingFault placementFault() {
    if ((table & (DESCRIPTOR_ALIGN - 1)) != 0) {
      return new RingFault.RingMisaligned(RingPart.DESCRIPTOR_TABLE, table, DESCRIPTOR_ALIGN);
    }
    if ((avail & (AVAIL_ALIGN - 1)) != 0) {
      return new RingFault.RingMisaligned(RingPart.AVAIL_RING, avail, AVAIL_ALIGN);
    }
    if ((used & (USED_ALIGN - 1)) != 0) {
      return new RingFault.RingMisaligned(RingPart.USED_RING, used, USED_ALIGN);
    }
    long tableBytes = SplitRingLayout.descriptorTableBytes(size);
    if (!memory.isRam(table, tableBytes)) {
      return new RingFault.RingOutsideMemory(RingPart.DESCRIPTOR_TABLE, table, tableBytes);
    }
    long availBytes = SplitRingLayout.availRingBytes(size, eventIndex);
    if (!memory.isRam(avail, availBytes)) {
      return new RingFault.RingOutsideMemory(RingPart.AVAIL_RING, avail, availBytes);
    }
    long usedBytes = SplitRingLayout.usedRingBytes(size, eventIndex);
    if (!memory.isRam(used, usedBytes)) {
      return new RingFault.RingOutsideMemory(RingPart.USED_RING, used, usedBytes);
    }
    return null;
  }

  /** RAM went away under a live ring, or the embedder's map says otherwise than its accesses. */
  private static RingFault outside(RingPart part, GuestMemoryException e) {
    return new RingFault.RingOutsideMemory(part, e.address(), e.length());
  }
}
