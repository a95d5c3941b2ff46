package io.virtentropy.virtio.state;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Function;

/**
 * Reads bytes that should be the saved form of something, and may be anything. Such a form is
 * little-endian and begins with a magic number that holds its version.
 */
public final class SavedForm {
  private SavedForm() {}

  /**
   * Reads a saved form.
   *
   * @param <T> what it is the form of
   * @param saved the bytes
   * @param what their name, for messages
   * @param magic what they begin with
   * @param needed how long they are at least, for messages; empty if that can't be said
   * @param reader reads what follows the magic number
   * @return what the reader gave
   * @throws IllegalArgumentException if they begin otherwise, or end while they are read
   */
  public static <T> T read(
      byte[] saved, String what, long magic, String needed, Function<ByteBuffer, T> reader) {
    ByteBuffer in = ByteBuffer.wrap(saved).order(ByteOrder.LITTLE_ENDIAN);
    try {
      long found = in.getLong();
      if (found != magic) {
        throw new IllegalArgumentException(
            "a saved "
                + what
                + " begins with 0x"
                + Long.toHexString(magic)
                + ", not with 0x"
                + Long.toHexString(found));
      }
      return reader.apply(in);
    } catch (BufferUnderflowException e) {
      throw new IllegalArgumentException(
          "the saved "
              + what
              + " ends after "
              + saved.length
              + " bytes"
              + (needed.isEmpty() ? "" : "; " + needed + " are needed"),
          e);
    }
  }

  /**
   * Reads the length of what comes last, and that.
   *
   * @param in at the length
   * @param what its name, for messages
   * @return its bytes
   * @throws IllegalArgumentException if not exactly so many follow
   */
  public static byte[] last(ByteBuffer in, String what) {
    int length = in.getInt();
    if (length != in.remaining()) {
      throw new IllegalArgumentException(
          "the saved "
              + what
              + " is said to take "
              + length
              + " bytes, but "
              + in.remaining()
              + " follow");
    }
    byte[] bytes = new byte[length];
    in.get(bytes);
    return bytes;
  }

  /**
   * Checks a range.
   *
   * @param what the value's name, for the message
   * @param value the value
   * @param least the least that is accepted
   * @param most the most that is accepted
   * @return the value
   * @throws IllegalArgumentException if it is outside
   */
  public static int range(String what, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          "saved " + what + " " + value + "; " + least + " to " + most + " is accepted");
    }
    return value;
  }
}
