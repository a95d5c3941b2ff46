package io.virtentropy.vhostuser.frontend;

import io.virtentropy.vhostuser.linux.Descriptor;
import io.virtentropy.vhostuser.linux.Errno;
import io.virtentropy.vhostuser.linux.MessageSocket;
import io.virtentropy.vhostuser.linux.SystemCallException;
import io.virtentropy.vhostuser.linux.Wait;
import io.virtentropy.vhostuser.protocol.MalformedMessageException;
import io.virtentropy.vhostuser.protocol.Message;
import io.virtentropy.vhostuser.protocol.MessageLayout;
import io.virtentropy.vhostuser.protocol.MessageReader;
import io.virtentropy.vhostuser.protocol.MessageWriter;
import io.virtentropy.vhostuser.protocol.ProtocolFeature;
import io.virtentropy.vhostuser.protocol.Request;
import java.io.UncheckedIOException;

/** The front-end's end of the connection: sends requests and waits for what answers them. */
final class RequestChannel implements AutoCloseable {
  private static final long ANSWER_NANOS = 1_000_000_000L;

  private final MessageSocket socket;
  private final MessageReader reader;
  private final MessageWriter writer;
  private final Runnable meanwhile;
  private boolean acknowledged;

  /**
   * Takes over a connected socket.
   *
   * @param meanwhile run again and again while an answer is awaited; null to sleep instead
   */
  RequestChannel(Descriptor connected, Runnable meanwhile) {
    // One more than allowed, so that a test can send as many.
    socket = new MessageSocket(connected, MessageLayout.MOST_DESCRIPTORS + 1);
    reader = new MessageReader(socket);
    writer = new MessageWriter(socket);
    Wait answer = new Wait(connected);
    this.meanwhile = meanwhile != null ? meanwhile : () -> answer.await(ANSWER_NANOS);
  }

  /** Has requests acknowledged from now on, or not, as the protocol's features say. */
  void use(long protocolFeatures) {
    acknowledged = (protocolFeatures & ProtocolFeature.REPLY_ACK.mask()) != 0;
  }

  /** Sends a message, right or wrong. */
  void send(int request, int flags, byte[] payload, int... descriptors) {
    writer.begin(request, flags, payload.length).putBytes(payload);
    sendNow(descriptors);
  }

  private void sendNow(int... descriptors) {
    try {
      if (!writer.send(descriptors)) {
        throw new IllegalStateException("the back-end does not read");
      }
    } catch (SystemCallException e) {
      throw failure(e);
    }
  }

  private static RuntimeException failure(SystemCallException e) {
    boolean lost = e.errno() == Errno.EPIPE || e.errno() == Errno.ECONNRESET;
    return lost ? new ConnectionLostException(e.getMessage()) : new UncheckedIOException(e);
  }

  /** Waits for the reply to a request, and returns its first eight bytes. */
  long receive(int request, int size) {
    while (true) {
      switch (readOnce()) {
        case WHOLE -> {
          return take(request, size);
        }
        case ENDED -> throw new ConnectionLostException("the back-end closed the connection");
        case WAITING -> meanwhile.run();
      }
    }
  }

  private MessageReader.Progress readOnce() {
    try {
      return reader.read();
    } catch (MalformedMessageException e) {
      throw new IllegalStateException(e);
    } catch (SystemCallException e) {
      throw failure(e);
    }
  }

  private long take(int request, int size) {
    Message message = reader.message();
    try {
      int flags = MessageLayout.VERSION | MessageLayout.REPLY;
      if (message.number() != request || message.flags() != flags || message.size() != size) {
        throw new IllegalStateException(
            "came "
                + message.describe()
                + " with flags 0x"
                + Integer.toHexString(message.flags())
                + " and "
                + message.size()
                + " bytes; a reply to "
                + request
                + " of "
                + size
                + " was expected");
      }
      return size < Long.BYTES ? 0 : message.longAt(0);
    } finally {
      reader.discard();
    }
  }

  /** Says whether {@link #receive} would not wait. */
  boolean hasAnswer() {
    return new Wait(socket.descriptor()).await(0);
  }

  /** Asks for a number. */
  long ask(Request request) {
    writer.begin(request.number(), MessageLayout.VERSION, 0);
    return answer(request, MessageLayout.U64_BYTES);
  }

  /** Asks about a ring, and returns its index and state. */
  long askState(Request request) {
    writer.begin(request.number(), MessageLayout.VERSION, MessageLayout.STATE_BYTES);
    return answer(request, MessageLayout.STATE_BYTES);
  }

  private long answer(Request request, int size) {
    sendNow();
    return receive(request.number(), size);
  }

  /** Begins a request that {@link #tell} sends. */
  MessageWriter begin(Request request, int size) {
    int flags = MessageLayout.VERSION | (acknowledged ? MessageLayout.NEED_REPLY : 0);
    return writer.begin(request.number(), flags, size);
  }

  /** Sends the request that was begun, and has it acknowledged if that is agreed. */
  void tell(Request request, int... descriptors) {
    sendNow(descriptors);
    if (acknowledged && receive(request.number(), MessageLayout.U64_BYTES) != 0) {
      throw new RefusedException(request + " was refused");
    }
  }

  /** Tells a number. */
  void tellWord(Request request, long value, int... descriptors) {
    begin(request, MessageLayout.U64_BYTES).putLong(0, value);
    tell(request, descriptors);
  }

  /** Tells a number of the one ring. */
  void tellState(Request request, int value) {
    begin(request, MessageLayout.STATE_BYTES).putInt(MessageLayout.STATE_NUM, value);
    tell(request);
  }

  @Override
  public void close() {
    reader.discard();
    socket.close();
  }
}
