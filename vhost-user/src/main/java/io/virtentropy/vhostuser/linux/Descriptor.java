package io.virtentropy.vhostuser.linux;

/**
 * A file descriptor with one owner, who closes it exactly once: a number that is closed twice may
 * by then belong to somebody else.
 */
public final class Descriptor implements AutoCloseable {
  private static final int CLOSED = -1;
  private static final int F_GETFL = 3;
  private static final int F_SETFL = 4;
  private static final int O_NONBLOCK = 0x800;

  private int number;

  /**
   * Takes ownership.
   *
   * @param number an open descriptor, 0 or more
   */
  public Descriptor(int number) {
    if (number < 0) {
      throw new IllegalArgumentException("descriptor " + number + "; 0 or more is accepted");
    }
    this.number = number;
  }

  /** Takes ownership of what a call returned, or reports its failure. */
  static Descriptor returned(int result, String call, String subject) throws SystemCallException {
    if (result < 0) {
      throw SystemCallException.last(call, subject);
    }
    return new Descriptor(result);
  }

  /**
   * The number, for a call.
   *
   * @return 0 or more
   * @throws IllegalStateException if the descriptor is closed
   */
  public int number() {
    if (number == CLOSED) {
      throw new IllegalStateException("the descriptor is closed");
    }
    return number;
  }

  /**
   * Has calls on the open file return instead of waiting. The flag belongs to the open file, which
   * a peer that passed the descriptor shares.
   *
   * @throws SystemCallException if the flag can't be read or set
   */
  public void stopBlocking() throws SystemCallException {
    int flags = Libc.fcntl(number(), F_GETFL, 0);
    if (flags < 0) {
      throw SystemCallException.last("fcntl", "F_GETFL");
    }
    if ((flags & O_NONBLOCK) == 0 && Libc.fcntl(number, F_SETFL, flags | O_NONBLOCK) < 0) {
      throw SystemCallException.last("fcntl", "F_SETFL");
    }
  }

  /**
   * Makes a second descriptor of the same open file.
   *
   * @return the caller's to close
   * @throws SystemCallException if there are too many
   */
  public Descriptor duplicate() throws SystemCallException {
    return returned(Libc.dup(number()), "dup", "");
  }

  /** Closes the descriptor. Idempotent. */
  @Override
  public void close() {
    if (number == CLOSED) {
      return;
    }
    int closing = number;
    number = CLOSED;
    // Linux has closed it whatever the answer, which tells of earlier writes to files only.
    int ignored = Libc.close(closing);
    assert ignored == 0 : "close " + closing + ": " + Libc.strerror(Libc.errno());
  }

  @Override
  public String toString() {
    return number == CLOSED ? "closed" : "fd " + number;
  }
}
