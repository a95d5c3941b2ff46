package io.virtentropy.examples.kvmvmm;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The five calls of the C library that a monitor needs. */
final class Libc {
  static {
    Native.register(Libc.class, NativeLibrary.getProcess());
  }

  static final int EINTR = 4;

  private Libc() {}

  static native int open(String path, int flags);

  static native int close(int fd);

  static native int ioctl(int fd, long request, long argument);

  static native long mmap(long address, long length, int protection, int flags, int fd, long off);

  static native int munmap(long address, long length);

  static native String strerror(int errno);

  /** An ioctl that has to succeed. */
  static int control(int fd, long request, long argument, String what) {
    int result = ioctl(fd, request, argument);
    if (result < 0) {
      throw new KvmException(what, Native.getLastError());
    }
    return result;
  }

  /** Memory for a struct, in the host's order; alive as long as the buffer is reachable. */
  static ByteBuffer struct(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }

  static long address(ByteBuffer direct) {
    return Pointer.nativeValue(Native.getDirectBufferPointer(direct));
  }
}
