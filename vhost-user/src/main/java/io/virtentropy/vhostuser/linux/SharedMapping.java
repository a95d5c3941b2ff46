package io.virtentropy.vhostuser.linux;

import com.sun.jna.Pointer;
import java.nio.ByteBuffer;

/**
 * A part of a file in memory, shared with everybody who has mapped it (mmap(2)).
 *
 * <p>The buffers lead straight into the mapping: none may be used after {@link #close}. If the file
 * gets shorter than the mapping, an access beyond its end is an {@link InternalError}, perhaps some
 * time after the access, as for a {@link java.nio.MappedByteBuffer}; that holds for accesses
 * through a buffer's methods, while native code that was given an address would end the process.
 */
public final class SharedMapping implements AutoCloseable {
  private static final int PROT_READ_WRITE = 3;
  private static final int MAP_SHARED = 1;
  private static final int MAP_NORESERVE = 0x4000;
  private static final long MAP_FAILED = -1;
  private static final int SC_PAGESIZE = 30;

  private final long start;
  private final long length;
  private final long base;
  private final long size;
  private boolean closed;

  private SharedMapping(long start, long length, long base, long size) {
    this.start = start;
    this.length = length;
    this.base = base;
    this.size = size;
  }

  /**
   * Maps a range of a file, aligned or not.
   *
   * @param file an open file, which may be closed afterwards
   * @param offset where the range begins
   * @param size how long it is, 1 or more
   * @param blockSize what {@link FileStatus#blockSize} says of the file
   * @return the mapping
   * @throws SystemCallException if the file can't be mapped, or not so much of it
   */
  public static SharedMapping of(Descriptor file, long offset, long size, long blockSize)
      throws SystemCallException {
    // Huge pages are mapped and unmapped whole. Their size is the file's block size.
    long align = Math.max(Libc.sysconf(SC_PAGESIZE), Long.highestOneBit(blockSize));
    long begin = offset & -align;
    long length = offset + size - begin + align - 1 & -align;
    int flags = MAP_SHARED | MAP_NORESERVE;
    long start = Libc.mmap(0, length, PROT_READ_WRITE, flags, file.number(), begin);
    if (start == MAP_FAILED) {
      throw SystemCallException.last("mmap", size + " bytes of " + file);
    }
    return new SharedMapping(start, length, start + (offset - begin), size);
  }

  /**
   * The range's length.
   *
   * @return bytes
   */
  public long size() {
    return size;
  }

  /**
   * Opens a window on the range.
   *
   * @param offset where it begins
   * @param bytes how long it is
   * @return a direct buffer, valid until {@link #close}
   */
  public ByteBuffer window(long offset, int bytes) {
    if (closed || offset < 0 || bytes < 0 || offset > size - bytes) {
      throw new IllegalArgumentException(
          "a window of " + bytes + " bytes at " + offset + " of " + (closed ? "nothing" : size));
    }
    return new Pointer(base + offset).getByteBuffer(0, bytes);
  }

  /** Removes the mapping. Idempotent. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    int ignored = Libc.munmap(start, length);
    assert ignored == 0 : "munmap: " + Libc.strerror(Libc.errno());
  }
}
