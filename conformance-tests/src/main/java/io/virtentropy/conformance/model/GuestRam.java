package io.virtentropy.conformance.model;

import io.virtentropy.conformance.dut.PcLayout;

/**
 * The guest's memory, one byte at a time: 640 KiB from 0, and what is between 1 MiB and 128 MiB. A
 * byte that nobody wrote is 0.
 */
final class GuestRam {
  private static final int PAGE = 4096;

  private final byte[][] pages = new byte[PcLayout.HIGH_END / PAGE][];

  boolean contains(long address) {
    boolean low = address >= 0 && address < PcLayout.LOW_END;
    return low || (address >= PcLayout.HIGH_START && address < PcLayout.HIGH_END);
  }

  /** How many of so many bytes from an address on are of one kind: in RAM, or outside. */
  long sameKind(long address, long length) {
    for (long edge : new long[] {PcLayout.LOW_END, PcLayout.HIGH_START, PcLayout.HIGH_END}) {
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
