package io.virtentropy.virtio.device;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.Wipe;
import io.virtentropy.virtio.memory.GuestMemory;
import io.virtentropy.virtio.queue.DescriptorChain;
import java.nio.ByteBuffer;

/**
 * Gets entropy into the pieces of a chain: from the source straight into guest memory where that
 * lies in buffers, through a wiped staging buffer where it does not, or from a request that the
 * source has completed.
 */
final class ChainFiller {
  private static final int STAGING_BYTES = 4096;

  private final GuestMemory memory;
  private final EntropyBackend source;

  /** For memory that has no buffers to write into; made when first needed. */
  private ByteBuffer staging;

  ChainFiller(GuestMemory memory, EntropyBackend source) {
    this.memory = memory;
    this.source = source;
  }

  /**
   * Has the source write what it has at hand.
   *
   * @param chain where to
   * @param from the first byte of the chain to write, counted over its pieces
   * @param length how many bytes are wanted
   * @return how many were written
   * @throws RuntimeException if the source failed before it delivered anything
   */
  int fill(DescriptorChain chain, int from, int length) {
    int done = 0;
    long skip = from;
    for (int piece = 0; piece < chain.pieces() && done < length; piece++) {
      long pieceLength = chain.length(piece);
      if (skip >= pieceLength) {
        skip -= pieceLength;
        continue;
      }
      long address = chain.address(piece) + skip;
      int wanted = (int) Math.min(pieceLength - skip, length - done);
      skip = 0;
      int inPiece = 0;
      while (inPiece < wanted) {
        int n = fillAt(address + inPiece, wanted - inPiece, done > 0);
        if (n == 0) {
          return done;
        }
        inPiece += n;
        done += n;
      }
    }
    return done;
  }

  private int fillAt(long address, int length, boolean haveSome) {
    ByteBuffer buffer = memory.bufferAt(address);
    if (buffer == null) {
      return fillThroughStaging(address, length, haveSome);
    }
    int index = memory.indexAt(address);
    return ask(buffer, index, Math.min(length, buffer.limit() - index), haveSome);
  }

  private int fillThroughStaging(long address, int length, boolean haveSome) {
    if (staging == null) {
      staging = ByteBuffer.allocateDirect(STAGING_BYTES);
    }
    int wanted = Math.min(length, STAGING_BYTES);
    try {
      int n = ask(staging, 0, wanted, haveSome);
      if (n > 0) {
        memory.write(address, staging, 0, n);
      }
      return n;
    } finally {
      Wipe.range(staging, 0, wanted); // all of it: a source that failed may have written some
    }
  }

  /**
   * A failure after bytes were delivered only ends the filling; the next request meets it again.
   */
  private int ask(ByteBuffer target, int index, int length, boolean haveSome) {
    try {
      int n = source.fill(target, index, length);
      if (n < 0 || n > length) {
        throw new IllegalStateException(
            "the source reported " + n + " bytes where " + length + " were wanted");
      }
      return n;
    } catch (RuntimeException e) {
      if (haveSome) {
        return 0;
      }
      throw e;
    }
  }

  /**
   * Copies what a source has delivered into a buffer of ours.
   *
   * @param chain where to
   * @param from the first byte of the chain to write, counted over its pieces
   * @param bytes where from, from index 0 on
   * @param length how many bytes
   */
  void copy(DescriptorChain chain, int from, ByteBuffer bytes, int length) {
    int done = 0;
    long skip = from;
    for (int piece = 0; done < length; piece++) {
      long pieceLength = chain.length(piece);
      if (skip >= pieceLength) {
        skip -= pieceLength;
        continue;
      }
      int part = (int) Math.min(pieceLength - skip, length - done);
      memory.write(chain.address(piece) + skip, bytes, done, part);
      skip = 0;
      done += part;
    }
  }
}
