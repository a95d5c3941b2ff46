package io.virtentropy.backends.egd.server;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.ratelimit.RateLimiter;
import java.util.ArrayList;
import java.util.List;

/** What clients go round at: sources, limits that they share, and those who decide on turns. */
final class Rounds {
  private final EgdServer server;
  private final List<SourceQueue> queues = new ArrayList<>();
  private final List<LimitRow> limitRows = new ArrayList<>();
  private final List<TurnCall> turnCalls = new ArrayList<>();

  Rounds(EgdServer server) {
    this.server = server;
  }

  SourceQueue queueOf(EntropyBackend source) {
    for (SourceQueue queue : queues) {
      if (queue.source() == source) {
        return queue;
      }
    }
    SourceQueue queue =
        new SourceQueue(
            source, server.clock(), server.counters(), server.listener(), server::wakeUp);
    queues.add(queue);
    return queue;
  }

  /** Where clients wait for a limit that they share; null if it is none. */
  LimitRow rowOf(RateLimiter limiter) {
    if (limiter == RateLimiter.unlimited()) {
      return null;
    }
    for (LimitRow row : limitRows) {
      if (row.limiter() == limiter) {
        return row;
      }
    }
    LimitRow row = new LimitRow(limiter, server.clock(), server.timers());
    limitRows.add(row);
    return row;
  }

  /** Asks from now on whose turn it is. */
  void heed(EgdTurns turns) {
    for (TurnCall known : turnCalls) {
      if (known.turns() == turns) {
        return;
      }
    }
    turnCalls.add(new TurnCall(turns));
  }

  /** Hands out what sources have. */
  int serve() {
    int work = 0;
    for (int i = 0; i < queues.size(); i++) {
      work += queues.get(i).serve();
    }
    return work;
  }

  /** Has those ask again whose turn it is. */
  int call() {
    int work = 0;
    for (int i = 0; i < turnCalls.size(); i++) {
      work += turnCalls.get(i).serve();
    }
    return work;
  }

  /** How long neither need be done. */
  long nanosUntilDue() {
    long nanos = Long.MAX_VALUE;
    for (int i = 0; i < queues.size(); i++) {
      nanos = Math.min(nanos, queues.get(i).nanosUntilDue());
    }
    for (int i = 0; i < turnCalls.size(); i++) {
      nanos = Math.min(nanos, turnCalls.get(i).nanosUntilDue());
    }
    return nanos;
  }
}
