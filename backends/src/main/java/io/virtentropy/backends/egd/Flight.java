package io.virtentropy.backends.egd;

import io.virtentropy.backends.EntropySourceException;

/**
 * The exchanges under way, in the order in which bytes come for them. Those asked for to the last
 * byte come first, then at most one that has been asked for in part, then the rest.
 */
final class Flight {
  private final ExchangeQueue queue = new ExchangeQueue();
  private final Inbox inbox;
  private int fullyAsked;

  Flight(Inbox inbox) {
    this.inbox = inbox;
  }

  int size() {
    return queue.size();
  }

  void add(Exchange exchange) {
    queue.add(exchange);
  }

  /** The one that bytes come for. */
  Exchange first() {
    return queue.get(0);
  }

  /** The first that has not been asked for as a whole; null if there is none. */
  Exchange unasked() {
    return fullyAsked < queue.size() ? queue.get(fullyAsked) : null;
  }

  /** So many bytes more of what {@link #unasked} gave have been asked for. */
  void asked(Exchange exchange, int count) {
    exchange.asked += count;
    if (exchange.asked == exchange.length) {
      fullyAsked++;
    }
  }

  /** The first has all its bytes. */
  void retireFirst() {
    inbox.recycle(queue.removeFirst());
    fullyAsked--;
  }

  /** What is owed will not come: nobody waits for it, or it is asked for again. */
  void forgetAsked() {
    for (int i = 0; i < queue.size(); ) {
      Exchange exchange = queue.get(i);
      if (exchange.request == null) {
        inbox.recycle(queue.remove(i));
      } else {
        exchange.forgetAsked();
        i++;
      }
    }
    fullyAsked = 0;
  }

  /**
   * Forgets those nobody waits for, unless something is owed for them: they keep their place then,
   * and are asked for no further. True if there are such.
   */
  boolean forgetUnwanted() {
    boolean owed = false;
    for (int i = 0; i < queue.size(); ) {
      Exchange exchange = queue.get(i);
      if (exchange.request == null && !exchange.isOwed()) {
        if (i < fullyAsked) {
          fullyAsked--;
        }
        inbox.recycle(queue.remove(i));
        continue;
      }
      if (exchange.request == null) {
        owed = true;
        if (exchange.length > exchange.asked) {
          exchange.length = exchange.asked;
          fullyAsked++;
        }
      }
      i++;
    }
    return owed;
  }

  /** Lets go of the requests that were cancelled; gives how many. */
  int releaseAbandoned(EntropySourceException cause) {
    int released = 0;
    for (int i = 0; i < queue.size(); i++) {
      Exchange exchange = queue.get(i);
      if (exchange.request != null && exchange.request.isAbandoned()) {
        exchange.release(cause);
        released++;
      }
    }
    return released;
  }

  /** Fails the requests that were submitted by then; gives how many. */
  int releaseSubmittedBy(long then, EntropySourceException cause) {
    int released = 0;
    for (int i = 0; i < queue.size(); i++) {
      Exchange exchange = queue.get(i);
      if (exchange.request != null && exchange.since - then <= 0) {
        exchange.release(cause);
        released++;
      }
    }
    return released;
  }

  /** Fails all. */
  void releaseAll(EntropySourceException cause) {
    while (!queue.isEmpty()) {
      Exchange exchange = queue.removeFirst();
      if (exchange.request != null) {
        exchange.release(cause);
      }
    }
    fullyAsked = 0;
  }

  /** How long until the oldest has waited that long; {@link Long#MAX_VALUE} if there is none. */
  long untilFirstIs(long old, long now) {
    for (int i = 0; i < queue.size(); i++) {
      if (queue.get(i).request != null) {
        return queue.get(i).since + old - now; // those behind it came later
      }
    }
    return Long.MAX_VALUE;
  }
}
