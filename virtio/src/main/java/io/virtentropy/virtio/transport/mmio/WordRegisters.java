package io.virtentropy.virtio.transport.mmio;

import static io.virtentropy.virtio.transport.mmio.MmioLayout.CONFIG;
import static io.virtentropy.virtio.transport.mmio.MmioLayout.WINDOW_BYTES;

/**
 * Registers that are whole words: reads of any size and alignment are put together from them,
 * writes are obeyed if they cover whole ones. The configuration space reads 0.
 */
abstract sealed class WordRegisters implements RegisterMap
    permits ModernRegisters, LegacyRegisters {

  @Override
  public final long read(int at, int size) {
    if ((at & 3) == 0 && size == Integer.BYTES) {
      return register(at) & 0xffff_ffffL;
    }
    long value = 0;
    for (int i = 0; i < size && at + i < WINDOW_BYTES; i++) {
      int word = register(at + i & ~3);
      value |= (word >>> (8 * (at + i & 3)) & 0xffL) << (8 * i);
    }
    return value;
  }

  @Override
  public final void write(int at, long value, int size) {
    if (at >= CONFIG || (at & 3) != 0) {
      return;
    }
    if (size == Integer.BYTES) {
      writeRegister(at, (int) value);
    } else if (size == Long.BYTES) {
      writeRegister(at, (int) value);
      writeRegister(at + Integer.BYTES, (int) (value >>> 32));
    }
  }

  abstract int register(int at);

  abstract void writeRegister(int at, int value);
}
