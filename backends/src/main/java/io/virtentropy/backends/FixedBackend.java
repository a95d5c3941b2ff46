package io.virtentropy.backends;

import io.virtentropy.backends.EntropySourceException.Reason;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * A test source: the bytes it is given, once, in their order, and then its end. For known-answer
 * tests of what stands on a source.
 */
public final class FixedBackend implements EntropyBackend {
  private final byte[] bytes;
  private int next;
  private boolean closed;

  /**
   * Takes the bytes.
   *
   * @param bytes what will be delivered; copied
   */
  public FixedBackend(byte[] bytes) {
    this.bytes = bytes.clone();
  }

  @Override
  public synchronized int fill(ByteBuffer target, int index, int length) {
    if (closed) {
      throw new EntropySourceException(Reason.CLOSED, "the source fixed has been closed");
    }
    if (next == bytes.length) {
      throw new EntropySourceException(
          Reason.END_OF_FILE, "the " + bytes.length + " bytes of the source fixed are used up");
    }
    int from = next;
    int n = Math.min(length, bytes.length - from);
    next = from + n;
    try {
      target.put(index, bytes, from, n);
    } finally {
      Arrays.fill(bytes, from, next, (byte) 0);
    }
    return n;
  }

  @Override
  public synchronized void close() {
    closed = true;
    Arrays.fill(bytes, (byte) 0);
  }

  @Override
  public String toString() {
    return "fixed";
  }

  /** Makes {@code fixed:HEX} known by name, for tests. */
  public static final class Provider implements EntropyBackendProvider {
    /** Called by the service loader. */
    public Provider() {}

    @Override
    public String name() {
      return "fixed";
    }

    @Override
    public String usage() {
      return "fixed:HEX";
    }

    @Override
    public boolean testOnly() {
      return true;
    }

    @Override
    public EntropyBackend open(String argument) {
      try {
        return new FixedBackend(HexFormat.of().parseHex(argument));
      } catch (IllegalArgumentException e) {
        throw new EntropySourceException(
            Reason.UNSUITABLE,
            "fixed was given what is not bytes ("
                + e.getMessage()
                + "); pairs of hexadecimal"
                + " digits are accepted",
            e);
      }
    }
  }
}
