package io.virtentropy.ratelimit.state;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Reads one saved limiter and trusts none of it. Every field is checked against the range that the
 * limiter at hand could have saved; the first that isn't in it ends the reading with an {@link
 * IllegalArgumentException} that names the field.
 */
public final class StateReader {
  private final ByteBuffer bytes;

  /**
   * Opens a state and checks its frame.
   *
   * @param state the bytes
   * @param kind the kind that is expected, one of those in {@link StateLayout}
   * @throws IllegalArgumentException if the frame is another's
   */
  public StateReader(byte[] state, char kind) {
    if (state.length < StateLayout.HEADER_BYTES) {
      throw new IllegalArgumentException(
          "a saved limiter has at least "
              + StateLayout.HEADER_BYTES
              + " bytes; "
              + state.length
              + " were given");
    }
    // A private copy, so that nobody changes a field between its check and its use.
    bytes = ByteBuffer.wrap(state.clone());
    if (bytes.getInt() != StateLayout.MAGIC) {
      throw new IllegalArgumentException("these bytes are not a saved limiter: no VERL tag");
    }
    char found = (char) (bytes.get(StateLayout.KIND_OFFSET) & 0xff);
    if (found != kind) {
      throw new IllegalArgumentException(
          "the saved limiter is of kind "
              + Integer.toHexString(found)
              + "h; kind "
              + Integer.toHexString(kind)
              + "h is accepted here");
    }
    int version = bytes.get(StateLayout.VERSION_OFFSET);
    if (version != StateLayout.VERSION) {
      throw new IllegalArgumentException(
          "the saved limiter has version " + version + "; " + StateLayout.VERSION + " is accepted");
    }
    bytes.position(StateLayout.HEADER_BYTES);
  }

  /**
   * Reads a number.
   *
   * @param field its name, for the complaint
   * @param least the least value accepted
   * @param most the greatest value accepted
   * @return the value
   */
  public long number(String field, long least, long most) {
    long value;
    try {
      value = bytes.getLong();
    } catch (BufferUnderflowException e) {
      throw new IllegalArgumentException("the saved limiter ends before " + field, e);
    }
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          "the saved " + field + " is " + value + "; " + least + " to " + most + " is accepted");
    }
    return value;
  }

  /**
   * Reads a yes or no.
   *
   * @param field its name, for the complaint
   * @return the answer
   */
  public boolean flag(String field) {
    return number(field, 0, 1) == 1;
  }

  /**
   * Reads a number that has to be the limiter's own.
   *
   * @param field its name, for the complaint
   * @param own the value of the limiter at hand
   */
  public void same(String field, long own) {
    number(field, own, own);
  }

  /**
   * Reads a text.
   *
   * @param field its name, for the complaint
   * @return the text
   */
  public String text(String field) {
    int length = (int) number("length of " + field, 0, StateLayout.MAX_TEXT_BYTES);
    if (length > bytes.remaining()) {
      throw new IllegalArgumentException("the saved limiter ends inside " + field);
    }
    ByteBuffer utf8 = bytes.slice(bytes.position(), length);
    bytes.position(bytes.position() + length);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(utf8).toString();
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("the saved " + field + " is not UTF-8", e);
    }
  }

  /** Checks that nothing follows. */
  public void end() {
    if (bytes.hasRemaining()) {
      throw new IllegalArgumentException(
          "the saved limiter has " + bytes.remaining() + " bytes too many");
    }
  }
}
