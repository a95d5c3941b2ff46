package io.virtentropy.backends.egd.server;

/** When to try again what failed: after a while that doubles with each failure. */
final class Retry {
  /** The wait after a first failure, in nanoseconds. */
  static final long FIRST_NANOS = 10_000_000L;

  /** The longest wait, in nanoseconds. */
  static final long LAST_NANOS = 1_000_000_000L;

  private boolean pending;
  private long at;
  private long nextNanos = FIRST_NANOS;
  private boolean failing;

  /** Takes note of a failure; true if it is the first of a row. */
  boolean failed(long now) {
    boolean first = !failing;
    failing = true;
    pending = true;
    at = now + nextNanos;
    nextNanos = Math.min(2 * nextNanos, LAST_NANOS);
    return first;
  }

  /** Tries again soon, without a failure. */
  void soon(long now) {
    pending = true;
    at = now + FIRST_NANOS;
  }

  /** It worked. */
  void succeeded() {
    pending = false;
    failing = false;
    nextNanos = FIRST_NANOS;
  }

  /** It is being tried, or is not wanted any more. */
  void clear() {
    pending = false;
  }

  long nanosLeft(long now) {
    return pending ? Math.max(0, at - now) : Long.MAX_VALUE;
  }
}
