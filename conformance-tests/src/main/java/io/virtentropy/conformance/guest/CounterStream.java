package io.virtentropy.conformance.guest;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Checks bytes that come from a counter source, 64-bit little-endian words 1, 2, 3 …: every word
 * must be larger than all before it. A word that comes again, or late, was delivered twice or out
 * of order.
 *
 * <p>Words may be missing: a driver throws away what it has not handed out when it is unbound.
 */
public final class CounterStream {
  private long last;
  private long words;

  /** Starts a check. */
  public CounterStream() {}

  /**
   * Checks the next bytes.
   *
   * @param bytes whole words
   * @throws AssertionError if a word is not larger than all before it, with its place
   */
  public void accept(byte[] bytes) {
    if (bytes.length % Long.BYTES != 0) {
      throw new AssertionError(bytes.length + " bytes are no whole number of words");
    }
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    while (in.hasRemaining()) {
      long word = in.getLong();
      if (word <= last) {
        throw new AssertionError(
            "word "
                + words
                + " is 0x"
                + Long.toHexString(word)
                + ", but 0x"
                + Long.toHexString(last)
                + " was there before");
      }
      last = word;
      words++;
    }
  }

  /**
   * The largest word so far.
   *
   * @return 0 before the first
   */
  public long last() {
    return last;
  }

  /**
   * How many words were checked.
   *
   * @return 0 or more
   */
  public long words() {
    return words;
  }

  /**
   * Undoes the order in which Linux hands out a buffer to reads smaller than it: the hwrng core
   * fills a buffer of 64 bytes and hands it out from its end (drivers/char/hw_random/core.c, Linux
   * 6.1).
   *
   * @param got what reads of one size gave, one behind the other, beginning with a fresh buffer
   * @param readSize the size of each read
   * @param bufferSize the size of the core's buffer
   * @return the bytes as the device delivered them, as many whole buffers as there are
   */
  public static byte[] inDeviceOrder(byte[] got, int readSize, int bufferSize) {
    byte[] ordered = new byte[got.length];
    int left = 0; // of the core's buffer
    int wanted = readSize; // of the current read
    int buffer = -bufferSize;
    for (int at = 0; at < got.length; ) {
      if (left == 0) {
        left = bufferSize;
        buffer += bufferSize;
      }
      int part = Math.min(Math.min(wanted, left), got.length - at);
      left -= part;
      if (buffer + left + part <= ordered.length) {
        System.arraycopy(got, at, ordered, buffer + left, part);
      }
      at += part;
      wanted -= part;
      if (wanted == 0) {
        wanted = readSize;
      }
    }
    return Arrays.copyOf(ordered, got.length / bufferSize * bufferSize);
  }
}
