package io.virtentropy.virtio.device;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropyRequest;
import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.ratelimit.NanoClock;
import io.virtentropy.ratelimit.RateLimiter;
import io.virtentropy.virtio.memory.GuestMemory;
import io.virtentropy.virtio.memory.GuestMemoryException;
import io.virtentropy.virtio.queue.RingFault;
import io.virtentropy.virtio.queue.SplitVirtqueue;
import java.util.ArrayDeque;
import java.util.Objects;

/**
 * Serves the request queue of an entropy device: takes chains, asks the limiter, has the source
 * fill them, returns them in the order they came.
 *
 * <p>A chain is filled straight in guest memory when the source has bytes at hand. When it has not,
 * the request is submitted to the source with a buffer of the loop's own and copied on completion;
 * several may be outstanding.
 *
 * <p><b>Short completions.</b> A chain of up to {@link #WHOLE_REQUEST_BYTES} is returned full. A
 * longer one completes when it is full, when the limiter's quota ends inside it, or when the source
 * has given what it has for now: then it is short, as in QEMU. None completes with nothing in it,
 * because a Linux guest would not ask again (virtio 1.3 §5.4.6.2): it waits instead. Only a limit
 * that never grants as much as a small chain wants makes that chain short.
 *
 * <p><b>Bounds.</b> A chain gets at most {@link #MAX_REQUEST_BYTES}. One call of {@link #run} ends
 * with the chain that brings it to {@link #MAX_BYTES_PER_RUN} or {@link #MAX_DESCRIPTORS_PER_RUN},
 * and takes a little more than the queue size in chains at the most. At most {@link
 * #MAX_OUTSTANDING} requests wait at a source.
 *
 * <p><b>A source that fails</b> costs the guest nothing but time: the chain stays, and the request
 * is made again after {@link #FIRST_RETRY_NANOS}, doubling up to {@link #LAST_RETRY_NANOS}.
 *
 * <p>Used by one thread at a time. A source's completion from another thread runs the wake-up given
 * to the constructor and is picked up by the next {@link #run}.
 */
public final class RequestLoop {
  /**
   * The most a chain gets, in bytes: QEMU's limit since 10.0.13. Overlapping descriptors would
   * otherwise let a small guest ask for gigabytes with one kick.
   */
  public static final int MAX_REQUEST_BYTES = 65_536;

  /**
   * A chain of up to so many bytes is not returned short. Linux asks for one cache line, 32 to 256
   * bytes, and the driver of its 6.1 series compares what it has handed out of a buffer with what
   * is left of it: after a short completion of 48 bytes, for one, its reader waits for ever without
   * a request on the ring (seen with 6.1.192 and QEMU's own device under {@code max-bytes=48}).
   */
  public static final int WHOLE_REQUEST_BYTES = 256;

  /** The most one call of {@link #run} delivers, in bytes: some milliseconds of a slow source. */
  public static final int MAX_BYTES_PER_RUN = 1 << 20;

  /**
   * The most descriptors one call of {@link #run} walks, but for the last chain: a queue of 256
   * full of tables of 256. A driver may hide one byte behind 32767 descriptors, 32768 times.
   */
  public static final int MAX_DESCRIPTORS_PER_RUN = 1 << 16;

  /** The most requests waiting at the source: Windows keeps several, Linux one. */
  public static final int MAX_OUTSTANDING = 8;

  /** The wait after a first failure of the source, in nanoseconds. */
  public static final long FIRST_RETRY_NANOS = 10_000_000L;

  /** The longest wait after failures of the source, in nanoseconds. */
  public static final long LAST_RETRY_NANOS = 1_000_000_000L;

  /** 146 years: an instant further away than half the clock's range would look like the past. */
  private static final long FOREVER_NANOS = Long.MAX_VALUE / 2;

  private final SplitVirtqueue queue;
  private final ChainFiller filler;
  private final EntropyBackend source;
  private final RateLimiter limiter;
  private final NanoClock clock;
  private final DeviceCounters counters;
  private final DeviceTrace trace;
  private final Runnable wakeUp;

  /** A ring of outstanding chains, oldest at {@link #first}. */
  private final PendingChain[] slots = new PendingChain[MAX_OUTSTANDING];

  private int first;
  private int outstanding;

  /** Cancelled requests that a slow source has not let go of; they count against the bound. */
  private final ArrayDeque<EntropyRequest> abandoned = new ArrayDeque<>();

  private boolean moreWork;
  private boolean waiting;
  private long waitUntil;
  private long nextRetryNanos = FIRST_RETRY_NANOS;
  private boolean polled;

  /**
   * Creates a loop over a queue.
   *
   * @param queue the request queue
   * @param memory where its buffers are
   * @param source where entropy comes from; the caller's to close
   * @param limiter how fast it may flow
   * @param clock the time of limits and retries
   * @param counters what is counted
   * @param trace told of failures of the source
   * @param wakeUp run, on any thread, when the source has completed a request: {@link #run} is due
   */
  public RequestLoop(
      SplitVirtqueue queue,
      GuestMemory memory,
      EntropyBackend source,
      RateLimiter limiter,
      NanoClock clock,
      DeviceCounters counters,
      DeviceTrace trace,
      Runnable wakeUp) {
    this.queue = Objects.requireNonNull(queue, "queue");
    this.source = Objects.requireNonNull(source, "source");
    this.filler = new ChainFiller(Objects.requireNonNull(memory, "memory"), source);
    this.limiter = Objects.requireNonNull(limiter, "limiter");
    this.clock = Objects.requireNonNull(clock, "clock");
    this.counters = Objects.requireNonNull(counters, "counters");
    this.trace = Objects.requireNonNull(trace, "trace");
    this.wakeUp = Objects.requireNonNull(wakeUp, "wakeUp");
    for (int i = 0; i < slots.length; i++) {
      slots[i] = new PendingChain();
    }
  }

  /**
   * Says that kicks need not be asked for, because {@link #run} is called again and again. The
   * driver is told with the next run, in one direction or the other.
   *
   * @param polling whether the queue is polled
   */
  public void setPolled(boolean polling) {
    polled = polling;
  }

  /**
   * Serves the queue as far as can be done now.
   *
   * @return true if the driver wants a used-buffer notification
   */
  public boolean run() {
    if (waiting && clock.nanoTime() - waitUntil >= 0) {
      waiting = false;
    }
    if (polled) {
      queue.suppressKicks();
    }
    boolean cutShort = serveAvailable();
    moreWork = cutShort && queue.fault() == null;
    boolean notify = queue.publish();
    if (notify) {
      counters.increment(DeviceCounter.INTERRUPTS);
    }
    return notify;
  }

  /** Settles and serves until there is nothing to do; true if a bound was met before that. */
  private boolean serveAvailable() {
    int bytes = MAX_BYTES_PER_RUN;
    int descriptors = MAX_DESCRIPTORS_PER_RUN;
    int steps = queue.size() + MAX_OUTSTANDING;
    while (steps > 0 && bytes > 0 && descriptors > 0) {
      steps--; // every step counts, against a driver that adds buffers as fast as they are served
      if (outstanding > 0) {
        int settled = settleOldest();
        if (settled >= 0) {
          bytes -= settled;
          continue;
        }
      }
      if (outstanding == slots.length) {
        return false;
      }
      PendingChain slot = slots[(first + outstanding) % slots.length];
      int popped = queue.pop(slot.chain);
      if (popped == SplitVirtqueue.CHAIN) {
        int served = serve(slot);
        if (served < 0) {
          return false;
        }
        bytes -= served;
        descriptors -= slot.chain.descriptors();
      } else if (popped == SplitVirtqueue.FAULT || polled || !queue.expectKicks()) {
        return false;
      }
    }
    return true;
  }

  /**
   * Serves a chain just taken.
   *
   * @return the bytes delivered; 0 if it waits for its turn or at the source; -1 if nothing more
   *     can be done now, and the chain was put back
   */
  private int serve(PendingChain slot) {
    if (slot.chain.pieces() == 0) {
      // Not a request for entropy at all (§5.4.6.1). Returned in its turn, with nothing in it.
      slot.begin(0, false);
      if (outstanding == 0) {
        complete(slot);
      } else {
        outstanding++;
      }
      return 0;
    }
    if (waiting || !grant(slot)) {
      queue.putBack(1);
      return -1;
    }
    if (outstanding == 0) {
      try {
        slot.delivered = filler.fill(slot.chain, 0, slot.granted);
      } catch (GuestMemoryException e) {
        // The embedder's map of RAM said otherwise a moment ago.
        limiter.refund(slot.granted);
        queue.fail(new RingFault.BufferOutsideMemory(slot.chain.head(), e.address(), e.length()));
        return -1;
      } catch (RuntimeException e) {
        limiter.refund(slot.granted);
        queue.putBack(1);
        sourceFailed(e);
        return -1;
      }
      if (slot.isComplete()) {
        complete(slot);
        return slot.delivered;
      }
    }
    if (!submit(slot)) {
      limiter.refund(slot.missing());
      queue.putBack(1);
      return -1;
    }
    outstanding++;
    return 0;
  }

  /** Asks the limiter; false if the chain has to wait for it. */
  private boolean grant(PendingChain slot) {
    int wanted = (int) Math.min(slot.chain.writableBytes(), MAX_REQUEST_BYTES);
    boolean whole = wanted <= WHOLE_REQUEST_BYTES;
    long least = whole ? wanted : 1;
    int granted = (int) limiter.acquireAtLeast(least, wanted);
    if (granted == 0) {
      counters.increment(DeviceCounter.THROTTLED);
      waitFor(limiter.nanosUntil(least));
    }
    slot.begin(granted, whole);
    return granted > 0;
  }

  private boolean submit(PendingChain slot) {
    abandoned.removeIf(EntropyRequest::isFree);
    if (abandoned.size() + outstanding >= MAX_OUTSTANDING) {
      waitFor(FIRST_RETRY_NANOS); // a source that does not let go
      return false;
    }
    int missing = slot.missing();
    if (slot.request == null || slot.request.capacity() < missing) {
      slot.request = new EntropyRequest(capacityFor(missing), wakeUp);
    }
    counters.increment(DeviceCounter.SOURCE_WAITS);
    slot.submitted = true;
    slot.request.submitTo(source, missing);
    return true;
  }

  /** Powers of two, so that a guest with growing requests makes few new buffers. */
  private static int capacityFor(int bytes) {
    return Math.max(64, Integer.highestOneBit(bytes - 1) << 1);
  }

  /**
   * Completes the oldest outstanding chain if it can be, or gets on with it.
   *
   * @return the bytes delivered, perhaps 0; -1 if there was no progress
   */
  private int settleOldest() {
    PendingChain slot = slots[first];
    if (!slot.submitted) {
      if (slot.granted == 0) {
        retireOldest();
        return 0;
      }
      return resubmit(slot) ? 0 : -1;
    }
    EntropyRequest request = slot.request;
    if (!request.isDone()) {
      return -1;
    }
    slot.submitted = false;
    EntropySourceException failure = request.failure();
    if (failure != null) {
      request.release();
      sourceFailed(failure);
      return -1;
    }
    int delivered = request.delivered();
    try {
      filler.copy(slot.chain, slot.delivered, request.bytes(), delivered);
    } catch (GuestMemoryException e) {
      // RAM went away under the chain.
      queue.fail(new RingFault.BufferOutsideMemory(slot.chain.head(), e.address(), e.length()));
      return -1;
    } finally {
      request.release();
    }
    slot.delivered += delivered;
    if (slot.isComplete()) {
      retireOldest();
    } else {
      resubmit(slot);
    }
    return delivered;
  }

  /** Asks the source for what is missing, unless that has to wait; true if it was asked. */
  private boolean resubmit(PendingChain slot) {
    if (waiting) {
      return false;
    }
    slot.submitted = true;
    slot.request.submitTo(source, slot.missing());
    return true;
  }

  private void retireOldest() {
    PendingChain slot = slots[first];
    first = (first + 1) % slots.length;
    outstanding--;
    complete(slot);
  }

  private void complete(PendingChain slot) {
    if (slot.missing() > 0) {
      limiter.refund(slot.missing());
    }
    queue.push(slot.chain.head(), slot.delivered);
    if (queue.fault() != null) {
      return; // the driver never sees it
    }
    counters.increment(DeviceCounter.CHAINS);
    if (slot.delivered == 0) {
      counters.increment(DeviceCounter.EMPTY_CHAINS);
    } else {
      nextRetryNanos = FIRST_RETRY_NANOS; // the source works
      counters.add(DeviceCounter.BYTES, slot.delivered);
    }
  }

  private void sourceFailed(RuntimeException e) {
    EntropySourceException failure = EntropySourceException.of("the source failed", e);
    counters.increment(DeviceCounter.SOURCE_FAILURES);
    trace.sourceFailed(failure, nextRetryNanos);
    waitFor(nextRetryNanos);
    nextRetryNanos = Math.min(2 * nextRetryNanos, LAST_RETRY_NANOS);
  }

  private void waitFor(long nanos) {
    waiting = true;
    waitUntil = clock.nanoTime() + Math.min(nanos, FOREVER_NANOS);
  }

  /**
   * Says how long {@link #run} need not be called unless a kick or a completion comes first.
   *
   * @return nanoseconds from now; 0 if it is due; {@link RateLimiter#NEVER} if nothing is waited
   *     for
   */
  public long nanosUntilDue() {
    if (moreWork) {
      return 0;
    }
    if (outstanding > 0 && slots[first].submitted && slots[first].request.isDone()) {
      return 0;
    }
    if (!waiting) {
      return RateLimiter.NEVER;
    }
    long left = waitUntil - clock.nanoTime();
    return left > FOREVER_NANOS / 2 ? RateLimiter.NEVER : Math.max(0, left);
  }

  /**
   * Says whether {@link #run} is due: the cheap question of an embedder that polls.
   *
   * @return true if {@link #nanosUntilDue} would answer 0
   */
  public boolean isDue() {
    if (outstanding == 0 && !waiting) {
      return moreWork;
    }
    return nanosUntilDue() == 0;
  }

  /**
   * Says how many chains were taken and not returned.
   *
   * @return 0 to {@link #MAX_OUTSTANDING}
   */
  public int outstanding() {
    return outstanding;
  }

  /**
   * Gives up every outstanding request and puts its chain back, so that the queue's position tells
   * the whole state. What a source delivers later is wiped. The loop may go on afterwards.
   */
  public void quiesce() {
    for (int i = 0; i < outstanding; i++) {
      PendingChain slot = slots[(first + i) % slots.length];
      // What is in guest memory already stays charged, though nobody was told of it.
      limiter.refund(slot.missing());
      if (slot.submitted) {
        slot.submitted = false;
        slot.request.cancel();
        if (!slot.request.isFree()) {
          abandoned.addLast(slot.request);
          slot.request = null;
        }
      }
    }
    limiter.withdraw();
    queue.putBack(outstanding);
    outstanding = 0;
    first = 0;
    look();
  }

  /** Makes {@link #run} due, because the queue may hold something that no kick will announce. */
  public void look() {
    moreWork = true;
  }

  /** Gives up everything that is outstanding, for a reset of the queue. */
  public void reset() {
    quiesce();
    moreWork = false;
    waiting = false;
    nextRetryNanos = FIRST_RETRY_NANOS;
  }
}
