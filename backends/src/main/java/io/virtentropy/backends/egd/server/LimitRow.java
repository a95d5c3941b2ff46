package io.virtentropy.backends.egd.server;

import io.virtentropy.backends.egd.server.Timers.Timer;
import io.virtentropy.ratelimit.NanoClock;
import io.virtentropy.ratelimit.RateLimiter;

/**
 * Clients that wait for a limit which they share, in the order in which they came. The first alone
 * asks it again, and the next one when the first has got something: what is there goes to whoever
 * was refused first, and to find that out costs the same however many wait.
 */
final class LimitRow {
  private final RateLimiter limiter;
  private final NanoClock clock;
  private final Timers timers;
  private final ConnectionList waiting = new ConnectionList();
  private final Timer timer = new Timer(this::call);

  /** Who was the first, and is on its way to ask. */
  private Connection called;

  LimitRow(RateLimiter limiter, NanoClock clock, Timers timers) {
    this.limiter = limiter;
    this.clock = clock;
    this.timers = timers;
  }

  RateLimiter limiter() {
    return limiter;
  }

  boolean contains(Connection connection) {
    return connection.row == waiting;
  }

  /** Whether others were refused before. */
  boolean hasOthersThan(Connection connection) {
    return connection != called && (called != null || waiting.first() != null);
  }

  /** Has a client wait that the limit has refused, or that came when others were waiting. */
  void await(Connection connection) {
    boolean refused = !hasOthersThan(connection);
    if (connection == called) {
      called = null;
      waiting.addFirst(connection);
    } else {
      waiting.addLast(connection);
    }
    if (refused) {
      long nanos = limiter.nanosUntil(connection.worthwhile());
      timers.set(timer, clock.nanoTime() + Math.min(nanos, EgdServer.FOREVER_NANOS));
    }
  }

  /** A client got something, or wants nothing any more, or is gone and in no row. */
  void leave(Connection connection) {
    if (connection == called) {
      called = null;
      call();
    }
  }

  /** Calls the first, which may be told that there is not enough for it. */
  private void call() {
    timers.cancel(timer);
    called = waiting.first();
    if (called != null) {
      called.stopWaiting();
    }
  }
}
