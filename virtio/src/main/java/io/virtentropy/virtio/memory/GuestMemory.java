package io.virtentropy.virtio.memory;

import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;

/**
 * The guest's RAM, as a device reads and writes it.
 *
 * <p>An emulator implements {@link #isRam} and the eight scalar methods; everything else has a
 * default that is right, and may be replaced by something faster. {@link RegionMemory} is ready for
 * RAM in {@code ByteBuffer}s.
 *
 * <p><b>Addresses</b> are guest-physical, unsigned, and of any alignment. An access that is not
 * wholly inside RAM, wraps round the end of the address space, or hits a device's registers throws
 * {@link GuestMemoryException} and changes nothing outside RAM. RAM may consist of several regions;
 * where two of them adjoin, an access may straddle them.
 *
 * <p><b>Scalars</b> are little-endian. A load or store of 2, 4 or 8 bytes at an address that is a
 * multiple of its size must not be torn if the guest runs on another thread or in another process.
 *
 * <p><b>Ordering.</b> The rings of a virtqueue need {@link #loadShortAcquire}, {@link
 * #storeShortRelease} and {@link #fullFence} to order accesses between device and driver (virtio
 * 1.3 §2.7.13). The defaults are right for RAM that is shared with other threads or processes. An
 * emulator whose guest runs on the very thread that calls the device may replace them by plain
 * accesses and nothing.
 *
 * <p><b>Threads.</b> Called on whichever thread calls the device, never on one of the library's
 * own. No address or buffer is kept from one call of the device to the next, so regions may come
 * and go between calls.
 */
public interface GuestMemory {

  /**
   * Says whether a range lies in RAM.
   *
   * @param address its first address
   * @param length its length in bytes, 0 or more; 0 is in RAM wherever it is
   * @return true if every byte is in RAM and the range does not wrap
   */
  boolean isRam(long address, long length);

  /**
   * Loads one byte.
   *
   * @param address where
   * @return the byte
   */
  byte loadByte(long address);

  /**
   * Loads two bytes.
   *
   * @param address where
   * @return the value, little-endian in memory
   */
  short loadShort(long address);

  /**
   * Loads four bytes.
   *
   * @param address where
   * @return the value, little-endian in memory
   */
  int loadInt(long address);

  /**
   * Loads eight bytes.
   *
   * @param address where
   * @return the value, little-endian in memory
   */
  long loadLong(long address);

  /**
   * Stores one byte.
   *
   * @param address where
   * @param value what
   */
  void storeByte(long address, byte value);

  /**
   * Stores two bytes.
   *
   * @param address where
   * @param value what, little-endian in memory
   */
  void storeShort(long address, short value);

  /**
   * Stores four bytes.
   *
   * @param address where
   * @param value what, little-endian in memory
   */
  void storeInt(long address, int value);

  /**
   * Stores eight bytes.
   *
   * @param address where
   * @param value what, little-endian in memory
   */
  void storeLong(long address, long value);

  /**
   * Copies out of guest memory.
   *
   * @param address where from
   * @param target where to; its position and limit are left alone
   * @param index the first byte of {@code target} to write, absolute
   * @param length how many bytes
   */
  default void read(long address, ByteBuffer target, int index, int length) {
    requireRam(address, length);
    for (int i = 0; i < length; i++) {
      target.put(index + i, loadByte(address + i));
    }
  }

  /**
   * Copies into guest memory.
   *
   * @param address where to
   * @param source where from; its position and limit are left alone
   * @param index the first byte of {@code source} to read, absolute
   * @param length how many bytes
   */
  default void write(long address, ByteBuffer source, int index, int length) {
    requireRam(address, length);
    for (int i = 0; i < length; i++) {
      storeByte(address + i, source.get(index + i));
    }
  }

  /**
   * Finds the buffer that holds an address, so that entropy can be written in place.
   *
   * @param address where
   * @return the buffer whose byte {@link #indexAt} is the one at {@code address}, or null if there
   *     is none; the device then copies
   */
  default ByteBuffer bufferAt(long address) {
    return null;
  }

  /**
   * Finds the place of an address in its buffer.
   *
   * @param address an address for which {@link #bufferAt} found a buffer
   * @return an absolute index; the bytes from there to the buffer's limit follow in guest memory
   */
  default int indexAt(long address) {
    throw new GuestMemoryException(address, 1);
  }

  /**
   * Loads two bytes so that no later access of this thread is done before.
   *
   * @param address where, a multiple of 2
   * @return the value
   */
  default short loadShortAcquire(long address) {
    short value = loadShort(address);
    VarHandle.acquireFence();
    return value;
  }

  /**
   * Stores two bytes so that no earlier access of this thread is done after.
   *
   * @param address where, a multiple of 2
   * @param value what
   */
  default void storeShortRelease(long address, short value) {
    VarHandle.releaseFence();
    storeShort(address, value);
  }

  /** Orders every earlier access of this thread before every later one, stores before loads too. */
  default void fullFence() {
    VarHandle.fullFence();
  }

  private void requireRam(long address, int length) {
    if (!isRam(address, length)) {
      throw new GuestMemoryException(address, length);
    }
  }
}
