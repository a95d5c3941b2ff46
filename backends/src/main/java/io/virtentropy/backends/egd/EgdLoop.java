package io.virtentropy.backends.egd;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.backends.EntropySourceException.Reason;
import io.virtentropy.ratelimit.NanoClock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * The one thread's work for any number of {@link EgdBackend}s: a selector, timers, and what other
 * threads have asked for. Either somebody polls it, or it is started with a thread of its own:
 *
 * <pre>{@code
 * EgdLoop loop = EgdLoop.start(Thread::new);
 * EgdBackend one = EgdBackend.builder(EgdAddress.parse("unix:/run/egd.sock"), loop).open();
 * EgdBackend two = EgdBackend.builder(EgdAddress.parse("tcp:localhost:8888"), loop).open();
 * ...
 * loop.close();                  // and with it one and two
 * }</pre>
 *
 * <p>Sockets need no further thread. A pipe or a serial device has one that waits in its reads, and
 * the lookup of a host's name takes one for as long as it lasts; they too are made by the caller's
 * factory.
 */
public final class EgdLoop implements AutoCloseable {
  /** Where replies arrive: the most that is read at a time, and the largest datagram there is. */
  static final int STAGING = 1 << 16;

  private static final System.Logger LOG = System.getLogger(EgdBackend.class.getName());
  private static final long NANOS_PER_MILLI = 1_000_000;

  /** What a selection key carries. */
  @FunctionalInterface
  interface Selected extends Runnable {
    /** The channel is ready for something. */
    void selected();

    @Override
    default void run() {
      selected();
    }
  }

  /** A backend, as the loop sees it. */
  static final class Member {
    final EgdSession session;
    private final Runnable turn;
    private final Runnable tick;
    private final Runnable end;

    /** In {@link EgdLoop#signalled}; guarded by that. */
    private boolean isSignalled;

    Member(EgdSession session) {
      this.session = session;
      // Made once, not at every turn.
      this.turn = session::turn;
      this.tick = session::tick;
      this.end = session::end;
    }
  }

  private final Selector selector;
  private final NanoClock clock;
  private final ThreadFactory threads;
  private final ByteBuffer stagingMemory = ByteBuffer.allocateDirect(STAGING);
  private final ByteBuf staging = Unpooled.wrappedBuffer(stagingMemory).clear();
  private final Consumer<SelectionKey> dispatch = this::dispatch;

  /** Members with something to do, and tasks; guards itself and {@link #asleep}. */
  private final ArrayDeque<Member> signalled = new ArrayDeque<>();

  private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
  private boolean asleep;

  /** Of the thread that polls. */
  private final List<Member> members = new ArrayList<>();

  private final AtomicBoolean polled = new AtomicBoolean();
  private volatile boolean closed;
  private boolean tornDown;

  /** The instant at which timers are looked at again; meaningless while {@link #timed} is not. */
  private long nextTick;

  private boolean timed;

  private EgdLoop(NanoClock clock, ThreadFactory threads) {
    this.clock = Objects.requireNonNull(clock, "clock");
    this.threads = Objects.requireNonNull(threads, "threads");
    try {
      this.selector = Selector.open();
    } catch (IOException e) {
      throw new EntropySourceException(
          Reason.IO_ERROR, "no selector can be opened: " + EgdSession.words(e), e);
    }
  }

  /**
   * Opens a loop that its caller polls.
   *
   * @param clock what time-outs and delays are measured with
   * @param threads makes threads for pipes, devices and the lookup of names; not used for others
   * @return the loop, the caller's to close
   */
  public static EgdLoop open(NanoClock clock, ThreadFactory threads) {
    return new EgdLoop(clock, threads);
  }

  /**
   * Starts a loop on a thread of its own, which ends when the loop is closed.
   *
   * @param threads makes that thread and those that {@link #open} mentions
   * @return the loop, the caller's to close
   */
  public static EgdLoop start(ThreadFactory threads) {
    EgdLoop loop = open(NanoClock.system(), threads);
    Thread thread = threads.newThread(loop::run);
    if (thread == null) {
      loop.close();
      throw new EntropySourceException(
          Reason.UNAVAILABLE, "the loop of the egd sources was given no thread");
    }
    thread.start();
    return loop;
  }

  private void run() {
    while (!closed) {
      int unusedWork = poll(Long.MAX_VALUE);
      // The thread is the loop's own; an interrupt of it means nothing, and would end channels.
      boolean unused = Thread.interrupted();
    }
  }

  /**
   * Does what is to be done, and waits for something to do first.
   *
   * @param maxWaitNanos how long to wait at the most; 0 for not at all
   * @return how much was done; 0 if nothing
   * @throws IllegalStateException if another thread is polling
   */
  public int poll(long maxWaitNanos) {
    if (!polled.compareAndSet(false, true)) {
      throw new IllegalStateException("the loop is being polled already");
    }
    // An interrupt would end whatever channel is used next. It is the caller's, and given back.
    boolean interrupted = Thread.interrupted();
    try {
      int work = runSignalled();
      work += select(work > 0 ? 0 : maxWaitNanos);
      work += runSignalled();
      return work + runTimers();
    } finally {
      polled.set(false);
      if (closed) {
        tearDown();
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private int select(long maxWaitNanos) {
    if (closed) {
      return 0;
    }
    long wait = Math.max(0, maxWaitNanos);
    if (timed) {
      wait = Math.min(wait, Math.max(0, nextTick - clock.nanoTime()));
    }
    synchronized (signalled) {
      if (!signalled.isEmpty() || !tasks.isEmpty()) {
        wait = 0;
      }
      asleep = wait > 0;
    }
    try {
      if (wait == 0) {
        return selector.selectNow(dispatch);
      }
      // Rounded up: a timer is never looked at before it is due, and never spun for.
      long millis = wait / NANOS_PER_MILLI + (wait % NANOS_PER_MILLI > 0 ? 1 : 0);
      return selector.select(dispatch, millis);
    } catch (IOException e) {
      throw new EntropySourceException(
          Reason.IO_ERROR, "the selector of the egd sources failed: " + EgdSession.words(e), e);
    } finally {
      synchronized (signalled) {
        asleep = false;
      }
    }
  }

  private void dispatch(SelectionKey key) {
    Object attached = key.attachment();
    if (attached instanceof Selected selected) {
      guarded(selected);
    }
  }

  private int runSignalled() {
    int done = 0;
    // Those only that are there now: a consumer that asks again at once waits for the next turn.
    int turns;
    synchronized (signalled) {
      turns = signalled.size() + tasks.size();
    }
    for (; done < turns; done++) {
      Member member;
      Runnable task;
      synchronized (signalled) {
        task = tasks.pollFirst();
        member = task == null ? signalled.pollFirst() : null;
        if (member != null) {
          member.isSignalled = false;
        }
      }
      if (task != null) {
        guarded(task);
      } else if (member != null) {
        turn(member);
      }
    }
    return done;
  }

  private void turn(Member member) {
    if (closed) {
      guarded(member.end);
      return;
    }
    if (member.session.state() == EgdState.NEW) {
      members.add(member);
    }
    guarded(member.turn);
    if (member.session.state() == EgdState.CLOSED) {
      members.remove(member);
    } else {
      schedule(member);
    }
  }

  private void schedule(Member member) {
    long now = clock.nanoTime();
    long idle = member.session.idle(now);
    if (idle != Long.MAX_VALUE && (!timed || now + idle - nextTick < 0)) {
      timed = true;
      nextTick = now + idle;
    }
  }

  /** Looks at all members once the first of them can be due; that is seldom. */
  private int runTimers() {
    if (!timed || clock.nanoTime() - nextTick < 0) {
      return 0;
    }
    timed = false;
    for (int i = 0; i < members.size(); i++) {
      guarded(members.get(i).tick);
    }
    for (int i = 0; i < members.size(); i++) {
      schedule(members.get(i));
    }
    return 1;
  }

  /** One source's mistake must not end the others. */
  private static void guarded(Runnable work) {
    try {
      work.run();
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, "serving an egd source", e);
    }
  }

  // ---- for members

  NanoClock clock() {
    return clock;
  }

  ThreadFactory threads() {
    return threads;
  }

  ByteBuf staging() {
    return staging;
  }

  /** Gives a member its turn soon. Any thread. */
  void signal(Member member) {
    synchronized (signalled) {
      if (member.isSignalled) {
        return;
      }
      member.isSignalled = true;
      signalled.addLast(member);
      wakeIfAsleep();
    }
    if (closed) {
      tearDown(); // nobody else will come by
    }
  }

  /** Has something done by the thread that polls, soon. Any thread. */
  void execute(Runnable task) {
    synchronized (signalled) {
      tasks.addLast(task);
      wakeIfAsleep();
    }
  }

  private void wakeIfAsleep() {
    if (asleep) {
      asleep = false;
      selector.wakeup();
    }
  }

  /**
   * Ends a member whose session has been shut: here and now if nobody polls, else soon, by who
   * does.
   */
  void finish(Member member) {
    if (polled.compareAndSet(false, true)) {
      try {
        guarded(member.end);
        members.remove(member);
      } finally {
        polled.set(false);
      }
      if (closed) {
        tearDown();
      }
    } else {
      signal(member);
    }
  }

  /** A channel of this loop's selector, which calls back when it is ready. */
  SelectionKey register(SelectableChannel channel, int ops, Selected selected) throws IOException {
    return channel.register(selector, ops, selected);
  }

  boolean isClosed() {
    return closed;
  }

  /** Closes all backends of this loop, and ends its thread if it has one. Idempotent. */
  @Override
  public void close() {
    closed = true;
    selector.wakeup();
    tearDown();
  }

  /** Ends everything, unless somebody polls: he does it then, when he is done. */
  private void tearDown() {
    if (!polled.compareAndSet(false, true)) {
      return;
    }
    try {
      int unused = runSignalled();
      for (Member member : members) {
        guarded(member.end);
      }
      members.clear();
      if (tornDown) {
        return;
      }
      tornDown = true;
      selector.close();
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "closing a selector: {0}", e.getMessage());
    } finally {
      polled.set(false);
    }
  }
}
