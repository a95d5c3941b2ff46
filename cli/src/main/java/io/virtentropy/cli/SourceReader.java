package io.virtentropy.cli;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropyRequest;
import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.backends.Wipe;
import java.nio.ByteBuffer;
import java.util.concurrent.Semaphore;

/** Reads from a source and waits where it has to. For one thread at a time. */
final class SourceReader {
  private final EntropyBackend source;
  private final Semaphore done = new Semaphore(0);
  private final EntropyRequest request;

  SourceReader(EntropyBackend source, int most) {
    this.source = source;
    this.request = new EntropyRequest(most, done::release);
  }

  /**
   * Reads until the target is full.
   *
   * @throws EntropySourceException if the source has failed
   */
  void read(byte[] target, int length) throws InterruptedException {
    ByteBuffer buffer = ByteBuffer.wrap(target);
    int at = 0;
    while (at < length) {
      int n = source.fill(buffer, at, length - at);
      at += n > 0 ? n : await(buffer, at, length - at);
    }
  }

  private int await(ByteBuffer target, int index, int length) throws InterruptedException {
    request.submitTo(source, Math.min(length, request.capacity()));
    try {
      done.acquire();
    } catch (InterruptedException e) {
      request.cancel();
      throw e;
    }
    EntropySourceException failure = request.failure();
    if (failure != null) {
      request.release();
      throw failure;
    }
    int n = request.delivered();
    target.put(index, request.bytes(), 0, n);
    Wipe.range(request.bytes(), 0, n);
    request.release();
    return n;
  }
}
