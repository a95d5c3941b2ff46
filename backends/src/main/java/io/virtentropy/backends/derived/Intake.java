package io.virtentropy.backends.derived;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropyRequest;
import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.backends.EntropySourceException.Reason;
import io.virtentropy.backends.Wipe;
import java.nio.ByteBuffer;

/**
 * Takes bytes from a source: at once if it has some, else by one request at a time, of which what
 * is not taken stays for the next. Used by one thread at a time; the wake-up may come from any.
 */
final class Intake {
  /** The most that is asked for at once, in bytes: what one request of a device gets at most. */
  private static final int MOST = 65_536;

  private final EntropyBackend source;
  private final Runnable wakeUp;
  private EntropyRequest request;
  private boolean submitted;
  private int taken;

  Intake(EntropyBackend source, Runnable wakeUp) {
    this.source = source;
    this.wakeUp = wakeUp;
  }

  /**
   * Takes bytes.
   *
   * @param wanted how many will be taken before long: what a request asks for
   * @return how many were written; 0 if the source will run the wake-up first
   * @throws EntropySourceException if the source has failed; the next call asks it again
   */
  int take(ByteBuffer target, int index, int length, int wanted) {
    if (!submitted) {
      int n = fill(target, index, length);
      if (n > 0) {
        return n;
      }
      submit(Math.min(Math.max(length, wanted), MOST));
    }
    if (!request.isDone()) {
      return 0;
    }
    EntropySourceException failure = request.failure();
    if (failure != null) {
      release();
      throw failure;
    }
    int n = Math.min(length, request.delivered() - taken);
    int from = taken;
    taken += n;
    try {
      target.put(index, request.bytes(), from, n);
    } finally {
      Wipe.range(request.bytes(), from, n);
      if (taken == request.delivered()) {
        release();
      }
    }
    return n;
  }

  private int fill(ByteBuffer target, int index, int length) {
    int n;
    try {
      n = source.fill(target, index, length);
    } catch (EntropySourceException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new EntropySourceException(Reason.UNAVAILABLE, source + " failed: " + e, e);
    }
    if (n < 0 || n > length) {
      throw new EntropySourceException(
          Reason.UNAVAILABLE,
          source + " says that it delivered " + n + " bytes; 0 to " + length + " is accepted");
    }
    return n;
  }

  private void submit(int length) {
    if (request == null || request.capacity() < length) {
      request = new EntropyRequest(Math.max(64, Integer.highestOneBit(length - 1) << 1), wakeUp);
    }
    submitted = true;
    taken = 0;
    request.submitTo(source, length);
  }

  private void release() {
    submitted = false;
    request.release();
  }

  /** Gives up what was asked for, and closes the source. */
  void close() {
    if (submitted) {
      submitted = false;
      request.cancel();
    }
    source.close();
  }

  @Override
  public String toString() {
    return source.toString();
  }
}
