package io.virtentropy.backends;

import java.nio.ByteBuffer;

/** Overwrites memory that held entropy. */
public final class Wipe {
  private static final byte[] ZEROS = new byte[4096];

  private Wipe() {}

  /**
   * Fills a range of a buffer with zeros.
   *
   * @param buffer the buffer; position and limit mean nothing, but the range lies below the limit
   * @param index the first byte, absolute
   * @param length how many bytes, 0 or more
   */
  public static void range(ByteBuffer buffer, int index, int length) {
    int at = index;
    int left = length;
    while (left > 0) {
      int part = Math.min(left, ZEROS.length);
      buffer.put(at, ZEROS, 0, part);
      at += part;
      left -= part;
    }
  }
}
