package io.virtentropy.virtio.bench;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropyRequest;
import io.virtentropy.backends.EntropySourceException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * A source that has nothing at hand: it keeps every request until the test tells it to complete or
 * fail the oldest. Delivers the bytes 1, 2, 3 … 255, 1, 2 …, never a 0, so that a written byte
 * differs from cleared memory.
 */
public final class OnDemandSource implements EntropyBackend {
  private final Deque<EntropyRequest> waiting = new ArrayDeque<>();
  private boolean letsGo = true;
  private int next = 1;
  private int submitted;
  private int cancelled;

  /** From now on keeps cancelled requests instead of letting go of them. */
  public OnDemandSource neverLettingGo() {
    letsGo = false;
    return this;
  }

  /** Lets go of every cancelled request it has kept. */
  public void letGo() {
    letsGo = true;
    waiting.removeIf(
        request -> {
          if (request.isAbandoned()) {
            request.forget();
            return true;
          }
          return false;
        });
  }

  /** How many requests it holds, cancelled ones included. */
  public int waiting() {
    return waiting.size();
  }

  /** How many were ever submitted. */
  public int submitted() {
    return submitted;
  }

  /** How many were cancelled. */
  public int cancelled() {
    return cancelled;
  }

  /** How many bytes the oldest asks for. */
  public int wanted() {
    return waiting.getFirst().length();
  }

  /** Takes the oldest request away without completing it: it is now the test's. */
  public EntropyRequest take() {
    return waiting.removeFirst();
  }

  /** Completes the oldest in full. */
  public void complete() {
    complete(wanted());
  }

  /** Completes the oldest with some bytes; one that was cancelled is given back instead. */
  public void complete(int bytes) {
    EntropyRequest request = waiting.removeFirst();
    if (request.claim()) {
      deliver(request, bytes);
    }
  }

  /** Writes to a claimed request and completes it. */
  public void deliver(EntropyRequest request, int bytes) {
    for (int i = 0; i < bytes; i++) {
      request.target().put(i, nextByte());
    }
    request.complete(bytes);
  }

  /** Fails the oldest. */
  public void fail() {
    waiting
        .removeFirst()
        .fail(
            new EntropySourceException(
                EntropySourceException.Reason.IO_ERROR, "the test unplugged the source"));
  }

  private byte nextByte() {
    byte value = (byte) next;
    next = next == 255 ? 1 : next + 1;
    return value;
  }

  @Override
  public int fill(ByteBuffer target, int index, int length) {
    return 0;
  }

  @Override
  public void submit(EntropyRequest request) {
    submitted++;
    waiting.addLast(request);
  }

  @Override
  public void cancel(EntropyRequest request) {
    cancelled++;
    if (letsGo && request.isAbandoned() && waiting.remove(request)) {
      request.forget();
    }
  }

  @Override
  public void close() {
    // The test's requests end with the test.
  }
}
