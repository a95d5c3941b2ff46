package io.virtentropy.vhostuser.linux;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Memory outside the heap whose address system calls are given. Lives as long as this object is
 * reachable, so it is held in a field of whoever makes the calls.
 */
public final class NativeBuffer {
  private final ByteBuffer bytes;
  private final long address;

  /**
   * Allocates zeroed memory.
   *
   * @param capacity how many bytes, 1 or more
   */
  public NativeBuffer(int capacity) {
    bytes = ByteBuffer.allocateDirect(capacity).order(ByteOrder.nativeOrder());
    address = Pointer.nativeValue(Native.getDirectBufferPointer(bytes));
  }

  /**
   * The memory.
   *
   * @return a direct buffer in native order; used with absolute indices only
   */
  public ByteBuffer bytes() {
    return bytes;
  }

  /**
   * Where the memory is.
   *
   * @return the address of its first byte
   */
  public long address() {
    return address;
  }
}
