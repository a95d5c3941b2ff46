package io.virtentropy.backends;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * One request for bytes that a source completes later, with the buffer the bytes go into. The
 * consumer makes it once and uses it again and again; nothing is allocated per request.
 *
 * <pre>
 *              submitTo            claim             complete, fail
 *      FREE ────────────▶ SUBMITTED ─────▶ CLAIMED ────────────────▶ DONE
 *       ▲  ▲                  │ cancel        │ cancel                │
 *       │  │                  ▼               ▼                       │
 *       │  └── forget ── ABANDONED      ABANDONED_CLAIMED             │
 *       │      claim=false    │               │ complete, fail        │
 *       └─────────────────────┴───────────────┴───────── release ─────┘
 * </pre>
 *
 * <p>The consumer calls {@link #submitTo}, {@link #isDone}, {@link #delivered}, {@link #failure},
 * {@link #bytes}, {@link #release} and {@link #cancel} from one thread at a time. The source calls
 * {@link #claim}, {@link #target}, {@link #complete}, {@link #fail} and {@link #forget} from any
 * one thread at a time. The two sides need no lock between them: after a cancel the buffer stays
 * the source's until it lets go, so a source that is slow to notice can never write into a buffer
 * that has been given to somebody else.
 *
 * <p>The buffer is wiped whenever the request becomes free.
 */
public final class EntropyRequest {
  private static final int FREE = 0;
  private static final int SUBMITTED = 1;
  private static final int CLAIMED = 2;
  private static final int DONE = 3;
  private static final int ABANDONED = 4;
  private static final int ABANDONED_CLAIMED = 5;

  private static final VarHandle STATE;

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(EntropyRequest.class, "state", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final ByteBuffer buffer;
  private final Runnable wakeUp;

  @SuppressWarnings("unused") // through STATE
  private volatile int state;

  private EntropyBackend backend;
  private int length;
  private int delivered;
  private EntropySourceException failure;

  /**
   * Creates a free request.
   *
   * @param capacity the most bytes it can ask for, 1 or more; allocated here, outside the heap
   * @param wakeUp run once on the completing thread after the request is done, so that a consumer
   *     that sleeps can be woken; must be quick; what it throws is logged and not the source's
   *     concern
   */
  public EntropyRequest(int capacity, Runnable wakeUp) {
    if (capacity < 1) {
      throw new IllegalArgumentException("capacity " + capacity + "; 1 or more is accepted");
    }
    this.buffer = ByteBuffer.allocateDirect(capacity);
    this.wakeUp = Objects.requireNonNull(wakeUp, "wakeUp");
  }

  // ---- the consumer's side

  /**
   * Hands the request to a source.
   *
   * @param source who is to complete it
   * @param wanted how many bytes, 1 to the capacity
   * @throws IllegalStateException if the request is not free
   */
  public void submitTo(EntropyBackend source, int wanted) {
    Objects.requireNonNull(source, "source");
    if (wanted < 1 || wanted > buffer.capacity()) {
      throw new IllegalArgumentException(
          wanted + " bytes wanted; 1 to " + buffer.capacity() + " is accepted");
    }
    if (state != FREE) {
      throw new IllegalStateException("the request is in use: " + describe());
    }
    backend = source;
    length = wanted;
    delivered = 0;
    failure = null;
    buffer.clear().limit(wanted);
    STATE.setVolatile(this, SUBMITTED);
    try {
      source.submit(this);
    } catch (RuntimeException e) {
      refused(e);
    }
  }

  /** A source that throws has not kept the request; but it may have ended it before. */
  private void refused(RuntimeException e) {
    STATE.compareAndSet(this, SUBMITTED, CLAIMED);
    if ((int) STATE.getAcquire(this) == CLAIMED) {
      end(0, EntropySourceException.of("the source refused the request", e));
    } else {
      // What was delivered stands. A source like this wants mending, so somebody has to hear of it.
      System.getLogger(EntropyRequest.class.getName())
          .log(System.Logger.Level.ERROR, "a source threw after it had ended a request", e);
    }
  }

  /**
   * The most bytes it can ask for.
   *
   * @return what the constructor was given
   */
  public int capacity() {
    return buffer.capacity();
  }

  /**
   * Says whether nobody uses the request.
   *
   * @return true if it can be submitted
   */
  public boolean isFree() {
    return (int) STATE.getAcquire(this) == FREE;
  }

  /**
   * Says whether the source has completed or failed the request. A plain read of one field: cheap
   * enough to be polled.
   *
   * @return true if {@link #delivered} and {@link #failure} are valid
   */
  public boolean isDone() {
    return (int) STATE.getAcquire(this) == DONE;
  }

  /**
   * The number of bytes delivered.
   *
   * @return 1 to what was wanted, or 0 if the request failed
   */
  public int delivered() {
    requireDone();
    return delivered;
  }

  /**
   * Why the request failed.
   *
   * @return the failure, or null if bytes were delivered
   */
  public EntropySourceException failure() {
    requireDone();
    return failure;
  }

  /**
   * The delivered bytes, from index 0 on. The buffer belongs to the consumer until {@link
   * #release}.
   *
   * @return the buffer
   */
  public ByteBuffer bytes() {
    requireDone();
    return buffer;
  }

  /** Wipes the buffer and makes a request that is done free again. */
  public void release() {
    requireDone();
    becomeFree();
  }

  /**
   * Stops waiting. The request becomes free at once if the source lets go of it at once, else when
   * it does; bytes that arrive in the meantime are wiped. Does nothing to a free request.
   */
  public void cancel() {
    // Read before the request is abandoned: from then on a source that lets go of it clears this.
    EntropyBackend source = backend;
    while (true) {
      int seen = (int) STATE.getAcquire(this);
      switch (seen) {
        case SUBMITTED -> {
          if (STATE.compareAndSet(this, SUBMITTED, ABANDONED)) {
            source.cancel(this);
            return;
          }
        }
        case CLAIMED -> {
          if (STATE.compareAndSet(this, CLAIMED, ABANDONED_CLAIMED)) {
            source.cancel(this);
            return;
          }
        }
        case DONE -> {
          becomeFree();
          return;
        }
        default -> {
          return;
        }
      }
    }
  }

  // ---- the source's side

  /**
   * How many bytes are wanted.
   *
   * @return 1 or more
   */
  public int length() {
    return length;
  }

  /**
   * Says whether the consumer has stopped waiting. A hint for sources that would otherwise do work
   * in vain; {@link #claim} is what decides.
   *
   * @return true if the request was cancelled and not yet let go
   */
  public boolean isAbandoned() {
    int seen = (int) STATE.getAcquire(this);
    return seen == ABANDONED || seen == ABANDONED_CLAIMED;
  }

  /**
   * Takes the right to write into the buffer.
   *
   * @return true if the source may write to {@link #target()} and must then complete or fail the
   *     request; false if the consumer no longer waits: the source must not touch the request again
   */
  public boolean claim() {
    while (true) {
      int seen = (int) STATE.getAcquire(this);
      switch (seen) {
        case SUBMITTED -> {
          if (STATE.compareAndSet(this, SUBMITTED, CLAIMED)) {
            return true;
          }
        }
        case ABANDONED -> {
          becomeFree();
          return false;
        }
        default -> throw new IllegalStateException("claimed by a source twice: " + describe());
      }
    }
  }

  /**
   * The buffer to write into, from index 0 to {@link #length()}.
   *
   * @return the buffer of a claimed request
   */
  public ByteBuffer target() {
    return buffer;
  }

  /**
   * Ends a claimed request with bytes.
   *
   * @param bytes how many were written from index 0 on, 1 to {@link #length()}
   */
  public void complete(int bytes) {
    if (bytes < 1 || bytes > length) {
      throw new IllegalArgumentException(
          bytes + " bytes delivered; 1 to " + length + " is accepted");
    }
    end(bytes, null);
  }

  /**
   * Ends a request without bytes. It need not have been claimed.
   *
   * @param cause why
   */
  public void fail(EntropySourceException cause) {
    Objects.requireNonNull(cause, "cause");
    int seen = (int) STATE.getAcquire(this);
    if ((seen == SUBMITTED || seen == ABANDONED) && !claim()) {
      return;
    }
    end(0, cause);
  }

  /** Lets go of a cancelled request that was not claimed. Called from {@code cancel} or later. */
  public void forget() {
    if ((int) STATE.getAcquire(this) != ABANDONED) {
      throw new IllegalStateException("only an abandoned request is forgotten: " + describe());
    }
    becomeFree();
  }

  private void end(int bytes, EntropySourceException cause) {
    int seen = (int) STATE.getAcquire(this);
    if (seen != CLAIMED && seen != ABANDONED_CLAIMED) {
      // Nothing may be written: the consumer may be reading what an earlier end left.
      throw new IllegalStateException("ended without a claim: " + describe());
    }
    delivered = bytes;
    failure = cause;
    if (STATE.compareAndSet(this, CLAIMED, DONE)) {
      wakeConsumer();
    } else {
      becomeFree(); // cancelled while claimed; nothing else moves a claimed request
    }
  }

  private void wakeConsumer() {
    try {
      wakeUp.run();
    } catch (RuntimeException e) {
      // The consumer's mistake must not unwind the source, which serves others too.
      System.getLogger(EntropyRequest.class.getName())
          .log(System.Logger.Level.ERROR, "the wake-up of a request threw", e);
    }
  }

  private void becomeFree() {
    // Either side may have moved the limit, by a flip for example, and absolute access obeys it.
    buffer.clear();
    Wipe.range(buffer, 0, length);
    backend = null;
    failure = null;
    STATE.setRelease(this, FREE);
  }

  private void requireDone() {
    if (!isDone()) {
      throw new IllegalStateException("the request is not done: " + describe());
    }
  }

  private String describe() {
    String name =
        switch ((int) STATE.getAcquire(this)) {
          case FREE -> "free";
          case SUBMITTED -> "submitted";
          case CLAIMED -> "claimed";
          case DONE -> "done";
          case ABANDONED -> "abandoned";
          default -> "abandoned while claimed";
        };
    return name + ", " + length + " bytes wanted";
  }

  @Override
  public String toString() {
    return "EntropyRequest[" + describe() + "]";
  }
}
