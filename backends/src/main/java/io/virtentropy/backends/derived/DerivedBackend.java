package io.virtentropy.backends.derived;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropyRequest;
import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.backends.EntropySourceException.Reason;
import io.virtentropy.backends.Wipe;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.function.Function;

/**
 * The contract of a source, kept for a {@link Derivation}.
 *
 * <p>One thread works at a time: a consumer's in {@code fill} or {@code submit}, or that of a
 * source below, which has completed a request of ours. Who finds the work taken leaves a note, and
 * who does it looks again before he leaves:
 *
 * <pre>
 *            fill, submit, wake-up              submit, wake-up
 *      IDLE ───────────────────────▶ BUSY ◀───────────────────▶ AGAIN
 *       │ ▲                           │ │       looks again       │
 *       │ └───────────── done ────────┘ │ close                   │ close
 *       │ close                         ▼                         ▼
 *       └───────────▶ CLOSED ◀── done ── CLOSING ◀────────────────┘
 * </pre>
 *
 * <p>A fill that finds requests waiting, or the work taken, delivers nothing: its consumer submits
 * a request and gets its turn.
 */
final class DerivedBackend implements EntropyBackend {
  /** What one request gets at the most when it had to wait; the rest is asked for again. */
  private static final int STAGING = 16_384;

  private static final int IDLE = 0;
  private static final int BUSY = 1;
  private static final int AGAIN = 2;
  private static final int CLOSING = 3;
  private static final int CLOSED = 4;

  private static final VarHandle STATE;

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(DerivedBackend.class, "state", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final String name;
  private final Derivation derivation;

  /** Guarded by itself, as are the two below. */
  private final ArrayDeque<EntropyRequest> waiting = new ArrayDeque<>();

  private volatile int waitingRequests;
  private int waitingBytes;

  /**
   * Bytes made for a request that was cancelled in the meantime, up to the limit; whoever works has
   * them. Null until a request has had to wait.
   */
  private ByteBuffer staging;

  @SuppressWarnings("unused") // through STATE
  private volatile int state;

  /**
   * Creates the source.
   *
   * @param name its string form
   * @param derivation makes the derivation, given what its sources are to run when they answer
   */
  DerivedBackend(String name, Function<Runnable, Derivation> derivation) {
    this.name = name;
    this.derivation = derivation.apply(this::progress);
  }

  @Override
  public int fill(ByteBuffer target, int index, int length) {
    if (waitingRequests > 0 || !STATE.compareAndSet(this, IDLE, BUSY)) {
      if ((int) STATE.getAcquire(this) >= CLOSING) {
        throw closed();
      }
      return 0;
    }
    try {
      int n = staging == null ? 0 : unstage(target, index, length);
      return n > 0 ? n : derivation.make(target, index, length, length);
    } finally {
      if (!STATE.compareAndSet(this, BUSY, IDLE)) {
        work();
      }
    }
  }

  @Override
  public void submit(EntropyRequest request) {
    synchronized (waiting) {
      waiting.addLast(request);
      waitingRequests = waiting.size();
      waitingBytes += request.length();
    }
    progress();
    if ((int) STATE.getAcquire(this) >= CLOSING) {
      failAll();
    }
  }

  @Override
  public void cancel(EntropyRequest request) {
    synchronized (waiting) {
      if (!waiting.remove(request)) {
        return;
      }
      tookOut(request);
    }
    request.forget();
  }

  boolean hasWaiting() {
    return waitingRequests > 0;
  }

  /** Does what can be done, or has it done by the thread that is at it. */
  void progress() {
    while (true) {
      switch ((int) STATE.getAcquire(this)) {
        case IDLE -> {
          if (STATE.compareAndSet(this, IDLE, BUSY)) {
            work();
            return;
          }
        }
        case BUSY -> {
          if (STATE.compareAndSet(this, BUSY, AGAIN)) {
            return;
          }
        }
        default -> {
          return; // it will be looked at again, or nothing will any more
        }
      }
    }
  }

  /** Serves until nobody has left a note, and stops working. */
  private void work() {
    while (true) {
      STATE.compareAndSet(this, AGAIN, BUSY);
      while ((int) STATE.getAcquire(this) < CLOSING && serveFirst()) {
        // on to the next
      }
      if (STATE.compareAndSet(this, BUSY, IDLE)) {
        return;
      }
      if (STATE.compareAndSet(this, CLOSING, CLOSED)) {
        putAway();
        return;
      }
    }
  }

  /** Serves or fails one request; false if none waits or a source below has to answer first. */
  private boolean serveFirst() {
    int length;
    int wanted;
    synchronized (waiting) {
      EntropyRequest first = waiting.peekFirst();
      if (first == null) {
        return false;
      }
      length = Math.min(first.length(), STAGING);
      wanted = waitingBytes;
    }
    try {
      if (staging == null) {
        staging = ByteBuffer.allocateDirect(STAGING).limit(0);
      }
      if (!staging.hasRemaining()) {
        staging.clear();
        int n = 0;
        try {
          n = derivation.make(staging, 0, length, wanted);
        } finally {
          staging.limit(n);
        }
        if (n == 0) {
          return false;
        }
      }
    } catch (RuntimeException e) {
      EntropyRequest request = pollFirst();
      if (request != null) {
        request.fail(EntropySourceException.of(name + " failed", e));
      }
      return true;
    }
    deliver();
    return true;
  }

  private void deliver() {
    EntropyRequest request = pollFirst();
    if (request != null && request.claim()) {
      request.complete(unstage(request.target(), 0, request.length()));
    }
  }

  private int unstage(ByteBuffer target, int index, int length) {
    int from = staging.position();
    int n = Math.min(length, staging.remaining());
    if (n > 0) {
      staging.position(from + n); // used up, also if the target refuses them
      try {
        target.put(index, staging, from, n);
      } finally {
        Wipe.range(staging, from, n);
      }
    }
    return n;
  }

  private EntropyRequest pollFirst() {
    synchronized (waiting) {
      EntropyRequest request = waiting.pollFirst();
      if (request != null) {
        tookOut(request);
      }
      return request;
    }
  }

  private void tookOut(EntropyRequest request) {
    waitingRequests = waiting.size();
    waitingBytes -= request.length();
  }

  private EntropySourceException closed() {
    return new EntropySourceException(Reason.CLOSED, "the source " + name + " has been closed");
  }

  private void failAll() {
    EntropyRequest request;
    while ((request = pollFirst()) != null) {
      request.fail(closed());
    }
  }

  @Override
  public void close() {
    while (true) {
      int seen = (int) STATE.getAcquire(this);
      if (seen >= CLOSING) {
        return;
      }
      if (STATE.compareAndSet(this, seen, seen == IDLE ? CLOSED : CLOSING)) {
        if (seen == IDLE) {
          putAway();
        }
        failAll();
        return;
      }
    }
  }

  private void putAway() {
    if (staging != null) {
      Wipe.range(staging.clear(), 0, STAGING);
      staging.limit(0);
    }
    derivation.putAway();
  }

  @Override
  public String toString() {
    return name;
  }
}
