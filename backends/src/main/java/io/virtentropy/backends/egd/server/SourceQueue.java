package io.virtentropy.backends.egd.server;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropyRequest;
import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.ratelimit.NanoClock;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/**
 * The clients that wait for one source, and whose turn it is.
 *
 * <p>Round robin in pieces of {@link #PIECE_BYTES}: whoever is first gets a piece and stands at the
 * end again if it wants more. A source with bytes at hand puts them straight into the client's
 * output. One without gets a few requests, each for one client, at the most {@link
 * #MAX_OUTSTANDING} of them, so that the turns are still decided here; while any is outstanding
 * nobody is served past it.
 *
 * <p>A client that is gone leaves a request that its source may be slow to let go of: it counts
 * against the bound until then.
 */
final class SourceQueue {
  /** The most that one turn gives, in bytes. */
  static final int PIECE_BYTES = 1024;

  /** The most requests waiting at the source. */
  static final int MAX_OUTSTANDING = 8;

  /** The most turns of one {@link #serve}: 64 KiB, well below a millisecond of a fast source. */
  static final int TURNS = 64;

  /** The wait after a first failure of the source, in nanoseconds. */
  static final long FIRST_RETRY_NANOS = 10_000_000L;

  /** The longest wait after failures of the source, in nanoseconds. */
  static final long LAST_RETRY_NANOS = 1_000_000_000L;

  /** A request at the source, and whose it is. */
  static final class Slot {
    private EntropyRequest request;
    private Connection client;
    private int granted;
  }

  private final EntropyBackend source;
  private final NanoClock clock;
  private final EgdServerCounters counters;
  private final EgdServerListener listener;
  private final Runnable wakeUp;
  private final ConnectionList clients = new ConnectionList();
  private final Slot[] slots = new Slot[MAX_OUTSTANDING];
  private final ArrayDeque<EntropyRequest> abandoned = new ArrayDeque<>();
  private int outstanding;
  private boolean failing;
  private long retryAt;
  private long nextRetryNanos = FIRST_RETRY_NANOS;

  SourceQueue(
      EntropyBackend source,
      NanoClock clock,
      EgdServerCounters counters,
      EgdServerListener listener,
      Runnable wakeUp) {
    this.source = source;
    this.clock = clock;
    this.counters = counters;
    this.listener = listener;
    this.wakeUp = wakeUp;
    for (int i = 0; i < slots.length; i++) {
      slots[i] = new Slot();
    }
  }

  EntropyBackend source() {
    return source;
  }

  // ---- the clients' side

  /** Puts a client at the end of the row. */
  void enqueue(Connection client) {
    clients.addLast(client);
  }

  /**
   * Draws bytes for a client that does not wait.
   *
   * @return 0 if none can be had, or others wait for them at the source
   */
  int poll(ByteBuffer target, int index, int wanted) {
    if (!isReady()) {
      return 0;
    }
    try {
      return source.fill(target, index, wanted);
    } catch (RuntimeException e) {
      failed(e);
      return 0;
    }
  }

  /** Whether bytes can probably be had without waiting. */
  boolean isReady() {
    return outstanding == 0 && !(failing && clock.nanoTime() - retryAt < 0);
  }

  /** A client is gone: its request is given up. */
  void abandon(Slot slot) {
    EntropyRequest request = slot.request;
    boolean drawn = request.isDone();
    if (drawn) {
      counters.add(EgdServerCounter.BYTES_DESTROYED, request.delivered());
    }
    request.cancel();
    if (request.isFree()) {
      if (!drawn) {
        slot.client.refund(slot.granted);
      }
    } else {
      abandoned.addLast(request);
      slot.request = null;
    }
    slot.client = null;
    outstanding--;
  }

  // ---- the source's side

  /** Hands out what has come, and what can be had now, to a bounded number of clients. */
  int serve() {
    int work = 0;
    if (outstanding > 0) {
      work = settle();
    }
    if (failing && clock.nanoTime() - retryAt >= 0) {
      failing = false;
    }
    while (work < TURNS && !failing) {
      Connection client = clients.first();
      if (client == null) {
        break;
      }
      Slot slot = null;
      if (outstanding > 0) {
        slot = freeSlot();
        if (slot == null) {
          break;
        }
      }
      ConnectionList.remove(client);
      work++;
      int granted = client.grant(PIECE_BYTES);
      if (granted > 0 && !turn(client, granted, slot)) {
        clients.addFirst(client);
        break;
      }
    }
    return work;
  }

  /** Gives a client its piece or asks for it; false if neither can be done now. */
  private boolean turn(Connection client, int granted, Slot chosen) {
    Slot slot = chosen;
    if (slot == null) {
      int filled;
      try {
        filled = source.fill(client.output(), client.reserve(granted), granted);
      } catch (RuntimeException e) {
        client.refund(granted);
        failed(e);
        return false;
      }
      if (filled > 0) {
        nextRetryNanos = FIRST_RETRY_NANOS;
        client.refund(granted - filled);
        client.paid(filled);
        return true;
      }
      slot = freeSlot();
      if (slot == null) { // a source that does not let go of what nobody waits for any more
        client.refund(granted);
        waitFor(FIRST_RETRY_NANOS);
        return false;
      }
    }
    counters.increment(EgdServerCounter.SOURCE_WAITS);
    slot.client = client;
    slot.granted = granted;
    client.waitsIn(slot);
    outstanding++;
    slot.request.submitTo(source, granted);
    return true;
  }

  private Slot freeSlot() {
    if (!abandoned.isEmpty()) {
      abandoned.removeIf(EntropyRequest::isFree);
    }
    if (outstanding + abandoned.size() >= MAX_OUTSTANDING) {
      return null;
    }
    for (Slot slot : slots) {
      if (slot.client == null) {
        if (slot.request == null) {
          slot.request = new EntropyRequest(PIECE_BYTES, wakeUp);
        }
        return slot;
      }
    }
    return null;
  }

  private int settle() {
    int work = 0;
    for (Slot slot : slots) {
      if (slot.client != null && slot.request.isDone()) {
        settle(slot);
        work++;
      }
    }
    return work;
  }

  private void settle(Slot slot) {
    Connection client = slot.client;
    EntropyRequest request = slot.request;
    int granted = slot.granted;
    slot.client = null;
    outstanding--;
    client.waitsIn(null);
    EntropySourceException failure = request.failure();
    if (failure != null) {
      request.release();
      client.refund(granted);
      clients.addFirst(client);
      failed(failure);
      return;
    }
    int delivered = request.delivered();
    client.output().put(client.reserve(delivered), request.bytes(), 0, delivered);
    request.release();
    nextRetryNanos = FIRST_RETRY_NANOS;
    client.refund(granted - delivered);
    client.paid(delivered);
  }

  private void failed(RuntimeException e) {
    EntropySourceException failure = EntropySourceException.of("the source failed", e);
    counters.increment(EgdServerCounter.SOURCE_FAILURES);
    if (!failing) {
      listener.sourceFailed(failure, nextRetryNanos);
      waitFor(nextRetryNanos);
      nextRetryNanos = Math.min(2 * nextRetryNanos, LAST_RETRY_NANOS);
    }
  }

  private void waitFor(long nanos) {
    failing = true;
    retryAt = clock.nanoTime() + nanos;
  }

  /** How long {@link #serve} need not be called unless a request completes or a client comes. */
  long nanosUntilDue() {
    if (outstanding > 0) {
      for (Slot slot : slots) {
        if (slot.client != null && slot.request.isDone()) {
          return 0;
        }
      }
    }
    if (clients.first() == null) {
      return Long.MAX_VALUE;
    }
    if (failing) {
      return Math.max(0, retryAt - clock.nanoTime());
    }
    return outstanding > 0 && freeSlot() == null ? Long.MAX_VALUE : 0;
  }
}
