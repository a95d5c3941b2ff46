package io.virtentropy.vhostuser.linux;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;

/**
 * The C library, mapped directly. Pointers and {@code size_t} are {@code long}: both platforms that
 * are supported have 64 bits. After a call that returned -1, {@link #errno} tells why.
 */
final class Libc {
  static {
    // Symbols of the process itself, which has the C library loaded whatever its file is called.
    Native.register(Libc.class, NativeLibrary.getProcess());
  }

  private Libc() {}

  static native int socket(int domain, int type, int protocol);

  static native int bind(int fd, long address, int length);

  static native int listen(int fd, int backlog);

  static native int accept4(int fd, long address, long length, int flags);

  static native int connect(int fd, long address, int length);

  static native int shutdown(int fd, int how);

  static native long recvmsg(int fd, long message, int flags);

  static native long sendmsg(int fd, long message, int flags);

  static native int close(int fd);

  static native int dup(int fd);

  static native int fcntl(int fd, int command, long argument);

  static native long read(int fd, long buffer, long length);

  static native long write(int fd, long buffer, long length);

  static native int eventfd(int initial, int flags);

  static native int epoll_create1(int flags);

  static native int epoll_ctl(int epoll, int operation, int fd, long event);

  static native int epoll_wait(int epoll, long events, int most, int milliseconds);

  static native int ppoll(long descriptors, long count, long timeout, long signals);

  static native long mmap(long address, long length, int protection, int flags, int fd, long off);

  static native int munmap(long address, long length);

  static native int memfd_create(String name, int flags);

  static native int ftruncate(int fd, long length);

  static native int statx(int directory, String path, int flags, int mask, long result);

  static native int unlink(String path);

  static native long sysconf(int name);

  static native int abs(int value);

  static native String strerror(int errno);

  /** Why the last call of this thread failed. */
  static int errno() {
    return Native.getLastError();
  }
}
