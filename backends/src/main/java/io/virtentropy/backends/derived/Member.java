package io.virtentropy.backends.derived;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.ratelimit.NanoClock;
import java.nio.ByteBuffer;

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
  private boolean down;
  private boolean hasFailed;
  private long pause = FIRST_PAUSE_NANOS;
  private long retryAt;
  private long upSince;

  Member(EntropyBackend source, Runnable wakeUp, NanoClock clock, SourceListener listener) {
    this.intake = new Intake(source, wakeUp);
    this.clock = clock;
    this.listener = listener;
  }

  boolean isDown() {
    return down;
  }

  /** Says whether a source that is down may be asked again. */
  boolean isDue() {
    return clock.nanoTime() - retryAt >= 0;
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
      failed(e);
      throw e;
    }
    if (n > 0 && down) {
      down = false;
      upSince = clock.nanoTime();
      listener.sourceReturned(intake.toString());
    }
    return n;
  }

  private void failed(EntropySourceException e) {
    long now = clock.nanoTime();
    if (!down && hasFailed && now - upSince >= STEADY_NANOS) {
      pause = FIRST_PAUSE_NANOS;
    }
    boolean news = !down;
    down = true;
    hasFailed = true;
    retryAt = now + pause;
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
