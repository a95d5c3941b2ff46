package io.virtentropy.conformance.backends;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropyRequest;
import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.backends.EntropySourceException.Reason;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Random;

/**
 * A source in memory that keeps the contract: it delivers a stream known beforehand, as far as it
 * has been supplied, and fails while it is broken. The broken ones are made from it.
 */
class Supplied implements EntropyBackend {
  final ArrayDeque<EntropyRequest> waiting = new ArrayDeque<>();

  /** What comes next stands at {@link #next}; what was delivered is wiped. */
  final byte[] stream;

  int next;
  int available;
  boolean closed;
  boolean broken;

  Supplied() {
    this(1 << 17);
  }

  Supplied(int bytes) {
    stream = stream(bytes);
  }

  static byte[] stream(int bytes) {
    byte[] stream = new byte[bytes];
    new Random(20261125).nextBytes(stream);
    return stream;
  }

  synchronized void supply(int bytes) {
    available += bytes;
    serve();
  }

  synchronized void setBroken(boolean now) {
    broken = now;
    serve();
  }

  @Override
  public synchronized int fill(ByteBuffer target, int index, int length) {
    requireUsable();
    if (!waiting.isEmpty()) {
      return 0;
    }
    return take(target, index, length);
  }

  void requireUsable() {
    if (closed) {
      throw new EntropySourceException(Reason.CLOSED, "the source has been closed");
    }
    if (broken) {
      throw new EntropySourceException(Reason.IO_ERROR, "the source is broken");
    }
  }

  int take(ByteBuffer target, int index, int length) {
    int n = Math.min(length, available);
    target.put(index, stream, next, n);
    Arrays.fill(stream, next, next + n, (byte) 0);
    next += n;
    available -= n;
    return n;
  }

  @Override
  public synchronized void submit(EntropyRequest request) {
    waiting.addLast(request);
    serve();
  }

  @Override
  public synchronized void cancel(EntropyRequest request) {
    if (waiting.remove(request)) {
      request.forget();
    }
  }

  EntropyRequest takeWaiting() {
    return waiting.pollFirst();
  }

  void serve() {
    while (!waiting.isEmpty() && (available > 0 || broken || closed)) {
      EntropyRequest request = takeWaiting();
      try {
        requireUsable();
        answer(request);
      } catch (EntropySourceException e) {
        request.fail(e);
      }
    }
  }

  void answer(EntropyRequest request) {
    if (request.claim()) {
      request.complete(take(request.target(), 0, request.length()));
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    Arrays.fill(stream, (byte) 0);
    serve();
  }

  @Override
  public String toString() {
    return "supplied";
  }
}
