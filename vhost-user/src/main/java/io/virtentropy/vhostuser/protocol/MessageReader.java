package io.virtentropy.vhostuser.protocol;

import static io.virtentropy.vhostuser.protocol.MessageLayout.HEADER_BYTES;
import static io.virtentropy.vhostuser.protocol.MessageLayout.VERSION;
import static io.virtentropy.vhostuser.protocol.MessageLayout.VERSION_MASK;

import io.virtentropy.vhostuser.linux.DescriptorsLostException;
import io.virtentropy.vhostuser.linux.MessageSocket;
import io.virtentropy.vhostuser.linux.SystemCallException;

/**
 * Puts messages together from a stream that hands them out in any pieces.
 *
 * <p>Never reads beyond the message it is at, because the kernel tells which descriptors came with
 * a call and not with which byte: that of the header's first byte is known only if the call began
 * there. Its memory is bounded, whatever a header says.
 */
public final class MessageReader {
  /** What a call of {@link #read} came to. */
  public enum Progress {
    /** A message is whole. */
    WHOLE,
    /** More has to come. */
    WAITING,
    /** The other side is gone. */
    ENDED
  }

  private final MessageSocket socket;
  private final Message message = new Message();
  private int received;

  /**
   * Creates a reader at the beginning of a stream.
   *
   * @param socket where messages come from
   */
  public MessageReader(MessageSocket socket) {
    this.socket = socket;
  }

  /**
   * The message that is being read, or is whole.
   *
   * @return always the same object
   */
  public Message message() {
    return message;
  }

  /** Drops a message that is whole, or the beginning of one, with its descriptors. */
  public void discard() {
    message.descriptors().close();
    received = 0;
  }

  /**
   * Reads as much of a message as there is.
   *
   * @return what came of it; after {@link Progress#WHOLE} the message is valid until {@link
   *     #discard}
   * @throws MalformedMessageException if what came can't be a message
   * @throws SystemCallException if the connection broke
   */
  public Progress read() throws MalformedMessageException, SystemCallException {
    while (true) {
      int wanted = received < HEADER_BYTES ? HEADER_BYTES : HEADER_BYTES + message.size();
      if (received == wanted) {
        return Progress.WHOLE; // a message without payload, or one read in a former call
      }
      int descriptorsBefore = message.descriptors().count();
      int n;
      try {
        n = socket.receive(message.bytes(), received, wanted - received, message.descriptors());
      } catch (DescriptorsLostException e) {
        throw new MalformedMessageException(e.getMessage());
      }
      if (n == MessageSocket.AGAIN) {
        return Progress.WAITING;
      }
      if (n == MessageSocket.ENDED) {
        return Progress.ENDED;
      }
      if (received > 0 && message.descriptors().count() != descriptorsBefore) {
        throw new MalformedMessageException(
            "descriptors came inside a message; they are accepted with its first byte");
      }
      received += n;
      if (received == HEADER_BYTES) {
        checkHeader();
        if (message.size() == 0) {
          return Progress.WHOLE;
        }
      } else if (received == wanted) {
        return Progress.WHOLE;
      }
    }
  }

  private void checkHeader() throws MalformedMessageException {
    int version = message.flags() & VERSION_MASK;
    if (version != VERSION) {
      throw new MalformedMessageException(
          message.describe() + " has version " + version + "; 1 is accepted");
    }
    if (Integer.compareUnsigned(message.size(), MessageLayout.MOST_PAYLOAD) > 0) {
      throw new MalformedMessageException(
          message.describe()
              + " announces "
              + Integer.toUnsignedString(message.size())
              + " bytes; up to "
              + MessageLayout.MOST_PAYLOAD
              + " are accepted");
    }
  }
}
