package io.virtentropy.backends.egd;

import java.util.random.RandomGenerator;

/**
 * How long to wait before the next attempt: not at all after a connection that was of use; else
 * twice as long each time up to a limit, and of that a random half to all, so that hundreds of
 * clients of a server that restarts don't all come in the same instant.
 */
final class Backoff {
  private final long first;
  private final long limit;
  private final RandomGenerator random;
  private int attempts;

  Backoff(long firstNanos, long limitNanos, RandomGenerator random) {
    this.first = firstNanos;
    this.limit = limitNanos;
    this.random = random;
  }

  /** The delay before the next attempt, in nanoseconds; the one after it is longer. */
  long next() {
    int attempt = attempts;
    if (attempts < Long.SIZE) {
      attempts++;
    }
    if (attempt == 0) {
      return 0;
    }
    long whole = first;
    for (int i = 1; i < attempt && whole < limit; i++) {
      whole = whole > limit / 2 ? limit : whole * 2;
    }
    whole = Math.min(whole, limit);
    long half = whole / 2;
    return half + random.nextLong(whole - half + 1);
  }

  /** A connection has been of use. */
  void reset() {
    attempts = 0;
  }
}
