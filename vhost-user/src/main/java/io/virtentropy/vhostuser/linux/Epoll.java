package io.virtentropy.vhostuser.linux;

/**
 * Waits for many descriptors at once (epoll(7)). Waiting allocates nothing.
 *
 * <p>Used by one thread at a time.
 */
public final class Epoll implements AutoCloseable {
  /** Something can be read, or the other side is gone. */
  public static final int READABLE = 0x1;

  /** Tell of every new event once, instead of for as long as it lasts. */
  public static final int EDGE_TRIGGERED = 1 << 31;

  /** Nothing but errors, which are always told of. */
  public static final int NOTHING = 0;

  private static final int MOST_EVENTS = 64;
  private static final long NANOS_PER_MILLI = 1_000_000L;

  private final Descriptor epoll;
  private final NativeBuffer registration = new NativeBuffer(EpollLayout.EVENT_BYTES);
  private final NativeBuffer events = new NativeBuffer(EpollLayout.EVENT_BYTES * MOST_EVENTS);
  private final Wait fineWait;

  /**
   * Creates an empty set.
   *
   * @throws SystemCallException if there are too many open files
   */
  public Epoll() throws SystemCallException {
    int fd = Libc.epoll_create1(EpollLayout.CLOEXEC);
    epoll = Descriptor.returned(fd, "epoll_create1", "");
    fineWait = new Wait(epoll);
  }

  /**
   * Adds a descriptor. It leaves the set by itself when the last descriptor of its open file is
   * closed, so one that a peer has too must be removed first.
   *
   * @param fd what to wait for
   * @param interest a combination of the constants
   * @param token given back with each event
   * @throws SystemCallException if the descriptor is of a kind that can't be waited for
   */
  public void add(Descriptor fd, int interest, long token) throws SystemCallException {
    control(EpollLayout.CTL_ADD, fd, interest, token);
  }

  /**
   * Changes what is waited for.
   *
   * @param fd a descriptor of the set
   * @param interest a combination of the constants
   * @param token given back with each event
   * @throws SystemCallException if it is not in the set
   */
  public void change(Descriptor fd, int interest, long token) throws SystemCallException {
    control(EpollLayout.CTL_MOD, fd, interest, token);
  }

  /**
   * Removes a descriptor.
   *
   * @param fd a descriptor of the set
   * @throws SystemCallException if it is not in the set
   */
  public void remove(Descriptor fd) throws SystemCallException {
    control(EpollLayout.CTL_DEL, fd, 0, 0);
  }

  private void control(int operation, Descriptor fd, int interest, long token)
      throws SystemCallException {
    registration.bytes().putInt(EpollLayout.EVENTS, interest).putLong(EpollLayout.DATA, token);
    if (Libc.epoll_ctl(epoll.number(), operation, fd.number(), registration.address()) < 0) {
      throw SystemCallException.last("epoll_ctl", fd.toString());
    }
  }

  /**
   * Waits for events.
   *
   * @param nanos the longest time; 0 to look only. Less than two milliseconds are met to the
   *     kernel's timer slack, longer times are rounded down to milliseconds
   * @return how many there are; 0 also after a signal
   * @throws SystemCallException never, unless the set is closed
   */
  public int await(long nanos) throws SystemCallException {
    int millis = 0;
    if (nanos >= 2 * NANOS_PER_MILLI) {
      millis = (int) Math.min(nanos / NANOS_PER_MILLI, Integer.MAX_VALUE);
    } else if (nanos > 0 && !fineWait.await(nanos)) {
      return 0;
    }
    int n = Libc.epoll_wait(epoll.number(), events.address(), MOST_EVENTS, millis);
    if (n < 0) {
      if (Libc.errno() == Errno.EINTR) {
        return 0;
      }
      throw SystemCallException.last("epoll_wait", "");
    }
    return n;
  }

  /**
   * Which descriptor an event is of.
   *
   * @param event 0 to what {@link #await} returned - 1
   * @return its token
   */
  public long token(int event) {
    return events.bytes().getLong(EpollLayout.EVENT_BYTES * event + EpollLayout.DATA);
  }

  /** Ends the set; what is in it stays open. Idempotent. */
  @Override
  public void close() {
    epoll.close();
  }
}
