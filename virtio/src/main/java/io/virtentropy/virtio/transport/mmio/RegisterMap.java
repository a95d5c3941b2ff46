package io.virtentropy.virtio.transport.mmio;

/** The registers as one kind of device shows them. Offsets are inside the window. */
interface RegisterMap {
  /** Reads 1, 2, 4 or 8 bytes. */
  long read(int at, int size);

  /** Writes 1, 2, 4 or 8 bytes. */
  void write(int at, long value, int size);
}
