package io.virtentropy.conformance.model;

/** Registers behind a BAR, as accesses reach them once the bus has cut them up. */
interface RegisterWindow {
  /** Reads 1, 2 or 4 bytes at a multiple of their number; what is too wide is cut. */
  long read(int offset, int size);

  /** Writes 1, 2 or 4 bytes at a multiple of their number. */
  void write(int offset, int size, long value);
}
