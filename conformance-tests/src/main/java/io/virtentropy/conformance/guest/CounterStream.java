package io.virtentropy.conformance.guest;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

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
  private long gaps;

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
      if (words > 0 && word != last + 1) {
        gaps++;
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
   * How often words were missing between two that came one after the other.
   *
   * @return 0 for a stream without a gap
   */
  public long gaps() {
    return gaps;
  }

  /**
   * How many words were checked.
   *
   * @return 0 or more
   */
  public long words() {
    return words;
  }
}
