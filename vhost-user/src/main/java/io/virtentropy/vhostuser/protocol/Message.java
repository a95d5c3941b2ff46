package io.virtentropy.vhostuser.protocol;

import io.virtentropy.vhostuser.linux.DescriptorBatch;
import io.virtentropy.vhostuser.linux.NativeBuffer;

/** One message that has arrived whole. Made once per connection and filled again and again. */
public final class Message {
  private final NativeBuffer bytes =
      new NativeBuffer(MessageLayout.HEADER_BYTES + MessageLayout.MOST_PAYLOAD);
  private final DescriptorBatch descriptors = new DescriptorBatch(MessageLayout.MOST_DESCRIPTORS);

  Message() {}

  NativeBuffer bytes() {
    return bytes;
  }

  /**
   * The request's number.
   *
   * @return what the header says, known or not
   */
  public int number() {
    return bytes.bytes().getInt(MessageLayout.REQUEST);
  }

  /**
   * The header's flags.
   *
   * @return the flags
   */
  public int flags() {
    return bytes.bytes().getInt(MessageLayout.FLAGS);
  }

  /**
   * The payload's size.
   *
   * @return bytes, 0 to {@link MessageLayout#MOST_PAYLOAD}
   */
  public int size() {
    return bytes.bytes().getInt(MessageLayout.SIZE);
  }

  /**
   * Reads a field of the payload.
   *
   * @param offset where, from the payload's beginning
   * @return four bytes
   */
  public int intAt(int offset) {
    return bytes.bytes().getInt(MessageLayout.HEADER_BYTES + offset);
  }

  /**
   * Reads a field of the payload.
   *
   * @param offset where, from the payload's beginning
   * @return eight bytes
   */
  public long longAt(int offset) {
    return bytes.bytes().getLong(MessageLayout.HEADER_BYTES + offset);
  }

  /**
   * What came with the message.
   *
   * @return descriptors; those nobody takes are closed with the message
   */
  public DescriptorBatch descriptors() {
    return descriptors;
  }

  /**
   * Names the message for a log.
   *
   * @return for example {@code SET_OWNER (3)}
   */
  public String describe() {
    Request request = Request.of(number());
    return request == null
        ? "request " + Integer.toUnsignedString(number())
        : request + " (" + number() + ")";
  }
}
