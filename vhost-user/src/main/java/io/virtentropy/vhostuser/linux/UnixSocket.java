package io.virtentropy.vhostuser.linux;

import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Makes Unix stream sockets, non-blocking and not inherited by programs that are started. */
public final class UnixSocket {
  private static final int FLAGS = SocketLayout.SOCK_CLOEXEC | SocketLayout.SOCK_NONBLOCK;

  private UnixSocket() {}

  /**
   * Listens at a path where nothing is.
   *
   * @param path where
   * @param backlog how many may wait to be accepted
   * @return the listening socket
   * @throws SystemCallException if it can't be had; EADDRINUSE if something is at the path
   */
  public static Descriptor listen(Path path, int backlog) throws SystemCallException {
    Descriptor socket = open(path);
    boolean listening = false;
    try {
      if (call(Libc::bind, socket, path) < 0) {
        throw SystemCallException.last("bind", path.toString());
      }
      if (Libc.listen(socket.number(), backlog) < 0) {
        throw SystemCallException.last("listen", path.toString());
      }
      listening = true;
      return socket;
    } finally {
      if (!listening) {
        socket.close();
      }
    }
  }

  /**
   * Connects without waiting.
   *
   * @param path where somebody listens
   * @return the connected socket
   * @throws SystemCallException if nobody listens, or all places in the queue are taken: EAGAIN
   */
  public static Descriptor connect(Path path) throws SystemCallException {
    Descriptor socket = open(path);
    boolean connected = false;
    try {
      if (call(Libc::connect, socket, path) < 0) {
        throw SystemCallException.last("connect", path.toString());
      }
      connected = true;
      return socket;
    } finally {
      if (!connected) {
        socket.close();
      }
    }
  }

  /**
   * Accepts a connection if one waits.
   *
   * @param listening a listening socket
   * @return the connected socket, or null if none waits
   * @throws SystemCallException if there are too many open files
   */
  public static Descriptor accept(Descriptor listening) throws SystemCallException {
    while (true) {
      int fd = Libc.accept4(listening.number(), 0, 0, FLAGS);
      if (fd >= 0) {
        return new Descriptor(fd);
      }
      switch (Libc.errno()) {
        case Errno.EAGAIN, Errno.ECONNABORTED -> {
          return null;
        }
        case Errno.EINTR -> {}
        default -> throw SystemCallException.last("accept", "");
      }
    }
  }

  private static Descriptor open(Path path) throws SystemCallException {
    int fd = Libc.socket(SocketLayout.AF_UNIX, SocketLayout.SOCK_STREAM | FLAGS, 0);
    return Descriptor.returned(fd, "socket", path.toString());
  }

  /** A call that is given an address. */
  private interface AddressCall {
    int apply(int fd, long address, int length);
  }

  private static int call(AddressCall call, Descriptor socket, Path path) {
    NativeBuffer address = address(path);
    try {
      return call.apply(socket.number(), address.address(), SocketLayout.ADDRESS_BYTES);
    } finally {
      Reference.reachabilityFence(address);
    }
  }

  private static NativeBuffer address(Path path) {
    byte[] name = path.toString().getBytes(StandardCharsets.UTF_8);
    if (name.length == 0 || name.length >= SocketLayout.ADDRESS_PATH_BYTES) {
      throw new IllegalArgumentException(
          "the socket path '"
              + path
              + "' has "
              + name.length
              + " bytes; 1 to "
              + (SocketLayout.ADDRESS_PATH_BYTES - 1)
              + " are accepted");
    }
    NativeBuffer address = new NativeBuffer(SocketLayout.ADDRESS_BYTES);
    address
        .bytes()
        .putShort(SocketLayout.ADDRESS_FAMILY, (short) SocketLayout.AF_UNIX)
        .put(SocketLayout.ADDRESS_PATH, name);
    return address;
  }
}
