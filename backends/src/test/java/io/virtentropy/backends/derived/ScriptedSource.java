package io.virtentropy.backends.derived;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropyRequest;
import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.backends.EntropySourceException.Reason;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.function.IntUnaryOperator;

/** A source that does what a test says: has bytes at hand, waits to be told, or fails. */
final class ScriptedSource implements EntropyBackend {
  private final String name;
  private final IntUnaryOperator byteAt;
  private final ArrayDeque<EntropyRequest> waiting = new ArrayDeque<>();
  private int delivered;

  /** How many bytes a fill may still take; the rest waits for {@link #answer}. */
  int atHand;

  EntropySourceException failure;
  int asked;
  boolean closed;

  /** A source whose bytes are a function of their place. */
  ScriptedSource(String name, IntUnaryOperator byteAt) {
    this.name = name;
    this.byteAt = byteAt;
  }

  static ScriptedSource ready(String name, IntUnaryOperator byteAt) {
    ScriptedSource source = new ScriptedSource(name, byteAt);
    source.atHand = Integer.MAX_VALUE;
    return source;
  }

  void breakDown() {
    failure = new EntropySourceException(Reason.IO_ERROR, name + " is broken");
    while (!waiting.isEmpty()) {
      waiting.removeFirst().fail(failure);
    }
  }

  void repair() {
    failure = null;
  }

  int delivered() {
    return delivered;
  }

  int waiting() {
    return waiting.size();
  }

  /** Answers the first request that waits with up to so many bytes; false if none waits. */
  boolean answer(int bytes) {
    EntropyRequest first = waiting.pollFirst();
    if (first == null) {
      return false;
    }
    if (first.claim()) {
      int n = Math.min(bytes, first.length());
      write(first.target(), 0, n);
      first.complete(n);
    }
    return true;
  }

  private void write(ByteBuffer target, int index, int length) {
    for (int i = 0; i < length; i++) {
      target.put(index + i, (byte) byteAt.applyAsInt(delivered++));
    }
  }

  @Override
  public int fill(ByteBuffer target, int index, int length) {
    requireUsable();
    asked++;
    int n = Math.min(length, atHand);
    atHand -= n;
    write(target, index, n);
    return n;
  }

  private void requireUsable() {
    if (closed) {
      throw new EntropySourceException(Reason.CLOSED, name + " has been closed");
    }
    if (failure != null) {
      asked++;
      throw failure;
    }
  }

  @Override
  public void submit(EntropyRequest request) {
    requireUsable();
    waiting.addLast(request);
  }

  @Override
  public void cancel(EntropyRequest request) {
    if (waiting.remove(request)) {
      request.forget();
    }
  }

  @Override
  public void close() {
    closed = true;
    while (!waiting.isEmpty()) {
      waiting.removeFirst().fail(new EntropySourceException(Reason.CLOSED, name + " was closed"));
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
