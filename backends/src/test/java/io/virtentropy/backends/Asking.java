package io.virtentropy.backends;

import java.util.concurrent.Semaphore;

/** A consumer with one request. */
public final class Asking {
  public final Semaphore done = new Semaphore(0);
  public final EntropyRequest request;

  /** Makes one that can ask for so much. */
  public Asking(int capacity) {
    request = new EntropyRequest(capacity, done::release);
  }

  /** Asks for all it can hold. */
  public Asking submitTo(EntropyBackend source) {
    request.submitTo(source, request.capacity());
    return this;
  }

  /** Waits for what was delivered, and frees the request. */
  public byte[] bytes() throws InterruptedException {
    done.acquire();
    if (request.failure() != null) {
      throw new AssertionError("the source failed", request.failure());
    }
    byte[] bytes = new byte[request.delivered()];
    request.bytes().get(0, bytes);
    request.release();
    return bytes;
  }

  /** Waits for a failure, and frees the request. */
  public EntropySourceException failure() throws InterruptedException {
    done.acquire();
    EntropySourceException failure = request.failure();
    if (failure == null) {
      throw new AssertionError(request.delivered() + " bytes were delivered");
    }
    request.release();
    return failure;
  }
}
