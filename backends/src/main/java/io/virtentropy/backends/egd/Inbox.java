package io.virtentropy.backends.egd;

import io.virtentropy.backends.EntropyRequest;

/**
 * Where consumers' threads leave their requests for the thread that polls the loop. Also keeps
 * exchanges for the next time, so that none is made per request.
 */
final class Inbox {
  private final ExchangeQueue waiting = new ExchangeQueue();
  private final ExchangeQueue spare = new ExchangeQueue();
  private boolean cancelled;
  private boolean shut;

  /** Takes a request; false if it is shut, and the request not taken. */
  synchronized boolean submit(EntropyRequest request, long now) {
    if (shut) {
      return false;
    }
    Exchange exchange = spare.isEmpty() ? new Exchange() : spare.removeFirst();
    exchange.begin(request, now);
    waiting.add(exchange);
    return true;
  }

  /** Lets go of a cancelled request; false if the loop has it, and is to do that. */
  boolean cancel(EntropyRequest request) {
    if (!remove(request)) {
      return false;
    }
    request.forget();
    return true;
  }

  private synchronized boolean remove(EntropyRequest request) {
    for (int i = 0; i < waiting.size(); i++) {
      if (waiting.get(i).request == request) {
        recycle(waiting.remove(i));
        return true;
      }
    }
    cancelled = true;
    return false;
  }

  /** Whether a request was cancelled that the loop has, since this was asked last. */
  synchronized boolean takeCancelled() {
    boolean was = cancelled;
    cancelled = false;
    return was;
  }

  /** Refuses further requests; true the first time. */
  synchronized boolean shut() {
    boolean first = !shut;
    shut = true;
    return first;
  }

  synchronized boolean isShut() {
    return shut;
  }

  /** The oldest request, no longer here; null if there is none. */
  synchronized Exchange poll() {
    return waiting.isEmpty() ? null : waiting.removeFirst();
  }

  /** The same, if it was submitted by then. */
  synchronized Exchange pollSubmittedBy(long then) {
    return waiting.isEmpty() || waiting.get(0).since - then > 0 ? null : waiting.removeFirst();
  }

  /** The same, if it wants no more than so many bytes. */
  synchronized Exchange pollUpTo(int bytes) {
    return waiting.isEmpty() || waiting.get(0).length > bytes ? null : waiting.removeFirst();
  }

  /** How long until the oldest has waited that long; {@link Long#MAX_VALUE} if there is none. */
  synchronized long untilFirstIs(long old, long now) {
    return waiting.isEmpty() ? Long.MAX_VALUE : waiting.get(0).since + old - now;
  }

  /** Keeps what has come to its end. */
  synchronized void recycle(Exchange exchange) {
    exchange.request = null;
    spare.add(exchange);
  }
}
