package io.virtentropy.distribution.libvirt;

import io.virtentropy.distribution.daemon.DaemonEvent;
import io.virtentropy.distribution.daemon.PoolControl;
import io.virtentropy.ratelimit.NanoClock;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Serves the guests of a libvirt on this machine: each entropy device whose egd backend is a unix
 * socket where QEMU listens is connected to by the pool that the guest's metadata name, for as long
 * as the guest runs.
 *
 * <p>Two threads do that. One follows libvirt, with up to four beside it that make calls and may
 * hang as long as libvirt does; the other puts what is known into pools. None is on the way that
 * entropy takes. While libvirt can't be reached guests are served as before.
 *
 * <p>All methods may be called by any thread.
 */
public final class LibvirtGuests implements AutoCloseable {
  /** How long the end waits for libvirt; longer, and the connection is left to the system. */
  private static final long CLOSE_MILLIS = 1000;

  /** How long a thread that calls libvirt is kept without work. */
  private static final long IDLE_SECONDS = 60;

  private static final long PLACE_AGAIN_NANOS = 10_000_000_000L;

  private final LibvirtUri uri;
  private final String defaultPool;
  private final DomainFollower follower;
  private final GuestPlacer placer;
  private final Alarm followerAlarm = new Alarm();
  private final Alarm placerAlarm = new Alarm();
  private final Runnable subscription;
  private final List<Thread> threads;
  private final ThreadPoolExecutor callers;
  private volatile boolean closed;

  /** With any hypervisor. */
  LibvirtGuests(
      LibvirtUri uri,
      String defaultPool,
      Hypervisor hypervisor,
      SocketNodes nodes,
      PoolControl control,
      NanoClock clock,
      ThreadFactory threads) {
    this.uri = uri;
    this.defaultPool = defaultPool;
    this.placer = new GuestPlacer(control, defaultPool);
    this.callers =
        new ThreadPoolExecutor(
            HypervisorCalls.MOST,
            HypervisorCalls.MOST,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            threads);
    this.callers.allowCoreThreadTimeOut(true);
    this.follower =
        new DomainFollower(
            hypervisor,
            uri.value(),
            nodes,
            clock,
            control.events(),
            running -> {
              placer.setDomains(running);
              placerAlarm.ring();
            },
            followerAlarm,
            callers);
    this.subscription = control.events().subscribe(this::poolsMayHaveChanged);
    this.threads =
        List.of(threads.newThread(this::followDomains), threads.newThread(this::placeGuests));
  }

  /**
   * Prepares to serve guests.
   *
   * @param uri which libvirt
   * @param defaultPool the name of the pool of guests that name none; it need not exist yet
   * @param control the pools
   * @param clock the clock of retries
   * @param threads makes the threads, which should be daemons: some may hang in libvirt
   * @return to be started, and closed before the pools are
   * @throws HypervisorException if libvirt's client library isn't there
   */
  public static LibvirtGuests of(
      LibvirtUri uri,
      String defaultPool,
      PoolControl control,
      NanoClock clock,
      ThreadFactory threads)
      throws HypervisorException {
    Objects.requireNonNull(defaultPool, "defaultPool");
    return new LibvirtGuests(
        uri,
        defaultPool,
        LibvirtHypervisor.at(uri),
        SocketNodes.inFileSystem(),
        control,
        clock,
        threads);
  }

  /**
   * Starts to serve guests; once. That libvirt can't be reached is no reason not to: it is tried
   * until it can.
   */
  public void start() {
    threads.forEach(Thread::start);
  }

  private void poolsMayHaveChanged(DaemonEvent event) {
    switch (event.kind()) {
      case DEFINED, UNDEFINED, STARTED, STOPPED -> placerAlarm.ring();
      default -> {
        // nothing that decides where a guest belongs
      }
    }
  }

  private void followDomains() {
    try {
      while (!closed) {
        followerAlarm.await(follower.poll());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      follower.close();
      callers.shutdown(); // who hangs ends when libvirt lets him
    }
  }

  /** Places what is known; returns when to do so again though nothing happens, in nanoseconds. */
  private long place() {
    try {
      placer.place();
      return Long.MAX_VALUE;
    } catch (RuntimeException e) {
      // Pools serve on as they did; this thread must be there for what comes next.
      System.getLogger(LibvirtGuests.class.getName())
          .log(System.Logger.Level.ERROR, "guests could not be placed; it is tried again", e);
      return PLACE_AGAIN_NANOS;
    }
  }

  private void placeGuests() {
    try {
      while (!closed) {
        placerAlarm.await(place());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** {@return how things are, as far as is known; never waits} */
  public LibvirtReport report() {
    return new LibvirtReport(uri.value(), defaultPool, follower.report(), placer.devices());
  }

  /** Ends the connection. Pools go on serving what they served last. */
  @Override
  public void close() {
    closed = true;
    subscription.run();
    followerAlarm.ring();
    placerAlarm.ring();
    boolean interrupted = false;
    for (Thread thread : threads) {
      try {
        thread.join(CLOSE_MILLIS);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
