package io.virtentropy.virtio.memory;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * Guest RAM in one or more {@code ByteBuffer}s, each at a guest-physical base: heap or direct,
 * adjacent or apart, of any total size.
 *
 * <pre>{@code
 * RegionMemory ram = new RegionMemory(RegionMemory.Sharing.SHARED);
 * ram.add(0x8000_0000L, lowRam);
 * ram.add(0x1_0000_0000L, highRam);
 * }</pre>
 *
 * <p>Regions may be added and removed between calls of the device. Not safe for use by several
 * devices on different threads at once: each takes a {@link #view} of its own.
 */
public final class RegionMemory implements GuestMemory {

  /** Who accesses the RAM besides the thread that calls the device. */
  public enum Sharing {
    /** Nobody: the guest runs on the calling thread, so no ordering is needed. */
    SINGLE_THREADED,
    /** Other threads or processes: the rings are accessed with acquire, release and fences. */
    SHARED
  }

  private final Sharing sharing;
  private final boolean fences;

  // Sorted by base, unsigned. A buffer is indexed from 0 to its limit.
  private long[] bases = {};
  private ByteBuffer[] buffers = {};

  /** The same bytes, for sources to write into: whatever they do to a limit, RAM keeps its size. */
  private ByteBuffer[] lent = {};

  /** The region found last: the rings and buffers of a device mostly lie in one. */
  private int recent;

  /**
   * Creates a memory without any RAM.
   *
   * @param sharing who else accesses it
   */
  public RegionMemory(Sharing sharing) {
    this.sharing = Objects.requireNonNull(sharing, "sharing");
    this.fences = sharing == Sharing.SHARED;
  }

  /**
   * Creates a memory with one region.
   *
   * @param sharing who else accesses it
   * @param base the guest-physical address of the buffer's first byte
   * @param ram the bytes from the buffer's position to its limit
   * @return the memory
   */
  public static RegionMemory of(Sharing sharing, long base, ByteBuffer ram) {
    RegionMemory memory = new RegionMemory(sharing);
    memory.add(base, ram);
    return memory;
  }

  /**
   * Makes a second memory over the same bytes, for a device that runs on another thread. Regions
   * added or removed later appear in one of the two only.
   *
   * @return a memory with the same regions
   */
  public RegionMemory view() {
    RegionMemory other = new RegionMemory(sharing);
    other.bases = bases;
    other.buffers = buffers;
    other.lend();
    return other;
  }

  /**
   * Adds a region.
   *
   * @param base the guest-physical address of its first byte, unsigned
   * @param ram its bytes, from the buffer's position to its limit, 1 or more; the buffer's own
   *     position, limit and order are left alone
   * @throws IllegalArgumentException if the region is empty or read-only, wraps round the end of
   *     the address space, or overlaps one that is there; nothing has changed then
   */
  public void add(long base, ByteBuffer ram) {
    if (ram.isReadOnly()) {
      throw new IllegalArgumentException(
          "the buffer for " + hex(base) + " is read-only; RAM can be written");
    }
    ByteBuffer bytes = ram.slice().order(ByteOrder.LITTLE_ENDIAN);
    int size = bytes.limit();
    if (size == 0) {
      throw new IllegalArgumentException("a region of 0 bytes at " + hex(base) + "; 1 or more");
    }
    if (Long.compareUnsigned(base + (size - 1), base) < 0) {
      throw new IllegalArgumentException(
          size + " bytes at " + hex(base) + " reach beyond the end of the address space");
    }
    int at = 0;
    while (at < bases.length && Long.compareUnsigned(bases[at], base) < 0) {
      at++;
    }
    boolean overlapsBelow = at > 0 && holds(at - 1, base);
    boolean overlapsAbove = at < bases.length && Long.compareUnsigned(bases[at] - base, size) < 0;
    if (overlapsBelow || overlapsAbove) {
      throw new IllegalArgumentException(
          size + " bytes at " + hex(base) + " overlap a region that is there already");
    }
    long[] newBases = new long[bases.length + 1];
    ByteBuffer[] newBuffers = new ByteBuffer[bases.length + 1];
    System.arraycopy(bases, 0, newBases, 0, at);
    System.arraycopy(buffers, 0, newBuffers, 0, at);
    newBases[at] = base;
    newBuffers[at] = bytes;
    System.arraycopy(bases, at, newBases, at + 1, bases.length - at);
    System.arraycopy(buffers, at, newBuffers, at + 1, bases.length - at);
    bases = newBases;
    buffers = newBuffers;
    lend();
  }

  /**
   * Removes a region.
   *
   * @param base the guest-physical address it was added at
   * @throws IllegalArgumentException if no region begins there
   */
  public void remove(long base) {
    int at = 0;
    while (at < bases.length && bases[at] != base) {
      at++;
    }
    if (at == bases.length) {
      throw new IllegalArgumentException("no region begins at " + hex(base));
    }
    long[] newBases = new long[bases.length - 1];
    ByteBuffer[] newBuffers = new ByteBuffer[bases.length - 1];
    System.arraycopy(bases, 0, newBases, 0, at);
    System.arraycopy(buffers, 0, newBuffers, 0, at);
    System.arraycopy(bases, at + 1, newBases, at, newBases.length - at);
    System.arraycopy(buffers, at + 1, newBuffers, at, newBases.length - at);
    bases = newBases;
    buffers = newBuffers;
    lend();
  }

  /** Removes all regions. */
  public void clear() {
    bases = new long[0];
    buffers = new ByteBuffer[0];
    lend();
  }

  @Override
  public boolean isRam(long address, long length) {
    if (length < 0) {
      return false;
    }
    long at = address;
    long left = length;
    while (left > 0) {
      int region = find(at);
      if (region < 0) {
        return false;
      }
      long here = buffers[region].limit() - (at - bases[region]);
      if (left <= here) {
        return true;
      }
      at += here;
      left -= here;
      if (at == 0) {
        return false; // wrapped round the end of the address space
      }
    }
    return true;
  }

  @Override
  public byte loadByte(long address) {
    int region = require(address, 1);
    return buffers[region].get((int) (address - bases[region]));
  }

  @Override
  public short loadShort(long address) {
    int region = require(address, Short.BYTES);
    ByteBuffer buffer = buffers[region];
    int index = (int) (address - bases[region]);
    return index <= buffer.limit() - Short.BYTES
        ? buffer.getShort(index)
        : (short) loadStraddling(address, Short.BYTES);
  }

  @Override
  public int loadInt(long address) {
    int region = require(address, Integer.BYTES);
    ByteBuffer buffer = buffers[region];
    int index = (int) (address - bases[region]);
    return index <= buffer.limit() - Integer.BYTES
        ? buffer.getInt(index)
        : (int) loadStraddling(address, Integer.BYTES);
  }

  @Override
  public long loadLong(long address) {
    int region = require(address, Long.BYTES);
    ByteBuffer buffer = buffers[region];
    int index = (int) (address - bases[region]);
    return index <= buffer.limit() - Long.BYTES
        ? buffer.getLong(index)
        : loadStraddling(address, Long.BYTES);
  }

  @Override
  public void storeByte(long address, byte value) {
    int region = require(address, 1);
    buffers[region].put((int) (address - bases[region]), value);
  }

  @Override
  public void storeShort(long address, short value) {
    int region = require(address, Short.BYTES);
    ByteBuffer buffer = buffers[region];
    int index = (int) (address - bases[region]);
    if (index <= buffer.limit() - Short.BYTES) {
      buffer.putShort(index, value);
    } else {
      storeStraddling(address, value, Short.BYTES);
    }
  }

  @Override
  public void storeInt(long address, int value) {
    int region = require(address, Integer.BYTES);
    ByteBuffer buffer = buffers[region];
    int index = (int) (address - bases[region]);
    if (index <= buffer.limit() - Integer.BYTES) {
      buffer.putInt(index, value);
    } else {
      storeStraddling(address, value, Integer.BYTES);
    }
  }

  @Override
  public void storeLong(long address, long value) {
    int region = require(address, Long.BYTES);
    ByteBuffer buffer = buffers[region];
    int index = (int) (address - bases[region]);
    if (index <= buffer.limit() - Long.BYTES) {
      buffer.putLong(index, value);
    } else {
      storeStraddling(address, value, Long.BYTES);
    }
  }

  @Override
  public void read(long address, ByteBuffer target, int index, int length) {
    requireRange(address, length);
    int done = 0;
    while (done < length) {
      int region = find(address + done);
      ByteBuffer buffer = buffers[region];
      int from = (int) (address + done - bases[region]);
      int part = Math.min(length - done, buffer.limit() - from);
      target.put(index + done, buffer, from, part);
      done += part;
    }
  }

  @Override
  public void write(long address, ByteBuffer source, int index, int length) {
    requireRange(address, length);
    int done = 0;
    while (done < length) {
      int region = find(address + done);
      ByteBuffer buffer = buffers[region];
      int to = (int) (address + done - bases[region]);
      int part = Math.min(length - done, buffer.limit() - to);
      buffer.put(to, source, index + done, part);
      done += part;
    }
  }

  @Override
  public ByteBuffer bufferAt(long address) {
    int region = find(address);
    return region < 0 ? null : lent[region].clear();
  }

  @Override
  public int indexAt(long address) {
    int region = require(address, 1);
    return (int) (address - bases[region]);
  }

  @Override
  public short loadShortAcquire(long address) {
    return fences ? GuestMemory.super.loadShortAcquire(address) : loadShort(address);
  }

  @Override
  public void storeShortRelease(long address, short value) {
    if (fences) {
      GuestMemory.super.storeShortRelease(address, value);
    } else {
      storeShort(address, value);
    }
  }

  @Override
  public void fullFence() {
    if (fences) {
      GuestMemory.super.fullFence();
    }
  }

  private void lend() {
    recent = 0;
    lent = new ByteBuffer[buffers.length];
    for (int i = 0; i < buffers.length; i++) {
      lent[i] = buffers[i].duplicate().order(ByteOrder.LITTLE_ENDIAN);
    }
  }

  /** The region that holds an address, or -1. */
  private int find(long address) {
    int guess = recent;
    if (guess < bases.length && holds(guess, address)) {
      return guess;
    }
    for (int i = 0; i < bases.length; i++) {
      if (holds(i, address)) {
        recent = i;
        return i;
      }
    }
    return -1;
  }

  private boolean holds(int region, long address) {
    long distance = address - bases[region];
    return distance >= 0 && distance < buffers[region].limit();
  }

  private int require(long address, int length) {
    int region = find(address);
    if (region < 0) {
      throw new GuestMemoryException(address, length);
    }
    return region;
  }

  private void requireRange(long address, int length) {
    if (!isRam(address, length)) {
      throw new GuestMemoryException(address, length);
    }
  }

  private long loadStraddling(long address, int bytes) {
    requireRange(address, bytes);
    long value = 0;
    for (int i = bytes - 1; i >= 0; i--) {
      value = value << 8 | (loadByte(address + i) & 0xff);
    }
    return value;
  }

  private void storeStraddling(long address, long value, int bytes) {
    requireRange(address, bytes);
    for (int i = 0; i < bytes; i++) {
      storeByte(address + i, (byte) (value >>> (8 * i)));
    }
  }

  private static String hex(long address) {
    return "0x" + Long.toHexString(address);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("RegionMemory[");
    for (int i = 0; i < bases.length; i++) {
      text.append(i == 0 ? "" : ", ").append(hex(bases[i])).append('+').append(buffers[i].limit());
    }
    return text.append(']').toString();
  }
}
