package io.virtentropy.vhostuser;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.ratelimit.NanoClock;
import io.virtentropy.ratelimit.RateLimiter;
import io.virtentropy.vhostuser.Disconnection.Cause;
import io.virtentropy.vhostuser.GuestSocket.Role;
import io.virtentropy.vhostuser.linux.Descriptor;
import io.virtentropy.vhostuser.linux.Epoll;
import io.virtentropy.vhostuser.linux.ListeningSocket;
import io.virtentropy.vhostuser.linux.Signal;
import io.virtentropy.vhostuser.linux.SystemCallException;
import io.virtentropy.vhostuser.linux.UnixSocket;
import io.virtentropy.vhostuser.memory.MemoryTable;
import io.virtentropy.vhostuser.memory.RegionDescription;
import io.virtentropy.virtio.device.DeviceTrace;
import io.virtentropy.virtio.device.RequestLoop;
import io.virtentropy.virtio.queue.SplitVirtqueue;
import java.io.IOException;

/**
 * One socket of the server with all that stands behind it: listening or connecting, at most one
 * connection, the guest's memory and its ring.
 *
 * <p>While a front-end is connected, others wait in the listening socket's queue.
 */
final class Endpoint implements AutoCloseable, Session.Host, Vring.KickWatch {
  /** The wait after a first failure to connect or to accept, in nanoseconds. */
  static final long FIRST_RETRY_NANOS = 10_000_000L;

  /** The longest wait after failures to connect or to accept, in nanoseconds. */
  static final long LAST_RETRY_NANOS = 1_000_000_000L;

  /** How often {@link #drain} looks for more: a driver may post as fast as it is served. */
  private static final int DRAIN_RUNS = 16;

  private final GuestSocket guest;
  private final Epoll epoll;
  private final NanoClock clock;
  private final VhostUserListener listener;
  private final MemoryTable table = new MemoryTable();
  private final Vring ring;

  private ListeningSocket listening;
  private Connection connection;

  /** Tells events of this connection from those that were under way when the last one ended. */
  private int generation;

  private boolean memoryDoubted;
  private boolean retrying;
  private long retryAt;
  private long nextRetryNanos = FIRST_RETRY_NANOS;
  private boolean unreachableReported;

  Endpoint(
      GuestSocket guest,
      int queueSize,
      EntropyBackend source,
      RateLimiter limiter,
      NanoClock clock,
      VhostUserListener listener,
      Epoll epoll,
      Runnable wakeUp) {
    this.guest = guest;
    this.epoll = epoll;
    this.clock = clock;
    this.listener = listener;
    SplitVirtqueue queue = new SplitVirtqueue(table.memory(), queueSize);
    RequestLoop loop =
        new RequestLoop(
            queue,
            table.memory(),
            source,
            limiter,
            clock,
            guest.counters(),
            new SourceTrace(),
            wakeUp);
    this.ring = new Vring(queue, loop, table, guest.counters(), this);
  }

  /** Passes on what the loop tells of the source. */
  private final class SourceTrace implements DeviceTrace {
    @Override
    public void sourceFailed(EntropySourceException failure, long retryNanos) {
      memoryDoubted = true; // a system call into memory that went away looks like this
      listener.sourceFailed(guest, failure, retryNanos);
    }
  }

  GuestSocket guest() {
    return guest;
  }

  Vring ring() {
    return ring;
  }

  /** Begins to listen or to connect. */
  void open() throws IOException {
    if (guest.role() == Role.CONNECTS) {
      retry();
      return;
    }
    listening = ListeningSocket.at(guest.path());
    epoll.add(listening.descriptor(), Epoll.READABLE, Token.listener(guest.index()));
  }

  // ---- connections

  /** Whether an event belongs to the connection there is now. */
  boolean isCurrent(int eventGeneration) {
    return connection != null && eventGeneration == generation;
  }

  /** Takes a waiting front-end, unless there is one already. */
  void accept() {
    if (connection != null) {
      return;
    }
    try {
      Descriptor connected = UnixSocket.accept(listening.descriptor());
      if (connected != null) {
        connect(connected);
      }
    } catch (SystemCallException e) {
      failed(e.getMessage());
      interest(Epoll.NOTHING); // else the event would come again at once
    }
  }

  private void connect(Descriptor connected) throws SystemCallException {
    boolean watched = false;
    try {
      generation++;
      epoll.add(connected, Epoll.READABLE, Token.connection(guest.index(), generation));
      watched = true;
    } finally {
      if (!watched) {
        connected.close();
      }
    }
    connection = new Connection(connected, ring, table, this, guest.role() == Role.CONNECTS);
    retrying = false;
    nextRetryNanos = FIRST_RETRY_NANOS;
    unreachableReported = false;
    interest(Epoll.NOTHING);
    guest.setConnected(true);
    listener.connected(guest);
  }

  private void interest(int interest) {
    if (listening == null) {
      return;
    }
    try {
      epoll.change(listening.descriptor(), interest, Token.listener(guest.index()));
    } catch (SystemCallException e) {
      throw new IllegalStateException(e);
    }
  }

  private void failed(String why) {
    if (!unreachableReported) {
      unreachableReported = true;
      listener.unreachable(guest, why);
    }
    retryAfter(nextRetryNanos);
    nextRetryNanos = Math.min(2 * nextRetryNanos, LAST_RETRY_NANOS);
  }

  private void retryAfter(long nanos) {
    retrying = true;
    retryAt = clock.nanoTime() + nanos;
  }

  /** When to connect or accept again, in nanoseconds from now; very long if not at all. */
  long nanosUntilRetry() {
    return retrying ? Math.max(0, retryAt - clock.nanoTime()) : Long.MAX_VALUE;
  }

  /** Tries again what failed: to accept or to connect. */
  void retry() {
    retrying = false;
    if (listening != null) {
      interest(Epoll.READABLE);
      return;
    }
    try {
      connect(UnixSocket.connect(guest.path()));
    } catch (SystemCallException e) {
      failed(e.getMessage());
    }
  }

  /** Handles what the front-end has sent. */
  void read() {
    try {
      Disconnection end = connection.read();
      reportFault();
      if (end != null) {
        disconnect(end);
      }
    } catch (InternalError e) {
      endUnreadable(e);
    }
  }

  private void disconnect(Disconnection why) {
    if (why.cause() == Cause.MEMORY_SHRANK) {
      ring.abandon();
    } else {
      try {
        ring.detach();
      } catch (InternalError e) {
        ring.abandon(); // the memory went first; nothing more is done to it
      }
    }
    ring.close();
    table.close();
    connection.close(); // nobody else has this end of the socket, so it leaves the set by itself
    connection = null;
    if (why.cause() != Cause.SERVER_CLOSED) {
      expectNext();
    }
    guest.setConnected(false);
    listener.disconnected(guest, why);
  }

  /** Sees to it that the next front-end is taken. */
  private void expectNext() {
    if (listening != null) {
      interest(Epoll.READABLE);
    } else {
      retryAfter(FIRST_RETRY_NANOS);
    }
  }

  // ---- the ring

  /** Takes a kick. */
  void kicked() {
    ring.kicked();
    reportFault();
  }

  /** Serves the ring; true if a buffer was taken or returned. */
  boolean serve(boolean polling) {
    try {
      boolean progress = ring.serve(polling);
      reportFault();
      if (memoryDoubted) {
        memoryDoubted = false;
        endIfShrunk();
      }
      return progress;
    } catch (InternalError e) {
      endUnreadable(e);
      return true;
    }
  }

  private void reportFault() {
    if (ring.hasNewFault()) {
      listener.ringBroken(guest, ring.fault());
    }
  }

  @Override
  public void watchKick(Signal kick) throws SystemCallException {
    int interest = Epoll.READABLE | Epoll.EDGE_TRIGGERED;
    epoll.add(kick.descriptor(), interest, Token.kick(guest.index(), generation));
  }

  @Override
  public void unwatch(Signal kick) {
    try {
      epoll.remove(kick.descriptor());
    } catch (SystemCallException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void started() {
    listener.negotiated(guest, connection.session().negotiation());
  }

  @Override
  public void refused(String what) {
    listener.refused(guest, what);
  }

  // ---- memory that went away

  /** Ends the connection if the file of the guest's memory is shorter than what is mapped of it. */
  private boolean endIfShrunk() {
    RegionDescription shrunk = table.shrunkRegion();
    if (shrunk == null) {
      return false;
    }
    disconnect(new Disconnection(Cause.MEMORY_SHRANK, shrunk + " is longer than its file by now"));
    return true;
  }

  /** Ends the connection because the guest's memory could not be accessed. */
  private void endUnreadable(InternalError fault) {
    if (connection != null && !endIfShrunk()) {
      disconnect(new Disconnection(Cause.MEMORY_SHRANK, fault.getMessage()));
    }
  }

  // ---- the end

  /** Completes what can be completed without waiting. */
  void drain() {
    for (int i = 0; i < DRAIN_RUNS && ring.isLive() && serve(false); i++) {}
  }

  @Override
  public void close() {
    if (connection != null) {
      disconnect(new Disconnection(Cause.SERVER_CLOSED, ""));
    }
    retrying = false;
    if (listening != null) {
      listening.close();
      listening = null;
    }
  }
}
