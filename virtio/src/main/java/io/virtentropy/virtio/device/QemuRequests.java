package io.virtentropy.virtio.device;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropyRequest;
import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.backends.Wipe;
import io.virtentropy.ratelimit.NanoClock;
import io.virtentropy.ratelimit.RateLimiter;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/**
 * The requests for entropy that QEMU's device has made and not had answered: first in, first out.
 *
 * <p>A source with bytes at hand answers as soon as the answer is asked for, which stands for
 * QEMU's bottom half; from one without, everything is requested at once and answered when it comes.
 * An answer may be shorter than what was asked for. A source that fails is asked again, ever more
 * seldom; QEMU aborts or waits for ever.
 */
final class QemuRequests {
  /** The most requests waiting, where QEMU has no bound: 4 MiB for one guest. */
  static final int MAX_WAITING = 64;

  private static final class Waiting {
    final int length;
    EntropyRequest request;

    Waiting(int length) {
      this.length = length;
    }
  }

  private final EntropyBackend source;
  private final NanoClock clock;
  private final DeviceCounters counters;
  private final DeviceTrace trace;
  private final Runnable wakeUp;

  private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();

  /** Cancelled requests that a slow source has not let go of; they count against the bound. */
  private final ArrayDeque<EntropyRequest> abandoned = new ArrayDeque<>();

  private ByteBuffer scratch;
  private EntropyRequest answeredBy;
  private int answered;

  private boolean failing;
  private long retryAt;
  private long nextRetryNanos = RequestLoop.FIRST_RETRY_NANOS;

  QemuRequests(
      EntropyBackend source,
      NanoClock clock,
      DeviceCounters counters,
      DeviceTrace trace,
      Runnable wakeUp) {
    this.source = source;
    this.clock = clock;
    this.counters = counters;
    this.trace = trace;
    this.wakeUp = wakeUp;
  }

  /** Adds a request, unless too many wait. */
  void add(int length) {
    abandoned.removeIf(EntropyRequest::isFree);
    if (waiting.size() + abandoned.size() < MAX_WAITING) {
      waiting.addLast(new Waiting(length));
    }
  }

  /**
   * Looks for the answer to the oldest request.
   *
   * @return how many bytes it has, in {@link #bytes}, until {@link #finish}; 0 if there is none yet
   */
  int answer() {
    Waiting oldest = waiting.peekFirst();
    if (oldest == null || (failing && clock.nanoTime() - retryAt < 0)) {
      return 0;
    }
    failing = false;
    if (oldest.request == null) {
      int filled = fill(oldest.length);
      if (filled != 0) {
        return filled < 0 ? 0 : answeredWith(null, filled);
      }
    }
    submitAll();
    EntropyRequest request = oldest.request;
    if (!request.isDone()) {
      return 0;
    }
    oldest.request = null;
    EntropySourceException failure = request.failure();
    if (failure != null) {
      request.release();
      failed(failure);
      return 0;
    }
    return answeredWith(request, request.delivered());
  }

  private int answeredWith(EntropyRequest request, int length) {
    waiting.removeFirst();
    nextRetryNanos = RequestLoop.FIRST_RETRY_NANOS;
    answeredBy = request;
    answered = length;
    return length;
  }

  ByteBuffer bytes() {
    return answeredBy == null ? scratch : answeredBy.bytes();
  }

  /** Wipes the answer. */
  void finish() {
    if (answeredBy != null) {
      answeredBy.release();
      answeredBy = null;
    } else {
      Wipe.range(scratch, 0, answered);
    }
    answered = 0;
  }

  /** Asks for bytes at hand; 0 if there are none, -1 if the source failed. */
  private int fill(int length) {
    if (scratch == null) {
      scratch = ByteBuffer.allocateDirect(RequestLoop.MAX_REQUEST_BYTES);
    }
    int done = 0;
    try {
      while (done < length) {
        int n = source.fill(scratch, done, length - done);
        if (n <= 0 || n > length - done) {
          break;
        }
        done += n;
      }
    } catch (RuntimeException e) {
      if (done == 0) {
        failed(e);
        return -1;
      }
    } finally {
      scratch.clear(); // its limits were the source's to move
    }
    return done;
  }

  private void submitAll() {
    for (Waiting each : waiting) {
      if (each.request == null) {
        each.request = new EntropyRequest(each.length, wakeUp);
        counters.increment(DeviceCounter.SOURCE_WAITS);
        each.request.submitTo(source, each.length);
      }
    }
  }

  private void failed(RuntimeException e) {
    EntropySourceException failure = EntropySourceException.of("the source failed", e);
    counters.increment(DeviceCounter.SOURCE_FAILURES);
    trace.sourceFailed(failure, nextRetryNanos);
    failing = true;
    retryAt = clock.nanoTime() + nextRetryNanos;
    nextRetryNanos = Math.min(2 * nextRetryNanos, RequestLoop.LAST_RETRY_NANOS);
  }

  long nanosUntilAnswer() {
    Waiting oldest = waiting.peekFirst();
    if (oldest == null) {
      return RateLimiter.NEVER;
    }
    if (failing) {
      return Math.max(0, retryAt - clock.nanoTime());
    }
    return oldest.request == null || oldest.request.isDone() ? 0 : RateLimiter.NEVER;
  }

  int waiting() {
    return waiting.size();
  }

  /** Gives up every request; what comes in for them is wiped. */
  void cancelAll() {
    for (Waiting each : waiting) {
      if (each.request != null) {
        each.request.cancel();
        if (!each.request.isFree()) {
          abandoned.addLast(each.request);
        }
      }
    }
    waiting.clear();
    failing = false;
    nextRetryNanos = RequestLoop.FIRST_RETRY_NANOS;
  }
}
