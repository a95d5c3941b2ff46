package io.virtentropy.backends;

import java.nio.ByteBuffer;

/**
 * A source of entropy, as devices and pools see it.
 *
 * <p>The smallest useful source implements {@link #fill} and {@link #close}:
 *
 * <pre>{@code
 * final class Dice implements EntropyBackend {
 *   public int fill(ByteBuffer target, int index, int length) {
 *     for (int i = 0; i < length; i++) {
 *       target.put(index + i, roll());
 *     }
 *     return length;
 *   }
 *
 *   public void close() {}
 * }
 * }</pre>
 *
 * <p>A source that may have to wait returns 0 from {@code fill} and implements {@link #submit} and
 * {@link #cancel} too.
 *
 * <p><b>Rules.</b> No byte is ever delivered twice, to anyone. A target may be a guest's memory,
 * which the guest reads and writes at the same time: write it, never read it, and write it once. A
 * source that keeps bytes wipes them as it hands them out. Nothing of the contents appears in
 * {@code toString}, logs or exceptions.
 *
 * <p><b>Threads.</b> {@code fill}, {@code submit} and {@code cancel} are called by one thread at a
 * time, not always the same one; they must not block. Requests may be completed from any thread.
 */
public interface EntropyBackend extends AutoCloseable {

  /**
   * Delivers bytes that can be had without waiting.
   *
   * @param target where they go, in any byte order; its position, limit and order are left alone
   * @param index the first byte to write, absolute; the range lies below the limit
   * @param length how many bytes are wanted, 1 or more
   * @return how many were written from {@code index} on, 1 to {@code length}; 0 if none can be had
   *     without waiting, and nothing was written
   * @throws EntropySourceException if the source has failed; nothing was written
   */
  int fill(ByteBuffer target, int index, int length);

  /**
   * Takes a request to be completed when bytes are there.
   *
   * <p>Requests are completed in the order they were submitted. Not called by consumers of a source
   * whose {@link #fill} never returns 0; the default serves the request from {@code fill} at once
   * and fails it if that returned 0 all the same.
   *
   * <p>A source that throws from here must not have kept the request: it is failed with what was
   * thrown.
   *
   * @param request the request; the source owns it until it has completed, failed or forgotten it
   */
  default void submit(EntropyRequest request) {
    if (!request.claim()) {
      return;
    }
    int delivered;
    try {
      delivered = fill(request.target(), 0, request.length());
    } catch (EntropySourceException e) {
      request.fail(e);
      return;
    }
    if (delivered > 0) {
      request.complete(delivered);
    } else {
      request.fail(
          new EntropySourceException(
              EntropySourceException.Reason.UNAVAILABLE,
              getClass().getName() + " returned 0 from fill and has no submit of its own"));
    }
  }

  /**
   * Tells the source that the consumer no longer waits for a request, which by now reports {@link
   * EntropyRequest#isAbandoned()} or, if the source met it in the meantime, is free again.
   *
   * <p>A source that can drop it does so and calls {@link EntropyRequest#forget()}; one that can't
   * lets it come to its end: a later {@code claim} answers false and gives the request back.
   *
   * @param request a request that was submitted to this source; perhaps completed in the meantime
   */
  default void cancel(EntropyRequest request) {}

  /**
   * Says whether what the source delivers is raw noise that wants testing, and how good it claims
   * to be. Sources of bytes that a generator has conditioned, which would pass any test however bad
   * their seed, say 0.
   *
   * @return the claimed min-entropy in bits per byte, more than 0 and at most 8; 0, as it is unless
   *     overridden, if the source is no raw noise or tests it itself
   */
  default double noiseBitsPerByte() {
    return 0;
  }

  /**
   * Gives up the source: requests still waiting fail, buffers are wiped, threads end. Idempotent,
   * and safe to call from any thread.
   */
  @Override
  void close();
}
