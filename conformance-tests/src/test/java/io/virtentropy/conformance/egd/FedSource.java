package io.virtentropy.conformance.egd;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropyRequest;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;

/** A source that has what it was fed, and lets others wait for more. For any threads. */
final class FedSource implements EntropyBackend {
  private final ArrayDeque<byte[]> blocks = new ArrayDeque<>();
  private final ArrayDeque<EntropyRequest> waiting = new ArrayDeque<>();
  private long drawn;

  synchronized void feed(byte[] bytes) {
    blocks.add(bytes.clone());
    serve();
  }

  synchronized long drawn() {
    return drawn;
  }

  @Override
  public synchronized int fill(ByteBuffer target, int index, int length) {
    return waiting.isEmpty() ? take(target, index, length) : 0;
  }

  private int take(ByteBuffer target, int index, int length) {
    int taken = 0;
    while (taken < length && !blocks.isEmpty()) {
      byte[] block = blocks.remove();
      int part = Math.min(length - taken, block.length);
      target.put(index + taken, block, 0, part);
      taken += part;
      if (part < block.length) {
        blocks.addFirst(Arrays.copyOfRange(block, part, block.length));
      }
    }
    drawn += taken;
    return taken;
  }

  @Override
  public synchronized void submit(EntropyRequest request) {
    waiting.add(request);
    serve();
  }

  private void serve() {
    while (!blocks.isEmpty() && !waiting.isEmpty()) {
      EntropyRequest request = waiting.remove();
      if (request.claim()) {
        request.complete(take(request.target(), 0, request.length()));
      }
    }
  }

  @Override
  public synchronized void cancel(EntropyRequest request) {
    if (waiting.remove(request)) {
      request.forget();
    }
  }

  @Override
  public void close() {}
}
