package io.virtentropy.distribution.libvirt;

import io.virtentropy.ratelimit.NanoClock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;

/**
 * Calls of libvirt, made by others than the thread that needs their answers: one that hangs, since
 * nothing can interrupt it, then holds up nothing but itself.
 *
 * <p>Belongs to one thread, which begins calls and takes their answers. {@link #waitingNanos} may
 * be called by any.
 *
 * @param <K> what a call is about; there is one at a time about each
 */
final class HypervisorCalls<K> {
  /**
   * The most calls at a time, those that hang among them. libvirtd takes five of a client, and
   * beyond that not even its signs of life.
   */
  static final int MOST = 4;

  /** After so long a call counts as one that hangs. */
  static final long PATIENCE_NANOS = 5_000_000_000L;

  private static final long NONE = Long.MIN_VALUE;

  private final Executor callers;
  private final NanoClock clock;
  private final Alarm alarm;
  private final Queue<Call<?>> answered = new ConcurrentLinkedQueue<>();
  private final Map<K, Call<?>> underWay = new HashMap<>();
  private int running;
  private volatile long oldestSince = NONE;

  /** What libvirt is asked. */
  interface Question<T> {
    T ask() throws HypervisorException;
  }

  /** What becomes of the answer. */
  interface Taker<T> {
    /** Takes what was answered; on the thread that began the call. */
    void take(T answer) throws HypervisorException;

    /** Takes that it failed. */
    void takeFailure(HypervisorException failure) throws HypervisorException;
  }

  /**
   * Creates it.
   *
   * @param callers runs calls, {@link #MOST} at a time, on threads that may hang
   * @param clock the clock of patience
   * @param alarm is rung when there is an answer
   */
  HypervisorCalls(Executor callers, NanoClock clock, Alarm alarm) {
    this.callers = callers;
    this.clock = clock;
    this.alarm = alarm;
  }

  private final class Call<T> implements Runnable {
    private final K about;
    private final Question<T> question;
    private final Taker<T> taker;
    private final long since = now();
    private boolean late;
    private T answer;
    private HypervisorException failure;
    private RuntimeException fault = new IllegalStateException("the call ended without an answer");

    Call(K about, Question<T> question, Taker<T> taker) {
      this.about = about;
      this.question = question;
      this.taker = taker;
    }

    @Override
    public void run() {
      try {
        answer = question.ask();
        fault = null;
      } catch (HypervisorException e) {
        failure = e;
        fault = null;
      } catch (RuntimeException e) {
        fault = e;
      } finally {
        answered.add(this);
        alarm.ring();
      }
    }

    void hand() throws HypervisorException {
      if (fault != null) {
        throw fault;
      }
      if (failure != null) {
        taker.takeFailure(failure);
      } else {
        taker.take(answer);
      }
    }
  }

  private long now() {
    long now = clock.nanoTime();
    return now == NONE ? now + 1 : now;
  }

  /** Whether one more can be begun. */
  boolean hasRoom() {
    return running < MOST;
  }

  /** Whether one about this is under way, or its answer has not been taken. */
  boolean isUnderWay(K about) {
    return underWay.containsKey(about);
  }

  /** Begins a call; there is room for it, and none about the same. */
  <T> void begin(K about, Question<T> question, Taker<T> taker) {
    Call<T> call = new Call<>(about, question, taker);
    underWay.put(about, call);
    running++;
    noteOldest();
    callers.execute(call);
  }

  /**
   * Hands over the answers that are there.
   *
   * @return whether there were any
   * @throws HypervisorException as a taker does; the answers behind that one are there still
   */
  boolean takeAnswers() throws HypervisorException {
    boolean any = false;
    Call<?> call;
    while ((call = answered.poll()) != null) {
      running--;
      any = true;
      if (underWay.remove(call.about, call)) { // or it is of a connection that is gone
        noteOldest();
        call.hand();
      }
    }
    return any;
  }

  /** What the calls are about that have come to count as hanging since this was asked last. */
  List<K> newlyLate() {
    List<K> late = new ArrayList<>();
    for (Call<?> call : underWay.values()) {
      if (!call.late && clock.nanoTime() - call.since >= PATIENCE_NANOS) {
        call.late = true;
        late.add(call.about);
      }
    }
    return late;
  }

  /** Whether an answer can be expected soon. */
  boolean isWaiting() {
    return underWay.values().stream().anyMatch(call -> !call.late);
  }

  /** How long until another call counts as hanging; {@link Long#MAX_VALUE} if none can. */
  long nanosUntilLate() {
    long now = clock.nanoTime();
    return underWay.values().stream()
        .filter(call -> !call.late)
        .mapToLong(call -> Math.max(0, call.since + PATIENCE_NANOS - now))
        .min()
        .orElse(Long.MAX_VALUE);
  }

  /** Forgets what was asked of a connection; what hangs stays in its place until it returns. */
  void forget() {
    underWay.clear();
    noteOldest();
  }

  private void noteOldest() {
    oldestSince =
        underWay.values().stream()
            .mapToLong(call -> call.since)
            .reduce((a, b) -> a - b <= 0 ? a : b)
            .orElse(NONE);
  }

  /** For how long the oldest call has been under way; 0 if there is none. */
  long waitingNanos() {
    long since = oldestSince;
    return since == NONE ? 0 : Math.max(0, clock.nanoTime() - since);
  }
}
