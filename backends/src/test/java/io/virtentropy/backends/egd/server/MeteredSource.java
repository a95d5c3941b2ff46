package io.virtentropy.backends.egd.server;

import io.virtentropy.backends.CounterBackend;
import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropyRequest;
import io.virtentropy.backends.EntropySourceException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;

/**
 * A counter stream of which a test decides how much there is. What is asked for beyond that waits
 * until there is more.
 */
final class MeteredSource implements EntropyBackend {
  static final long PLENTY = Long.MAX_VALUE / 2;

  private final CounterBackend stream = new CounterBackend(1);
  private final ArrayDeque<EntropyRequest> waiting = new ArrayDeque<>();
  private long supply;
  private long drawn;
  private boolean failing;
  private int mostWaiting;

  MeteredSource(long supply) {
    this.supply = supply;
  }

  /** The stream from a position on. */
  static byte[] stream(long from, int length) {
    byte[] bytes = new byte[length];
    ByteBuffer word = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < length; i++) {
      long at = from + i;
      bytes[i] = word.putLong(0, 1 + at / 8).get((int) (at % 8));
    }
    return bytes;
  }

  void supply(long bytes) {
    supply += bytes;
    serve();
  }

  /** How much of the stream has been handed out. */
  long drawn() {
    return drawn;
  }

  int waiting() {
    return waiting.size();
  }

  int mostWaiting() {
    return mostWaiting;
  }

  void fail(boolean on) {
    failing = on;
    while (on && !waiting.isEmpty()) {
      waiting.pop().fail(failure());
    }
  }

  private static EntropySourceException failure() {
    return new EntropySourceException(EntropySourceException.Reason.IO_ERROR, "the test said so");
  }

  @Override
  public int fill(ByteBuffer target, int index, int length) {
    if (failing) {
      throw failure();
    }
    return waiting.isEmpty() ? take(target, index, length) : 0;
  }

  private int take(ByteBuffer target, int index, int length) {
    int part = (int) Math.min(supply, length);
    if (part > 0) {
      stream.fill(target, index, part);
      supply -= part;
      drawn += part;
    }
    return part;
  }

  @Override
  public void submit(EntropyRequest request) {
    if (failing) {
      request.fail(failure());
      return;
    }
    waiting.add(request);
    mostWaiting = Math.max(mostWaiting, waiting.size());
    serve();
  }

  private void serve() {
    while (supply > 0 && !waiting.isEmpty()) {
      EntropyRequest request = waiting.pop();
      if (request.claim()) {
        request.complete(take(request.target(), 0, request.length()));
      }
    }
  }

  @Override
  public void cancel(EntropyRequest request) {
    if (waiting.remove(request)) {
      request.forget();
    }
  }

  @Override
  public void close() {}
}
