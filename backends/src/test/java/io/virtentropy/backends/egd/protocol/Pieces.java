package io.virtentropy.backends.egd.protocol;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import java.util.function.Consumer;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;

/** A byte stream in pieces: what one read of a socket after the other brings. */
final class Pieces {
  private Pieces() {}

  /**
   * Feeds a stream in pieces, through one buffer.
   *
   * @param sizes of the pieces, over and over; 1 or more each
   * @param reader called after each piece has been appended; leaves what it can't use yet
   */
  static void feed(byte[] stream, List<Integer> sizes, Consumer<ByteBuf> reader) {
    ByteBuf in = Unpooled.directBuffer();
    int piece = 0;
    for (int at = 0; at < stream.length; piece++) {
      int size = Math.min(sizes.get(piece % sizes.size()), stream.length - at);
      in.writeBytes(stream, at, size);
      at += size;
      reader.accept(in);
      in.discardReadBytes();
    }
    in.release();
  }

  /** Sizes of pieces: single bytes, a few, whole replies, and mixtures. */
  static Arbitrary<List<Integer>> sizes() {
    return Arbitraries.oneOf(
            Arbitraries.just(1),
            Arbitraries.integers().between(1, 5),
            Arbitraries.integers().between(1, 600))
        .list()
        .ofMinSize(1)
        .ofMaxSize(20);
  }

  /** Bytes 1, 2, 3 … from a number on, none of them twice in 256. */
  static byte[] count(int first, int length) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) (first + i);
    }
    return bytes;
  }
}
