package io.virtentropy.ratelimit.state;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Writes one saved limiter, field after field. */
public final class StateWriter {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(96);

  /**
   * Starts a state.
   *
   * @param kind one of the kinds in {@link StateLayout}
   */
  public StateWriter(char kind) {
    writeBits(StateLayout.MAGIC, Integer.BYTES);
    bytes.write(kind);
    bytes.write(StateLayout.VERSION);
  }

  /**
   * Appends a number.
   *
   * @param value any value
   * @return this writer
   */
  public StateWriter number(long value) {
    writeBits(value, Long.BYTES);
    return this;
  }

  /**
   * Appends a yes or no.
   *
   * @param value the answer
   * @return this writer
   */
  public StateWriter flag(boolean value) {
    return number(value ? 1 : 0);
  }

  /**
   * Appends a text.
   *
   * @param value at most 65,535 bytes in UTF-8
   * @return this writer
   */
  public StateWriter text(String value) {
    byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
    if (utf8.length > StateLayout.MAX_TEXT_BYTES) {
      throw new IllegalArgumentException(
          "a text of "
              + utf8.length
              + " bytes can't be saved; up to "
              + StateLayout.MAX_TEXT_BYTES
              + " is accepted");
    }
    number(utf8.length);
    bytes.writeBytes(utf8);
    return this;
  }

  /**
   * Ends the state.
   *
   * @return everything written, with its frame
   */
  public byte[] toByteArray() {
    return bytes.toByteArray();
  }

  private void writeBits(long value, int width) {
    for (int shift = (width - 1) * Byte.SIZE; shift >= 0; shift -= Byte.SIZE) {
      bytes.write((int) (value >>> shift));
    }
  }
}
