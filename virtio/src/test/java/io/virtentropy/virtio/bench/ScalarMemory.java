package io.virtentropy.virtio.bench;

import io.virtentropy.virtio.memory.GuestMemory;
import io.virtentropy.virtio.memory.GuestMemoryException;

/**
 * The RAM of the simplest emulator: an array, accessed by scalars. Implements what {@link
 * GuestMemory} leaves abstract and nothing else, so that everything with a default is tried.
 */
public class ScalarMemory implements GuestMemory {
  private final long base;
  private final byte[] ram;

  /** Makes zeroed RAM at a guest-physical base. */
  public ScalarMemory(long base, int bytes) {
    this.base = base;
    this.ram = new byte[bytes];
  }

  @Override
  public boolean isRam(long address, long length) {
    long at = address - base;
    return length == 0 || (length > 0 && at >= 0 && at < ram.length && length <= ram.length - at);
  }

  @Override
  public byte loadByte(long address) {
    return (byte) load(address, 1);
  }

  @Override
  public short loadShort(long address) {
    return (short) load(address, 2);
  }

  @Override
  public int loadInt(long address) {
    return (int) load(address, 4);
  }

  @Override
  public long loadLong(long address) {
    return load(address, 8);
  }

  @Override
  public void storeByte(long address, byte value) {
    store(address, value, 1);
  }

  @Override
  public void storeShort(long address, short value) {
    store(address, value, 2);
  }

  @Override
  public void storeInt(long address, int value) {
    store(address, value, 4);
  }

  @Override
  public void storeLong(long address, long value) {
    store(address, value, 8);
  }

  private long load(long address, int size) {
    int at = index(address, size);
    long value = 0;
    for (int i = size - 1; i >= 0; i--) {
      value = (value << 8) | (ram[at + i] & 0xff);
    }
    return value;
  }

  private void store(long address, long value, int size) {
    int at = index(address, size);
    for (int i = 0; i < size; i++) {
      ram[at + i] = (byte) (value >>> (8 * i));
    }
  }

  private int index(long address, int size) {
    if (!isRam(address, size)) {
      throw new GuestMemoryException(address, size);
    }
    return (int) (address - base);
  }
}
