package io.virtentropy.conformance.model;

/**
 * Memory as the device reaches it: RAM, and nothing else, whatever the bus master bit says, which
 * only messages obey. What isn't reached reads 0, and what is written there is lost. All
 * little-endian.
 */
final class Dma {
  private final GuestRam ram;

  Dma(GuestRam ram) {
    this.ram = ram;
  }

  boolean reaches(long address) {
    return ram.contains(address);
  }

  /** How many of so many bytes from an address on are all reached, or all not. */
  long sameKind(long address, long length) {
    return ram.sameKind(address, length);
  }

  long read(long address, int bytes) {
    long value = 0;
    for (int i = 0; i < bytes; i++) {
      if (reaches(address + i)) {
        value |= (long) ram.get(address + i) << (8 * i);
      }
    }
    return value;
  }

  void write(long address, int bytes, long value) {
    for (int i = 0; i < bytes; i++) {
      if (reaches(address + i)) {
        ram.set(address + i, (int) (value >>> (8 * i)) & 0xff);
      }
    }
  }
}
