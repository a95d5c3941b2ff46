package io.virtentropy.virtio.device;

import static io.virtentropy.virtio.queue.SplitRingLayout.DESCRIPTOR_BYTES;
import static io.virtentropy.virtio.queue.SplitRingLayout.DESCRIPTOR_LEN;
import static io.virtentropy.virtio.queue.SplitRingLayout.INDIRECT;
import static io.virtentropy.virtio.queue.SplitRingLayout.NEXT;
import static io.virtentropy.virtio.queue.SplitRingLayout.NO_INTERRUPT;
import static io.virtentropy.virtio.queue.SplitRingLayout.RING_ENTRIES;
import static io.virtentropy.virtio.queue.SplitRingLayout.RING_FLAGS;
import static io.virtentropy.virtio.queue.SplitRingLayout.RING_IDX;
import static io.virtentropy.virtio.queue.SplitRingLayout.USED_ENTRY_BYTES;
import static io.virtentropy.virtio.queue.SplitRingLayout.WRITE;

import io.virtentropy.virtio.memory.GuestMemory;
import io.virtentropy.virtio.queue.RingFault;
import io.virtentropy.virtio.queue.SplitRingLayout;
import java.nio.ByteBuffer;

/**
 * A split virtqueue as QEMU reads it (QEMU 7.2, 10.0, 11.1 virtio): any size from 1 to 1024, parts
 * placed anywhere, memory that is not there reads 0 and swallows writes.
 *
 * <p>QEMU looks at a ring in two ways that find different faults. {@link #scan} adds up what is
 * available without taking it, before entropy is asked for; {@link #pop} takes one chain, when
 * entropy has come. The second alone looks at lengths of 0, at the order of readable and writable
 * descriptors and at where buffers lie.
 *
 * <p>Different from QEMU for the host's or the guest's sake: at most {@link #MAX_SCANNED}
 * descriptors are looked at in one scan, and a descriptor with INDIRECT that is not the head of its
 * chain is a fault when it has WRITE too, where QEMU writes random bytes over the table.
 */
final class QemuRing {
  static final int EMPTY = 0;
  static final int CHAIN = 1;
  static final int FAULT = -1;

  /** The largest queue size, and the most pieces of a chain. */
  static final int MAX_SIZE = 1024;

  /**
   * The most descriptors one scan looks at; QEMU's only bound are the tables' lengths, 2^28 each.
   * Enough for a full queue of full tables of 64.
   */
  static final int MAX_SCANNED = 1 << 16;

  /** How many bytes of a chain may lie where no RAM is. */
  static final int BOUNCE_BYTES = 4096;

  private static final int MASK = 0xffff;

  private final GuestMemory memory;
  private final QemuVersion version;

  private boolean eventIndex;
  private boolean notifyOnEmpty;

  int size;

  /**
   * Whether the parts could be mapped when they were placed. QEMU knows none of them while the
   * table's address is 0, or after one has turned out to be cut off.
   */
  private boolean mapped;

  /** The size when the parts were placed: QEMU maps the table once, and knows how long it is. */
  private int mappedSize;

  long table;
  long avail;
  long used;

  private int lastAvail;
  private int seenAvail;
  private int usedIdx;
  private int signalledUsed;
  private boolean signalledValid;

  private RingFault fault;

  /** Chains taken and not returned: those that had no used ring to be returned to. */
  private int inUse;

  // The chain popped last.
  private int head;
  private int pieces;
  private final long[] addresses = new long[MAX_SIZE];
  private final long[] lengths = new long[MAX_SIZE];
  private final boolean[] inRam = new boolean[MAX_SIZE];
  private int outPieces;
  private int bounceLeft;

  // The descriptor read last.
  private long descriptorAddress;
  private long descriptorLength;
  private int descriptorFlags;
  private int descriptorNext;

  QemuRing(GuestMemory memory, QemuVersion version) {
    this.memory = memory;
    this.version = version;
    reset();
  }

  // ---- set-up

  void reset() {
    size = version.queueSize();
    table = 0;
    avail = 0;
    used = 0;
    mapped = false;
    setPositions(0, 0, 0, 0, false);
    inUse = 0;
    fault = null;
  }

  /** Takes the features that change how the ring is read. */
  void setFeatures(long features) {
    eventIndex = (features & VirtioFeature.EVENT_IDX) != 0;
    notifyOnEmpty = (features & VirtioFeature.NOTIFY_ON_EMPTY) != 0;
  }

  /**
   * Places the parts and maps them.
   *
   * @return what is wrong with a place; null if nothing is
   */
  RingFault place(long newTable, long newAvail, long newUsed) {
    mappedSize = size;
    table = newTable;
    avail = newAvail;
    used = newUsed;
    RingFault wrong = table == 0 ? null : placementFault();
    mapped = table != 0 && wrong == null;
    return wrong;
  }

  /**
   * Changes the size, whatever the queue is doing.
   *
   * @return what is wrong with a place now; null if nothing is
   */
  RingFault resize(int newSize) {
    size = newSize;
    return version.mapsRingsOnResize() ? place(table, avail, used) : null;
  }

  /** Places the parts as a legacy driver does; QEMU leaves no room for used_event. */
  RingFault placeLegacy(long base, int align) {
    long newAvail = base + SplitRingLayout.descriptorTableBytes(size);
    long end = newAvail + SplitRingLayout.availRingBytes(size, false);
    return place(base, newAvail, Long.divideUnsigned(end + align - 1, align) * align);
  }

  /** What is wrong with the places: a part that begins in RAM, or at all, must end there. */
  private RingFault placementFault() {
    RingFault wrong =
        cutOff(
            RingFault.RingPart.DESCRIPTOR_TABLE, table, SplitRingLayout.descriptorTableBytes(size));
    if (wrong == null) {
      wrong =
          cutOff(
              RingFault.RingPart.USED_RING, used, SplitRingLayout.usedRingBytes(size, eventIndex));
    }
    if (wrong == null) {
      wrong =
          cutOff(
              RingFault.RingPart.AVAIL_RING,
              avail,
              SplitRingLayout.availRingBytes(size, eventIndex));
    }
    return wrong;
  }

  private RingFault cutOff(RingFault.RingPart part, long address, long length) {
    return isCutOff(address, length)
        ? new RingFault.RingOutsideMemory(part, address, length)
        : null;
  }

  /** Whether something begins in RAM, or at all, and doesn't end there. */
  private boolean isCutOff(long address, long length) {
    boolean wraps = address < 0 && address + length - 1 >= 0;
    return wraps || (memory.isRam(address, 1) && !memory.isRam(address, length));
  }

  int lastAvail() {
    return lastAvail;
  }

  int seenAvail() {
    return seenAvail;
  }

  int usedIdx() {
    return usedIdx;
  }

  int signalledUsed() {
    return signalledUsed;
  }

  boolean isSignalledValid() {
    return signalledValid;
  }

  void setPositions(int last, int seen, int usedIndex, int signalled, boolean valid) {
    lastAvail = last;
    seenAvail = seen;
    usedIdx = usedIndex;
    signalledUsed = signalled;
    signalledValid = valid;
  }

  /** What was wrong when the last call answered {@link #FAULT}. */
  RingFault fault() {
    return fault;
  }

  // ---- looking

  boolean isEmpty() {
    if (avail == 0) {
      return true;
    }
    return seenAvail == lastAvail && loadAvailIdx() == lastAvail;
  }

  /**
   * Adds up the writable lengths of available chains, in 32 bits as QEMU does, until the sum
   * reaches a limit.
   *
   * @return the sum, or {@link #FAULT}
   */
  long scan(long limit) {
    if (!mapped) {
      return 0;
    }
    if (size > mappedSize) {
      return notMapped();
    }
    long sum = 0;
    int counted = 0; // descriptors of direct chains, and one per indirect one
    int budget = MAX_SCANNED;
    for (int index = lastAvail; ; index++) {
      int heads = countHeads(index);
      if (heads <= 0) {
        return heads < 0 ? FAULT : sum;
      }
      int first = availEntry(index);
      if (first < 0) {
        return FAULT;
      }
      long base = table;
      long entries = size;
      int inChain = counted;
      readDescriptor(base, first);
      boolean indirect = (descriptorFlags & INDIRECT) != 0;
      if (indirect) {
        if (!isTable(first)) {
          return FAULT;
        }
        if (counted >= size) {
          return fail(new RingFault.ChainTooLong(first, size));
        }
        base = descriptorAddress;
        entries = descriptorLength / DESCRIPTOR_BYTES;
        inChain = 0;
        readDescriptor(base, 0);
      }
      while (true) {
        if (++inChain > entries) {
          return fail(new RingFault.ChainTooLong(first, size));
        }
        if ((descriptorFlags & WRITE) != 0) {
          sum = (sum + descriptorLength) & 0xffff_ffffL;
        }
        if (sum >= limit || --budget == 0) {
          return sum;
        }
        if ((descriptorFlags & NEXT) == 0) {
          break;
        }
        if (descriptorNext >= entries) {
          return fail(new RingFault.NextOutOfRange(descriptorNext, (int) entries));
        }
        readDescriptor(base, descriptorNext);
      }
      counted = indirect ? counted + 1 : inChain;
    }
  }

  private boolean isTable(int first) {
    if (descriptorLength == 0 || descriptorLength % DESCRIPTOR_BYTES != 0) {
      fail(new RingFault.IndirectTableSize(first, descriptorLength));
      return false;
    }
    if (isCutOff(descriptorAddress, descriptorLength)) {
      fail(new RingFault.BufferOutsideMemory(first, descriptorAddress, descriptorLength));
      return false;
    }
    return true;
  }

  /** How many chains are available from an index on; {@link #FAULT} if that can't be. */
  private int countHeads(int index) {
    // QEMU compares with an index that has not been cut to 16 bits.
    int found = version.keepsSeenIndex() && seenAvail != index ? seenAvail : loadAvailIdx();
    int heads = (found - index) & MASK;
    return heads > size ? fail(new RingFault.AvailIndexJumped(index & MASK, found, size)) : heads;
  }

  private int availEntry(int index) {
    int entry = load16(avail + RING_ENTRIES + 2L * Integer.remainderUnsigned(index, size));
    return entry >= size ? fail(new RingFault.HeadOutOfRange(entry, size)) : entry;
  }

  // ---- taking

  /** Takes the next chain and finds out where its bytes go. */
  int pop() {
    if (isEmpty()) {
      return EMPTY;
    }
    if (inUse >= size) {
      return fail(new RingFault.AvailIndexJumped(lastAvail, seenAvail, size));
    }
    int index = lastAvail;
    lastAvail = (lastAvail + 1) & MASK;
    head = availEntry(index);
    if (head < 0) {
      return FAULT;
    }
    if (eventIndex) {
      store16(used + SplitRingLayout.availEvent(size), lastAvail);
    }
    if (!mapped || size > mappedSize) {
      return notMapped();
    }
    pieces = 0;
    outPieces = 0;
    bounceLeft = BOUNCE_BYTES;
    long base = table;
    long entries = size;
    readDescriptor(base, head);
    boolean isHead = true;
    if ((descriptorFlags & INDIRECT) != 0) {
      if (!isTable(head)) {
        return FAULT;
      }
      base = descriptorAddress;
      entries = descriptorLength / DESCRIPTOR_BYTES;
      readDescriptor(base, 0);
      isHead = false;
    }
    for (int taken = 1; ; taken++) {
      if (!take(isHead)) {
        return FAULT;
      }
      if (taken > entries) {
        return fail(new RingFault.ChainTooLong(head, size));
      }
      if ((descriptorFlags & NEXT) == 0) {
        return CHAIN;
      }
      if (descriptorNext >= entries) {
        return fail(new RingFault.NextOutOfRange(descriptorNext, (int) entries));
      }
      readDescriptor(base, descriptorNext);
      isHead = false;
    }
  }

  private int notMapped() {
    return fail(
        new RingFault.RingOutsideMemory(
            RingFault.RingPart.DESCRIPTOR_TABLE,
            table,
            SplitRingLayout.descriptorTableBytes(size)));
  }

  /** Takes one descriptor's bytes into the chain. */
  private boolean take(boolean isHead) {
    boolean writable = (descriptorFlags & WRITE) != 0;
    if (writable && !isHead && (descriptorFlags & INDIRECT) != 0) {
      fail(new RingFault.IndirectNested(head)); // QEMU would write over the table
      return false;
    }
    if (!writable && pieces > 0) {
      fail(new RingFault.ReadableAfterWritable(head));
      return false;
    }
    if (descriptorLength == 0) {
      fail(new RingFault.ZeroLengthBuffer(head));
      return false;
    }
    long address = descriptorAddress;
    long left = descriptorLength;
    while (left != 0) {
      if (pieces + outPieces == MAX_SIZE) {
        fail(new RingFault.ChainTooLong(head, MAX_SIZE));
        return false;
      }
      long part = ramFrom(address, left);
      boolean ram = part != 0;
      if (!ram) {
        part = gapFrom(address, Math.min(left, bounceLeft));
        if (part == 0) {
          fail(new RingFault.BufferOutsideMemory(head, address, left));
          return false;
        }
        bounceLeft = version.manyBounceBuffers() ? bounceLeft - (int) part : 0;
      }
      if (writable) {
        addresses[pieces] = address;
        lengths[pieces] = part;
        inRam[pieces] = ram;
        pieces++;
      } else {
        outPieces++;
      }
      address += part;
      left -= part;
    }
    return true;
  }

  /** How many bytes from an address on are RAM. */
  private long ramFrom(long address, long most) {
    if (!memory.isRam(address, 1)) {
      return 0;
    }
    if (memory.isRam(address, most)) {
      return most;
    }
    long good = 1;
    long bad = most;
    while (bad - good > 1) {
      long middle = (good + bad) >>> 1;
      if (memory.isRam(address, middle)) {
        good = middle;
      } else {
        bad = middle;
      }
    }
    return good;
  }

  /** How many bytes from an address on are not RAM. */
  private long gapFrom(long address, long most) {
    long length = 0;
    while (length < most && !memory.isRam(address + length, 1)) {
      length++;
    }
    return length;
  }

  /**
   * Copies bytes into the writable part of the chain, as many as fit; those outside RAM are lost.
   *
   * @return how many were used up
   */
  int fill(ByteBuffer bytes, int from, int length) {
    int done = 0;
    for (int piece = 0; piece < pieces && done < length; piece++) {
      int part = (int) Math.min(lengths[piece], length - done);
      if (inRam[piece]) {
        memory.write(addresses[piece], bytes, from + done, part);
      }
      done += part;
    }
    return done;
  }

  // ---- returning

  /** Returns the chain popped last and shows it to the driver. */
  void push(int written) {
    if (used == 0) {
      inUse++;
      return;
    }
    long element =
        used + RING_ENTRIES + (long) USED_ENTRY_BYTES * Integer.remainderUnsigned(usedIdx, size);
    store32(element, head);
    store32(element + Integer.BYTES, written);
    int before = usedIdx;
    usedIdx = (usedIdx + 1) & MASK;
    if (isMapped(used + RING_IDX, Short.BYTES)) {
      memory.storeShortRelease(used + RING_IDX, (short) usedIdx);
    }
    if ((short) (usedIdx - signalledUsed) < ((usedIdx - before) & MASK)) {
      signalledValid = false;
    }
  }

  /**
   * Whether the driver wants to be told now. Asked once per answer of the source, also when nothing
   * was returned.
   *
   * @param stopped whether the device is broken or disabled: its queue counts as empty then
   */
  boolean wantsNotification(boolean stopped) {
    memory.fullFence();
    if (notifyOnEmpty && inUse == 0 && (stopped || isEmpty())) {
      return true;
    }
    if (!eventIndex) {
      return (load16(avail + RING_FLAGS) & NO_INTERRUPT) == 0;
    }
    boolean first = !signalledValid;
    signalledValid = true;
    int before = signalledUsed;
    signalledUsed = usedIdx;
    int event = load16(avail + SplitRingLayout.usedEvent(size));
    return first || SplitRingLayout.eventPassed(event, usedIdx, before);
  }

  // ---- memory that may not be there

  private int loadAvailIdx() {
    if (!mapped) {
      return 0; // and what was seen stays
    }
    seenAvail =
        isMapped(avail + RING_IDX, Short.BYTES)
            ? memory.loadShortAcquire(avail + RING_IDX) & MASK
            : 0;
    return seenAvail;
  }

  private void readDescriptor(long base, int index) {
    long at = base + (long) DESCRIPTOR_BYTES * index;
    long rest = load64(at + DESCRIPTOR_LEN);
    descriptorAddress = load64(at);
    descriptorLength = rest & 0xffff_ffffL;
    descriptorFlags = (int) (rest >>> 32) & MASK;
    descriptorNext = (int) (rest >>> 48);
  }

  /** Whether a field of a ring is there. */
  private boolean isMapped(long address, int length) {
    return mapped && memory.isRam(address, length);
  }

  private int load16(long address) {
    return isMapped(address, Short.BYTES) ? memory.loadShort(address) & MASK : 0;
  }

  private long load64(long address) {
    return memory.isRam(address, Long.BYTES) ? memory.loadLong(address) : 0;
  }

  private void store16(long address, int value) {
    if (isMapped(address, Short.BYTES)) {
      memory.storeShort(address, (short) value);
    }
  }

  private void store32(long address, int value) {
    if (isMapped(address, Integer.BYTES)) {
      memory.storeInt(address, value);
    }
  }

  private int fail(RingFault found) {
    fault = found;
    return FAULT;
  }
}
