package io.virtentropy.conformance.model;

/**
 * A chain while it is walked: the table it is in, and the descriptor that was come to. INDIRECT
 * means something in the first descriptor only; behind it the flag is not looked at.
 */
final class Chain {
  private final Dma dma;
  private long table;
  private long entries;
  private boolean indirect;
  private Descriptor current;

  Chain(Dma dma, long table, long entries, int head) {
    this.dma = dma;
    this.table = table;
    this.entries = entries;
    this.current = read(head);
    if (current.isIndirect()) {
      enter(current);
    }
  }

  private void enter(Descriptor pointer) {
    if (pointer.length() == 0 || pointer.length() % Descriptor.BYTES != 0) {
      throw new RingFault("Invalid size for indirect buffer table");
    }
    if (dma.sameKind(pointer.address(), pointer.length()) < pointer.length()) {
      throw new RingFault("Cannot map indirect buffer");
    }
    table = pointer.address();
    entries = pointer.length() / Descriptor.BYTES;
    indirect = true;
    current = read(0);
  }

  private Descriptor read(int index) {
    return Descriptor.read(dma, table + (long) index * Descriptor.BYTES);
  }

  Descriptor current() {
    return current;
  }

  boolean isIndirect() {
    return indirect;
  }

  /** How many descriptors it can have without going in a circle. */
  long entries() {
    return entries;
  }

  /** Goes to the next descriptor, or returns false at the last. */
  boolean advance() {
    if (!current.goesOn()) {
      return false;
    }
    if (current.next() >= entries) {
      throw new RingFault("Desc next is " + current.next());
    }
    current = read(current.next());
    return true;
  }
}
