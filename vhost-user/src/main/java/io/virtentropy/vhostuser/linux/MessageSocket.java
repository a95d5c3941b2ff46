package io.virtentropy.vhostuser.linux;

import java.nio.ByteBuffer;

/**
 * A connected Unix socket over which bytes and descriptors pass, without waiting. Owns the socket
 * and the structures of its calls; used by one thread at a time.
 */
public final class MessageSocket implements AutoCloseable {
  /** Answer of a call: nothing can be done without waiting. */
  public static final int AGAIN = -1;

  /** Answer of {@link #receive}: the other side is gone. */
  public static final int ENDED = 0;

  private final Descriptor socket;
  private final int mostDescriptors;
  private final NativeBuffer header = new NativeBuffer(SocketLayout.MESSAGE_BYTES);
  private final NativeBuffer vector = new NativeBuffer(SocketLayout.IOVEC_BYTES);
  private final NativeBuffer control;

  /**
   * Takes over a connected socket.
   *
   * @param socket closed by {@link #close}
   * @param mostDescriptors how many a message may carry
   */
  public MessageSocket(Descriptor socket, int mostDescriptors) {
    this.socket = socket;
    this.mostDescriptors = mostDescriptors;
    this.control = new NativeBuffer(SocketLayout.controlSpace(mostDescriptors));
    header
        .bytes()
        .putLong(SocketLayout.MESSAGE_IOV, vector.address())
        .putLong(SocketLayout.MESSAGE_IOVLEN, 1);
  }

  /**
   * The socket, to wait on.
   *
   * @return the descriptor; it stays this object's
   */
  public Descriptor descriptor() {
    return socket;
  }

  /**
   * Receives bytes, and the descriptors that came with them.
   *
   * @param buffer where the bytes go
   * @param index the first to write
   * @param length how many at the most, 1 or more
   * @param descriptors takes what came
   * @return how many bytes came, {@link #ENDED} or {@link #AGAIN}
   * @throws SystemCallException if the connection broke
   * @throws DescriptorsLostException if more descriptors came than there is room for, or than this
   *     process may have open; the ones that fitted are in the batch, the others are closed
   */
  public int receive(NativeBuffer buffer, int index, int length, DescriptorBatch descriptors)
      throws SystemCallException, DescriptorsLostException {
    vector
        .bytes()
        .putLong(SocketLayout.IOVEC_BASE, buffer.address() + index)
        .putLong(SocketLayout.IOVEC_LEN, length);
    ByteBuffer message = header.bytes();
    int flags = SocketLayout.MSG_DONTWAIT | SocketLayout.MSG_CMSG_CLOEXEC;
    long n;
    do {
      message
          .putLong(SocketLayout.MESSAGE_CONTROL, control.address())
          .putLong(SocketLayout.MESSAGE_CONTROLLEN, control.bytes().capacity())
          .putInt(SocketLayout.MESSAGE_FLAGS, 0);
      n = Libc.recvmsg(socket.number(), header.address(), flags);
    } while (n < 0 && Libc.errno() == Errno.EINTR);
    if (n < 0) {
      if (Libc.errno() == Errno.EAGAIN) {
        return AGAIN;
      }
      throw SystemCallException.last("recvmsg", "");
    }
    boolean complete = collect((int) message.getLong(SocketLayout.MESSAGE_CONTROLLEN), descriptors);
    if (!complete || (message.getInt(SocketLayout.MESSAGE_FLAGS) & SocketLayout.MSG_CTRUNC) != 0) {
      throw new DescriptorsLostException(descriptors.count());
    }
    return (int) n;
  }

  /** Takes the descriptors that came; false if there were more than the batch has room for. */
  private boolean collect(int received, DescriptorBatch descriptors) {
    ByteBuffer bytes = control.bytes();
    boolean complete = true;
    int at = 0;
    while (at + SocketLayout.CONTROL_DATA <= received) {
      int length = (int) bytes.getLong(at + SocketLayout.CONTROL_LEN);
      if (length < SocketLayout.CONTROL_DATA) {
        break;
      }
      if (bytes.getInt(at + SocketLayout.CONTROL_LEVEL) == SocketLayout.SOL_SOCKET
          && bytes.getInt(at + SocketLayout.CONTROL_TYPE) == SocketLayout.SCM_RIGHTS) {
        int end = Math.min(at + length, received);
        for (int i = at + SocketLayout.CONTROL_DATA; i + Integer.BYTES <= end; i += Integer.BYTES) {
          complete &= descriptors.add(bytes.getInt(i));
        }
      }
      at += length + SocketLayout.CONTROL_ALIGN - 1 & -SocketLayout.CONTROL_ALIGN;
    }
    return complete;
  }

  /**
   * Sends bytes, and descriptors with the first of them.
   *
   * @param buffer where the bytes are
   * @param index the first to send
   * @param length how many, 1 or more
   * @param descriptors the numbers of what to pass on, perhaps none; they stay the caller's
   * @return how many bytes were taken, or {@link #AGAIN}
   * @throws SystemCallException if the connection broke
   */
  public int send(NativeBuffer buffer, int index, int length, int... descriptors)
      throws SystemCallException {
    if (descriptors.length > mostDescriptors) {
      throw new IllegalArgumentException(
          descriptors.length + " descriptors; up to " + mostDescriptors + " are accepted");
    }
    vector
        .bytes()
        .putLong(SocketLayout.IOVEC_BASE, buffer.address() + index)
        .putLong(SocketLayout.IOVEC_LEN, length);
    boolean passing = descriptors.length > 0;
    if (passing) {
      ByteBuffer bytes = control.bytes();
      bytes
          .putLong(SocketLayout.CONTROL_LEN, SocketLayout.controlLength(descriptors.length))
          .putInt(SocketLayout.CONTROL_LEVEL, SocketLayout.SOL_SOCKET)
          .putInt(SocketLayout.CONTROL_TYPE, SocketLayout.SCM_RIGHTS);
      for (int i = 0; i < descriptors.length; i++) {
        bytes.putInt(SocketLayout.CONTROL_DATA + Integer.BYTES * i, descriptors[i]);
      }
    }
    header
        .bytes()
        .putLong(SocketLayout.MESSAGE_CONTROL, passing ? control.address() : 0)
        .putLong(
            SocketLayout.MESSAGE_CONTROLLEN,
            passing ? SocketLayout.controlSpace(descriptors.length) : 0)
        .putInt(SocketLayout.MESSAGE_FLAGS, 0);
    int flags = SocketLayout.MSG_DONTWAIT | SocketLayout.MSG_NOSIGNAL;
    long n;
    do {
      n = Libc.sendmsg(socket.number(), header.address(), flags);
    } while (n < 0 && Libc.errno() == Errno.EINTR);
    if (n >= 0) {
      return (int) n;
    }
    if (Libc.errno() == Errno.EAGAIN) {
      return AGAIN;
    }
    throw SystemCallException.last("sendmsg", "");
  }

  /** Closes the connection. Idempotent. */
  @Override
  public void close() {
    socket.close();
  }
}
