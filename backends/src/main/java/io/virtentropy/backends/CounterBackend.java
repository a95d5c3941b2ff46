package io.virtentropy.backends;

import io.virtentropy.backends.EntropySourceException.Reason;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A test source: the numbers 1, 2, 3 … as 64-bit little-endian words, one stream over all requests.
 * A reader that sees a word twice, or a smaller one after a larger, has found a byte delivered
 * twice or out of order.
 */
public final class CounterBackend implements EntropyBackend {
  private long word;
  private int byteInWord;

  /**
   * Starts the stream.
   *
   * @param first the first word
   */
  public CounterBackend(long first) {
    this.word = first;
  }

  /**
   * Says how far the stream has come.
   *
   * @return the word that the next byte belongs to
   */
  public long nextWord() {
    return word;
  }

  @Override
  public int fill(ByteBuffer target, int index, int length) {
    int at = index;
    int end = index + length;
    while (at < end) {
      if (byteInWord == 0 && end - at >= Long.BYTES) {
        target.putLong(at, littleEndian(target, word));
        word++;
        at += Long.BYTES;
      } else {
        target.put(at++, (byte) (word >>> (8 * byteInWord)));
        byteInWord = (byteInWord + 1) & 7;
        if (byteInWord == 0) {
          word++;
        }
      }
    }
    return length;
  }

  private static long littleEndian(ByteBuffer target, long value) {
    return target.order() == ByteOrder.LITTLE_ENDIAN ? value : Long.reverseBytes(value);
  }

  @Override
  public void close() {
    // Nothing is held.
  }

  @Override
  public String toString() {
    return "counter";
  }

  /** Makes {@code counter} and {@code counter:FIRST} known by name, for tests. */
  public static final class Provider implements EntropyBackendProvider {
    /** Called by the service loader. */
    public Provider() {}

    @Override
    public String name() {
      return "counter";
    }

    @Override
    public String usage() {
      return "counter:FIRST";
    }

    @Override
    public boolean testOnly() {
      return true;
    }

    @Override
    public EntropyBackend open(String argument) {
      try {
        return new CounterBackend(argument.isEmpty() ? 1 : Long.parseLong(argument));
      } catch (NumberFormatException e) {
        throw new EntropySourceException(
            Reason.UNSUITABLE,
            "'" + argument + "' is not a first word for the counter; a whole number is accepted",
            e);
      }
    }
  }
}
