package io.virtentropy.backends.egd.server;

import io.virtentropy.backends.egd.server.Timers.Timer;

/** When to try again what failed: after a while that doubles with each failure. */
final class Retry {
  /** The wait after a first failure, in nanoseconds. */
  static final long FIRST_NANOS = 10_000_000L;

  /** The longest wait, in nanoseconds. */
  static final long LAST_NANOS = 1_000_000_000L;

  private final EgdServer server;
  private final Timer timer;
  private long nextNanos = FIRST_NANOS;
  private boolean failing;

  /**
   * Begins without anything to try again.
   *
   * @param again what is tried
   */
  Retry(EgdServer server, Runnable again) {
    this.server = server;
    this.timer = new Timer(again);
  }

  /** Takes note of a failure; true if it is the first of a row. */
  boolean failed() {
    boolean first = !failing;
    failing = true;
    server.setTimer(timer, nextNanos);
    nextNanos = Math.min(2 * nextNanos, LAST_NANOS);
    return first;
  }

  /** Tries again soon, without a failure. */
  void soon() {
    server.setTimer(timer, FIRST_NANOS);
  }

  /** It worked. */
  void succeeded() {
    clear();
    failing = false;
    nextNanos = FIRST_NANOS;
  }

  /** It is being tried, or is not wanted any more. */
  void clear() {
    server.timers().cancel(timer);
  }
}
