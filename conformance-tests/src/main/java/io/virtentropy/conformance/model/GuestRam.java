package io.virtentropy.conformance.model;

/**
 * The guest's memory, one byte at a time: 640 KiB from 0, and what is between 1 MiB and 128 MiB. A
 * byte that nobody wrote is 0.
 */
final class GuestRam {
  static final long LOW_END = 0xa_0000;
  static final long HIGH_START = 0x10_0000;
  static final long HIGH_END = 0x800_0000;

  private static final int PAGE = 4096;

  private final byte[][] pages = new byte[(int) (HIGH_END / PAGE)][];

  boolean contains(long address) {
    boolean low = address >= 0 && address < LOW_END;
    return low || (address >= HIGH_START && address < HIGH_END);
  }

  /** How many of so many bytes from an address on are of one kind: in RAM, or outside. */
  long sameKind(long address, long length) {
    for (long edge : new long[] {LOW_END, HIGH_START, HIGH_END}) {
      if (Long.compareUnsigned(address, edge) < 0) {
        return Math.min(length, edge - address);
      }
    }
    long toTheEnd = -address; // of 64 bits of address
    return Long.compareUnsigned(toTheEnd, length) < 0 ? toTheEnd : length;
  }

  int get(long address) {
    byte[] page = pages[(int) (address / PAGE)];
    return page == null ? 0 : page[(int) (address % PAGE)] & 0xff;
  }

  void set(long address, int value) {
    int number = (int) (address / PAGE);
    if (pages[number] == null) {
      pages[number] = new byte[PAGE];
    }
    pages[number][(int) (address % PAGE)] = (byte) value;
  }
}
