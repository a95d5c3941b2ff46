package io.virtentropy.conformance.model;

/**
 * A descriptor as it was read.
 *
 * @param address where its buffer is
 * @param length of the buffer, 32 bits unsigned
 * @param flags all 16
 * @param next where the chain goes on, if the flags say that it does
 */
record Descriptor(long address, long length, int flags, int next) {
  static final int BYTES = 16;

  private static final int NEXT = 1;
  private static final int WRITE = 2;
  private static final int INDIRECT = 4;

  static Descriptor read(Dma dma, long at) {
    return new Descriptor(
        dma.read(at, 8),
        dma.read(at + 8, 4),
        (int) dma.read(at + 12, 2),
        (int) dma.read(at + 14, 2));
  }

  boolean goesOn() {
    return (flags & NEXT) != 0;
  }

  boolean isWritable() {
    return (flags & WRITE) != 0;
  }

  boolean isIndirect() {
    return (flags & INDIRECT) != 0;
  }
}
