package io.virtentropy.backends.egd.server;

import io.virtentropy.backends.egd.server.Timers.Timer;
import io.virtentropy.ratelimit.RateLimiter;

/**
 * What a client's limits allow it, its own and that of its service, and how it waits for more:
 *
 * <pre>
 *   in the row of the service's limit      until those before it have got something
 *   by a timer                             until its own limit may allow something
 *   for its turn                           until it is named by who decides on turns
 * </pre>
 */
final class Allowance {
  private final EgdServer server;
  private final Connection connection;

  /** Where it waits for the service's limit; null if that has none. */
  private final LimitRow shared;

  private final boolean takesTurns;
  private final Timer timer;

  /** Its own limit; null until it serves. */
  private RateLimiter own;

  private boolean awaitsTurn;

  Allowance(EgdServer server, EgdService service, Connection connection) {
    this.server = server;
    this.connection = connection;
    this.shared = server.rounds().rowOf(service.limiter());
    this.takesTurns = service.turns() != null;
    this.timer = new Timer(connection::stopWaiting);
    if (takesTurns) {
      server.rounds().heed(service.turns());
    }
  }

  /** Begins, with the client's own limit. */
  void begin(RateLimiter limiter) {
    own = limiter;
  }

  /** Whether the client waits for a limit. */
  boolean isWaiting() {
    return awaitsTurn || timer.isSet() || isInSharedRow();
  }

  boolean isInSharedRow() {
    return shared != null && shared.contains(connection);
  }

  /**
   * Takes what may be had now.
   *
   * @param wanted 1 or more
   * @return 0 if the client now waits
   */
  int take(int wanted) {
    if (shared != null && shared.hasOthersThan(connection)) {
      shared.await(connection);
      return 0;
    }
    int ofOwn = (int) own.acquireUpTo(wanted);
    int granted = ofOwn == 0 ? 0 : takeShared(ofOwn);
    if (granted == 0 && ofOwn > 0) {
      shared.await(connection);
      return 0;
    }
    leaveSharedRow();
    if (granted == 0 && takesTurns) {
      awaitsTurn = true;
    } else if (granted == 0) {
      server.setTimer(timer, own.nanosUntil(connection.worthwhile()));
    }
    return granted;
  }

  /** Takes what may be had now, for a client that does not wait for the rest. */
  int poll(int wanted) {
    if (shared != null && shared.hasOthersThan(connection)) {
      return 0;
    }
    int ofOwn = (int) own.acquireUpTo(wanted);
    if (ofOwn < wanted) {
      own.withdraw();
    }
    return ofOwn == 0 ? 0 : takeShared(ofOwn);
  }

  /** What the service's limit allows of what its own does. */
  private int takeShared(int ofOwn) {
    int granted = shared == null ? ofOwn : (int) shared.limiter().acquireUpTo(ofOwn);
    if (granted < ofOwn) {
      own.refund(ofOwn - granted);
    }
    return granted;
  }

  /** Whether something may be had now. */
  boolean allowsSome() {
    return own.nanosUntil(1) == 0 && (shared == null || shared.limiter().nanosUntil(1) == 0);
  }

  /** Gives back what was taken and not delivered. */
  void refund(int bytes) {
    if (bytes > 0) {
      own.refund(bytes);
      if (shared != null) {
        shared.limiter().refund(bytes);
      }
    }
  }

  /** Ends the wait for a turn; false if the client did not wait for one. */
  boolean turnHasCome() {
    boolean awaited = awaitsTurn;
    awaitsTurn = false;
    return awaited;
  }

  /** Lets others have the turn of a client that has no use for it. */
  void passTurn() {
    own.withdraw();
  }

  /** The client asks again, or has nothing to ask for any more. */
  void stopWaiting() {
    awaitsTurn = false;
    server.timers().cancel(timer);
  }

  /** Lets the next one ask the service's limit. */
  void leaveSharedRow() {
    if (shared != null) {
      shared.leave(connection);
    }
  }

  /** The client is gone, and in no row any more. */
  void end() {
    stopWaiting();
    leaveSharedRow();
    if (own != null) {
      own.withdraw();
    }
  }
}
