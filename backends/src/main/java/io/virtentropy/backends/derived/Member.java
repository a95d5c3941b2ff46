package io.virtentropy.backends.derived;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.backends.derived.SourceStatus.State;
import io.virtentropy.ratelimit.NanoClock;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One of several sources: up, or down since it failed and left alone until its pause is over. Each
 * failure doubles the pause; only a source that has worked for {@link #STEADY_NANOS} since it came
 * back starts again with the shortest, so that one that comes and goes is asked less and less.
 */
final class Member {
  /** The pause after a first failure, in nanoseconds. */
  static final long FIRST_PAUSE_NANOS = 1_000_000_000L;

  /** The longest pause, in nanoseconds. */
  static final long LAST_PAUSE_NANOS = 60_000_000_000L;

  /** Who has worked for so long is trusted as one that never failed, in nanoseconds. */
  static final long STEADY_NANOS = 60_000_000_000L;

  private final Intake intake;
  private final NanoClock clock;
  private final SourceListener listener;
  private final AtomicLong delivered = new AtomicLong();
  private long patience = Long.MAX_VALUE;
  private boolean others;
  private long pause = FIRST_PAUSE_NANOS;
  private long upSince;
  private volatile EntropySourceException lastFailure;

  // Written by whoever works, one at a time; read by whoever looks.
  private volatile Situation situation = new Situation(State.UNTRIED, 0, 0, 0);
  private volatile boolean waiting;
  private volatile long waitingSince;

  /** What changes rarely, and all at once. */
  private record Situation(State state, long since, long retryAt, long failures) {
    Situation into(State next, long now) {
      return new Situation(next, now, retryAt, failures);
    }
  }

  Member(EntropyBackend source, Runnable wakeUp, NanoClock clock, SourceListener listener) {
    this.intake = new Intake(source, wakeUp);
    this.clock = clock;
    this.listener = listener;
  }

  /** Has it not waited for longer than so long, if there are others to ask. */
  void supervise(long patienceNanos, boolean hasOthers) {
    patience = patienceNanos;
    others = hasOthers;
  }

  boolean isDown() {
    return situation.state() == State.QUARANTINED;
  }

  /** Whether it was asked and has not answered. */
  boolean isWaiting() {
    return waiting;
  }

  /** What it failed with last; null if it never did. */
  EntropySourceException lastFailure() {
    return lastFailure;
  }

  SourceStatus status(boolean serving) {
    Situation now = situation;
    EntropySourceException failure = lastFailure;
    return new SourceStatus(
        toString(),
        now.state(),
        serving,
        delivered.get(),
        now.failures(),
        now.since(),
        now.retryAt(),
        failure == null ? "" : failure.getMessage());
  }

  /** When there will be something to do about it, unless it answers before. */
  long nanosUntilDue(long now) {
    Situation seen = situation;
    if (waiting) {
      boolean told = seen.state() == State.SLOW || seen.state() == State.QUARANTINED;
      return told || patience == Long.MAX_VALUE
          ? Long.MAX_VALUE
          : Math.max(0, waitingSince + patience - now);
    }
    return seen.state() == State.QUARANTINED ? Math.max(0, seen.retryAt() - now) : Long.MAX_VALUE;
  }

  /** Says whether a source that is down may be asked again. */
  boolean isDue() {
    return clock.nanoTime() - situation.retryAt() >= 0;
  }

  /**
   * Takes bytes; a source that is down and delivers is up.
   *
   * @return as {@link Intake#take}
   * @throws EntropySourceException if it failed and is down now
   */
  int take(ByteBuffer target, int index, int length, int wanted) {
    int n;
    try {
      n = intake.take(target, index, length, wanted);
    } catch (EntropySourceException e) {
      waiting = false;
      failed(e);
      throw e;
    }
    if (n > 0) {
      delivered.lazySet(delivered.getPlain() + n);
      if (waiting) {
        waiting = false;
      }
      if (situation.state() != State.WORKING) {
        works();
      }
    } else {
      waits();
    }
    return n;
  }

  private void works() {
    State before = situation.state();
    long now = clock.nanoTime();
    situation = situation.into(State.WORKING, now);
    if (before == State.QUARANTINED) {
      upSince = now;
    }
    if (before != State.UNTRIED) {
      listener.sourceReturned(intake.toString());
    }
  }

  private void waits() {
    long now = clock.nanoTime();
    if (!waiting) {
      waitingSince = now;
      waiting = true;
    } else if (now - waitingSince >= patience) {
      beSlow(now);
    }
  }

  private void beSlow(long now) {
    if (isDown()) {
      return; // one that is down may take its time
    }
    if (others) {
      EntropySourceException late =
          new EntropySourceException(
              EntropySourceException.Reason.UNAVAILABLE,
              intake + " has given nothing for " + patience / 1_000_000 + " ms");
      failed(late);
      throw late;
    }
    if (situation.state() != State.SLOW) {
      situation = situation.into(State.SLOW, now);
      listener.sourceSlow(intake.toString(), now - waitingSince);
    }
  }

  private void failed(EntropySourceException e) {
    long now = clock.nanoTime();
    Situation before = situation;
    boolean news = before.state() != State.QUARANTINED;
    if (news && before.failures() > 0 && now - upSince >= STEADY_NANOS) {
      pause = FIRST_PAUSE_NANOS;
    }
    lastFailure = e;
    situation =
        new Situation(
            State.QUARANTINED, news ? now : before.since(), now + pause, before.failures() + 1);
    if (news) {
      listener.sourceFailed(intake.toString(), e, pause);
    }
    pause = Math.min(2 * pause, LAST_PAUSE_NANOS);
  }

  void close() {
    intake.close();
  }

  @Override
  public String toString() {
    return intake.toString();
  }
}
