package io.virtentropy.vhostuser.linux;

/**
 * Waits for one descriptor, with a finer time than epoll has (ppoll(2)). Waiting allocates nothing.
 *
 * <p>Used by one thread at a time.
 */
public final class Wait {
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private final NativeBuffer poll = new NativeBuffer(EpollLayout.POLL_BYTES);
  private final NativeBuffer time = new NativeBuffer(EpollLayout.TIME_BYTES);

  /**
   * Prepares to wait.
   *
   * @param fd for what; it stays the caller's
   */
  public Wait(Descriptor fd) {
    poll.bytes()
        .putInt(EpollLayout.POLL_FD, fd.number())
        .putShort(EpollLayout.POLL_EVENTS, (short) EpollLayout.POLLIN);
  }

  /**
   * Waits until something can be read.
   *
   * @param nanos the longest time
   * @return false if the time is over, or a signal came
   */
  public boolean await(long nanos) {
    time.bytes()
        .putLong(EpollLayout.TIME_SECONDS, nanos / NANOS_PER_SECOND)
        .putLong(EpollLayout.TIME_NANOS, nanos % NANOS_PER_SECOND);
    return Libc.ppoll(poll.address(), 1, time.address(), 0) > 0;
  }
}
