package io.virtentropy.vhostuser.protocol;

import io.virtentropy.vhostuser.linux.MessageSocket;
import io.virtentropy.vhostuser.linux.NativeBuffer;
import io.virtentropy.vhostuser.linux.SystemCallException;
import java.nio.ByteBuffer;

/** Builds and sends messages, one at a time. Used by both sides. */
public final class MessageWriter {
  /** The longest payload that is sent: a full memory table. */
  private static final int MOST_PAYLOAD =
      MessageLayout.TABLE_REGIONS + MessageLayout.REGION_BYTES * MessageLayout.TABLE_MOST_REGIONS;

  private final MessageSocket socket;
  private final NativeBuffer bytes = new NativeBuffer(MessageLayout.HEADER_BYTES + MOST_PAYLOAD);

  /**
   * Creates a writer.
   *
   * @param socket where messages go
   */
  public MessageWriter(MessageSocket socket) {
    this.socket = socket;
  }

  /**
   * Begins a message.
   *
   * @param number the request
   * @param flags the header's flags
   * @param size the payload's size
   * @return this
   */
  public MessageWriter begin(int number, int flags, int size) {
    ByteBuffer buffer = bytes.bytes();
    buffer
        .putInt(MessageLayout.REQUEST, number)
        .putInt(MessageLayout.FLAGS, flags)
        .putInt(MessageLayout.SIZE, size);
    for (int i = 0; i < size; i++) {
      buffer.put(MessageLayout.HEADER_BYTES + i, (byte) 0);
    }
    return this;
  }

  /**
   * Begins a reply. Its flags are exactly version and reply: a front-end accepts no others.
   *
   * @param number the request that is answered
   * @param size the payload's size
   * @return this
   */
  public MessageWriter beginReply(int number, int size) {
    return begin(number, MessageLayout.VERSION | MessageLayout.REPLY, size);
  }

  /**
   * Writes the payload.
   *
   * @param payload as many bytes as were announced
   * @return this
   */
  public MessageWriter putBytes(byte[] payload) {
    bytes.bytes().put(MessageLayout.HEADER_BYTES, payload);
    return this;
  }

  /**
   * Writes a field of the payload.
   *
   * @param offset where, from the payload's beginning
   * @param value four bytes
   * @return this
   */
  public MessageWriter putInt(int offset, int value) {
    bytes.bytes().putInt(MessageLayout.HEADER_BYTES + offset, value);
    return this;
  }

  /**
   * Writes a field of the payload.
   *
   * @param offset where, from the payload's beginning
   * @param value eight bytes
   * @return this
   */
  public MessageWriter putLong(int offset, long value) {
    bytes.bytes().putLong(MessageLayout.HEADER_BYTES + offset, value);
    return this;
  }

  /**
   * Sends the message.
   *
   * @param descriptors the numbers of what goes with its first byte; they stay the caller's
   * @return false if the other side has left so much unread that it does not fit, or fits in part:
   *     the stream is of no use any more
   * @throws SystemCallException if the connection broke
   */
  public boolean send(int... descriptors) throws SystemCallException {
    int length = MessageLayout.HEADER_BYTES + bytes.bytes().getInt(MessageLayout.SIZE);
    return socket.send(bytes, 0, length, descriptors) == length;
  }
}
