package io.virtentropy.conformance.model;

/** What the device knows of queue 0's ring. All counters are 16 bits wide and wrap. */
final class Vring {
  int size;
  long desc;
  long avail;
  long used;

  /** The size when the three were last mapped, which is when they are placed; 0 if they aren't. */
  int mappedSize;

  int lastAvailIdx;

  /** The available index as it was last read. */
  int seenAvailIdx;

  int usedIdx;

  /** Chains that were taken and not given back. */
  int inUse;

  /** The used index at the last decision whether to interrupt, if there was one. */
  int signalledUsed;

  boolean signalledUsedIsValid;

  /** Returns to where a reset leaves it. */
  void reset(int defaultSize) {
    size = defaultSize;
    desc = 0;
    avail = 0;
    used = 0;
    mappedSize = 0;
    lastAvailIdx = 0;
    seenAvailIdx = 0;
    usedIdx = 0;
    inUse = 0;
    signalledUsed = 0;
    signalledUsedIsValid = false;
  }

  /** Maps what has been placed, as far as the table has. */
  void map(Dma dma, boolean eventIdx) {
    mappedSize = 0;
    if (desc == 0) {
      return;
    }
    long event = eventIdx ? 2 : 0;
    requireWhole(dma, desc, (long) Descriptor.BYTES * size, "desc");
    requireWhole(dma, used, 4 + 8L * size + event, "used");
    requireWhole(dma, avail, 4 + 2L * size + event, "avail");
    mappedSize = size;
  }

  private static void requireWhole(Dma dma, long address, long length, String part) {
    if (dma.sameKind(address, length) < length) {
      throw new RingFault("Cannot map " + part);
    }
  }
}
