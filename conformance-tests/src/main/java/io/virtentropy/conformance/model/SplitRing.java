package io.virtentropy.conformance.model;

import java.util.Optional;

/** What the device does with queue 0's split ring: look ahead, take, give back, tell. */
final class SplitRing {
  private static final int NO_INTERRUPT = 1;

  /**
   * A chain that was taken.
   *
   * @param head its first descriptor
   * @param buffers its memory
   */
  record Taken(int head, BufferPieces buffers) {}

  private final VirtioState device;
  private final Vring vring;
  private final Dma dma;

  SplitRing(VirtioState device, Dma dma) {
    this.device = device;
    this.vring = device.vring;
    this.dma = dma;
  }

  // ---- the available ring

  /** Rings that aren't mapped read 0. */
  private int read16(long address) {
    return vring.mappedSize == 0 ? 0 : (int) dma.read(address, 2);
  }

  private void write(long address, int bytes, long value) {
    if (vring.mappedSize != 0) {
      dma.write(address, bytes, value);
    }
  }

  private int readAvailIdx() {
    if (vring.mappedSize == 0) {
      return 0; // and what was seen stays
    }
    vring.seenAvailIdx = read16(vring.avail + 2);
    return vring.seenAvailIdx;
  }

  /** How many chains there are from an index on, which may have more than 16 bits. */
  private int chainsFrom(int index) {
    boolean trust = device.release.readsAvailIdxWhenUsedUp && vring.seenAvailIdx != index;
    int availIdx = trust ? vring.seenAvailIdx : readAvailIdx();
    int chains = (availIdx - index) & 0xffff;
    if (chains > vring.size) {
      throw new RingFault("Guest moved used index from " + index + " to " + availIdx);
    }
    return chains;
  }

  /** A queue may have grown since. */
  private void requireMapped() {
    if (vring.size > vring.mappedSize) {
      throw new RingFault("Cannot map descriptor ring");
    }
  }

  private int headAt(int index) {
    int head = read16(vring.avail + 4 + 2L * (index % vring.size));
    if (head >= vring.size) {
      throw new RingFault("Guest says index " + head + " is available");
    }
    return head;
  }

  /** A device that can't be used sees an empty ring. */
  boolean isEmpty() {
    if (!device.isUsable() || vring.avail == 0) {
      return true;
    }
    return vring.seenAvailIdx == vring.lastAvailIdx && readAvailIdx() == vring.lastAvailIdx;
  }

  // ---- looking ahead

  /**
   * The writable bytes of the available chains, none of which is taken. Looks no further than the
   * descriptor that reaches the limit. The sum has 32 bits.
   */
  long writableBytes(long limit) {
    if (vring.mappedSize == 0) {
      return 0;
    }
    requireMapped();
    long sum = 0;
    long directSoFar = 0;
    for (int index = vring.lastAvailIdx; chainsFrom(index) > 0; index++) {
      Chain chain = new Chain(dma, vring.desc, vring.size, headAt(index));
      if (chain.isIndirect() && directSoFar >= vring.size) {
        throw new RingFault("Looped descriptor");
      }
      long count = chain.isIndirect() ? 0 : directSoFar;
      do {
        count++;
        if (count > chain.entries()) {
          throw new RingFault("Looped descriptor");
        }
        if (chain.current().isWritable()) {
          sum = (sum + chain.current().length()) & 0xffff_ffffL;
        }
        if (sum >= limit) {
          return sum;
        }
      } while (chain.advance());
      directSoFar = chain.isIndirect() ? directSoFar + 1 : count;
    }
    return sum;
  }

  // ---- taking and giving back

  /** Takes the next chain; empty if there is none. It is gone even if it turns out to be wrong. */
  Optional<Taken> take() {
    if (isEmpty()) {
      return Optional.empty();
    }
    if (vring.inUse >= vring.size) {
      throw new RingFault("Virtqueue size exceeded");
    }
    int index = vring.lastAvailIdx;
    vring.lastAvailIdx = (index + 1) & 0xffff;
    int head = headAt(index);
    if (device.has(VirtioState.EVENT_IDX)) {
      write(vring.used + 4 + 8L * vring.size, 2, vring.lastAvailIdx);
    }
    requireMapped();
    Chain chain = new Chain(dma, vring.desc, vring.size, head);
    BufferPieces buffers = new BufferPieces(dma, device.release);
    long count = 0;
    do {
      buffers.add(chain.current());
      count++;
      if (count > chain.entries()) {
        throw new RingFault("Looped descriptor");
      }
    } while (chain.advance());
    vring.inUse++;
    return Optional.of(new Taken(head, buffers));
  }

  /** Gives a chain back; where there is no used ring it stays in use for good. */
  void giveBack(Taken taken, int written) {
    if (vring.used == 0) {
      return;
    }
    long element = vring.used + 4 + 8L * (vring.usedIdx % vring.size);
    write(element, 4, taken.head());
    write(element + 4, 4, written);
    int old = vring.usedIdx;
    vring.usedIdx = (old + 1) & 0xffff;
    write(vring.used + 2, 2, vring.usedIdx);
    vring.inUse--;
    int since = (vring.usedIdx - vring.signalledUsed) & 0xffff;
    if (since == 0 || since >= 0x8000) {
      vring.signalledUsedIsValid = false; // too long ago to be compared
    }
  }

  // ---- telling

  boolean mayInterrupt() {
    if (device.has(VirtioState.NOTIFY_ON_EMPTY) && vring.inUse == 0 && isEmpty()) {
      return true;
    }
    if (!device.has(VirtioState.EVENT_IDX)) {
      return (read16(vring.avail) & NO_INTERRUPT) == 0;
    }
    boolean first = !vring.signalledUsedIsValid;
    int from = vring.signalledUsed;
    int to = vring.usedIdx;
    vring.signalledUsedIsValid = true;
    vring.signalledUsed = to;
    if (first) {
      return true;
    }
    int usedEvent = read16(vring.avail + 4 + 2L * vring.size);
    for (int index = from; index != to; index = (index + 1) & 0xffff) {
      if (index == usedEvent) {
        return true;
      }
    }
    return false;
  }
}
