package io.virtentropy.vhostuser;

import io.virtentropy.vhostuser.linux.Epoll;
import io.virtentropy.vhostuser.linux.LateFaults;
import io.virtentropy.vhostuser.linux.SystemCallException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/**
 * Entropy devices for virtual machines in other processes, over vhost-user: one socket for each
 * guest, one thread for all of them.
 *
 * <pre>{@code
 * try (VhostUserServer server =
 *     VhostUserServer.builder()
 *         .source(EntropyBackends.open("builtin"))
 *         .listen(Path.of("/run/vm1-rng.sock"))
 *         .build()) {
 *   while (running) {
 *     server.poll(1_000_000_000L);
 *   }
 * }
 * }</pre>
 *
 * <p><b>Duty cycle.</b> {@link #poll} does a bounded amount of work and returns; when there is none
 * it looks for some a little while, then sleeps. It is called again and again by one thread, since
 * a guest whose ring is being looked at has been told that it need not kick. {@link
 * VhostUserRunner} does that. Only {@link #wakeUp} may be called by other threads.
 *
 * <p><b>Guests are hostile, front-ends nearly so.</b> Whatever a driver writes into its ring, or a
 * front-end sends, ends in a broken ring or a closed connection of its own. What a front-end could
 * still do to its neighbours in the same process: pass memory whose access never returns, such as a
 * file of a file system that it serves itself. Guests that must be shielded from that get processes
 * of their own.
 *
 * <p>Sources write into the guest's memory through a {@code ByteBuffer}, and must not keep it.
 * Should that memory's file get shorter, an access is an {@link InternalError}, which is caught
 * here and ends the connection of the guest whose file it is, and no other; a system call into such
 * memory fails, and appears as a failure of the source.
 */
public final class VhostUserServer implements AutoCloseable {
  /** The largest ring offered unless another is chosen. */
  public static final int DEFAULT_QUEUE_SIZE = 1024;

  /** The longest look for work before sleeping, in nanoseconds, unless another is chosen. */
  public static final long DEFAULT_SPIN_NANOS = 100_000;

  /** While there is work in rings, sockets and other guests' kicks are looked at this often. */
  private static final long LOOK_NANOS = 20_000;

  /** The same, in rounds of looking at rings in vain. */
  private static final int LOOK_ROUNDS = 16;

  /** How often a ring without a kick descriptor is looked at while the thread would sleep. */
  private static final long UNKICKED_NANOS = 500_000;

  private final Endpoint[] endpoints;
  private final List<GuestSocket> guests;
  private final Epoll epoll;
  private final WakeUp wake;
  private final SpinBudget spin;

  /** A ring was looked at, and whether its memory is there remains to be seen. */
  private boolean faultPossible;

  private long lastWork;
  private long lastLook;
  private long asleepSince;
  private boolean wasAsleep;
  private boolean closed;

  VhostUserServer(VhostUserServerBuilder builder) throws IOException {
    spin = new SpinBudget(builder.spinNanos);
    lastWork = System.nanoTime() - builder.spinNanos;
    guests = List.copyOf(builder.sockets);
    endpoints = new Endpoint[guests.size()];
    boolean open = false;
    Epoll madeEpoll = new Epoll();
    WakeUp madeWake = null;
    try {
      madeWake = new WakeUp();
      epoll = madeEpoll;
      wake = madeWake;
      int interest = Epoll.READABLE | Epoll.EDGE_TRIGGERED;
      epoll.add(wake.signal().descriptor(), interest, Token.wake());
      for (GuestSocket guest : guests) {
        Endpoint endpoint =
            new Endpoint(
                guest,
                builder.queueSize,
                builder.sources.apply(guest),
                builder.limiters.apply(guest),
                builder.clock,
                builder.listener,
                epoll,
                wake::workIsThere);
        endpoints[guest.index()] = endpoint;
        endpoint.open();
      }
      open = true;
    } finally {
      if (!open) {
        closeAll();
        if (madeWake != null) {
          madeWake.close();
        }
        madeEpoll.close();
      }
    }
  }

  /**
   * Begins a server.
   *
   * @return a builder; a source and at least one socket are needed
   */
  public static VhostUserServerBuilder builder() {
    return new VhostUserServerBuilder();
  }

  /**
   * The sockets with what was counted for each.
   *
   * @return in the order of the builder's calls; may be used by any thread
   */
  public List<GuestSocket> guests() {
    return guests;
  }

  // ---- the duty cycle

  /**
   * Serves guests and front-ends. Returns after some work, or when the time is over, or after
   * {@link #wakeUp}.
   *
   * @param waitNanos how long to wait for work, in nanoseconds; 0 not to wait
   * @return how much was done; 0 if nothing
   */
  public int poll(long waitNanos) {
    if (closed) {
      throw new IllegalStateException("the server is closed");
    }
    try {
      int work = cycle(waitNanos);
      deliverFault();
      return work;
    } catch (InternalError e) {
      suspectWatched();
      return 1;
    } catch (SystemCallException e) {
      throw new UncheckedIOException(e);
    }
  }

  private int cycle(long waitNanos) throws SystemCallException {
    int work = serveDue();
    if (work > 0) {
      lastWork = System.nanoTime();
      return lastWork - lastLook >= LOOK_NANOS ? work + look(0) : work;
    }
    if (waitNanos <= 0) {
      return look(0);
    }
    if (spin.isWorthwhile()) {
      work = spinForWork();
      if (work > 0) {
        return work;
      }
    }
    work = askForKicks();
    return work > 0 ? work : look(waitNanos);
  }

  private int serveDue() {
    int work = 0;
    for (Endpoint endpoint : endpoints) {
      if (isDue(endpoint.ring()) && endpoint.serve(spin.isWorthwhile())) {
        work++;
      }
    }
    return work;
  }

  /** Looks at rings, and now and then at everything, for as long as that has lately paid. */
  private int spinForWork() throws SystemCallException {
    long until = lastWork + spin.nanos();
    int rounds = 0;
    while (System.nanoTime() - until < 0) {
      Thread.onSpinWait();
      int work = serveDue();
      if (work == 0 && ++rounds % LOOK_ROUNDS == 0) {
        work = look(0);
      }
      if (work > 0) {
        lastWork = System.nanoTime();
        return work;
      }
    }
    return 0;
  }

  /** Has every driver kick again that was told it need not; serves what comes up at that. */
  private int askForKicks() {
    deliverFault();
    int work = 0;
    for (Endpoint endpoint : endpoints) {
      if (endpoint.ring().isPolled() && endpoint.serve(false)) {
        work++;
      }
    }
    return work;
  }

  /** Waits for events and timers, and handles them. */
  private int look(long waitNanos) throws SystemCallException {
    deliverFault();
    long wait = waitNanos;
    if (wait > 0) {
      wake.fallAsleep();
      wait = wake.takeRequest() ? 0 : Math.min(wait, nanosUntilDue());
      asleepSince = System.nanoTime();
      wasAsleep = wait > 0;
    }
    int events = epoll.await(wait);
    wake.awake();
    lastLook = System.nanoTime();
    int work = events;
    for (int i = 0; i < events; i++) {
      handle(epoll.token(i));
    }
    wasAsleep = false;
    for (Endpoint endpoint : endpoints) {
      if (endpoint.nanosUntilRetry() == 0) {
        endpoint.retry();
        work++;
      }
    }
    return work;
  }

  private long nanosUntilDue() {
    long nanos = Long.MAX_VALUE;
    for (Endpoint endpoint : endpoints) {
      Vring ring = endpoint.ring();
      nanos = Math.min(nanos, Math.min(ring.nanosUntilDue(), endpoint.nanosUntilRetry()));
      if (ring.needsPolling()) {
        nanos = Math.min(nanos, UNKICKED_NANOS);
      }
    }
    return nanos;
  }

  private void handle(long token) {
    int kind = Token.kind(token);
    if (kind == Token.WAKE) {
      return; // it is edge-triggered and need not be read
    }
    Endpoint endpoint = endpoints[Token.endpoint(token)];
    if (kind == Token.LISTENER) {
      endpoint.accept();
      return;
    }
    if (!endpoint.isCurrent(Token.generation(token))) {
      return;
    }
    if (kind == Token.CONNECTION) {
      endpoint.read();
      return;
    }
    if (wasAsleep) {
      wasAsleep = false;
      spin.kickedAfter(lastLook - asleepSince);
    }
    endpoint.kicked();
    if (endpoint.ring().isDue()) {
      endpoint.serve(spin.isWorthwhile());
      lastWork = lastLook;
    }
  }

  /** Ends a wait of {@link #poll}, or the next one. May be called by any thread. */
  public void wakeUp() {
    wake.request();
  }

  // ---- memory that went away

  /** Whether a ring has to be served; if so, no fault is due that is not its own. */
  private boolean isDue(Vring ring) {
    if (ring.isDue()) {
      deliverFault();
      return true;
    }
    faultPossible |= ring.isWatched();
    return false;
  }

  /**
   * Brings on the fault that a look at a ring may have left behind, before it gets in the way of
   * another guest, or between the kernel and an event that it tells of once.
   */
  private void deliverFault() {
    if (faultPossible) {
      faultPossible = false;
      LateFaults.deliver();
    }
  }

  /**
   * A ring that was looked at is in memory that can't be accessed. Which one is not known: all are
   * served next, and the one that it was ends there.
   */
  private void suspectWatched() {
    for (Endpoint endpoint : endpoints) {
      if (endpoint.ring().isWatched()) {
        endpoint.ring().look();
      }
    }
  }

  // ---- the end

  /**
   * Completes what can be completed without waiting, ends all connections and removes the sockets.
   * Requests that wait stay in their guests' rings for whoever serves them next. Called by the
   * thread that polls. Idempotent.
   */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    for (Endpoint endpoint : endpoints) {
      endpoint.drain();
      endpoint.close();
    }
    closeAll();
    wake.close();
    epoll.close();
  }

  private void closeAll() {
    for (Endpoint endpoint : endpoints) {
      if (endpoint != null) {
        endpoint.close();
      }
    }
  }
}
