package io.virtentropy.vhostuser;

import io.virtentropy.vhostuser.Disconnection.Cause;
import io.virtentropy.vhostuser.linux.Descriptor;
import io.virtentropy.vhostuser.linux.Errno;
import io.virtentropy.vhostuser.linux.MessageSocket;
import io.virtentropy.vhostuser.linux.SystemCallException;
import io.virtentropy.vhostuser.memory.MemoryTable;
import io.virtentropy.vhostuser.protocol.MalformedMessageException;
import io.virtentropy.vhostuser.protocol.MessageLayout;
import io.virtentropy.vhostuser.protocol.MessageReader;
import io.virtentropy.vhostuser.protocol.MessageWriter;

/** One front-end's connection: reads messages and hands them to the session. */
final class Connection implements AutoCloseable {
  /** The most messages handled before other guests get their turn. */
  private static final int MESSAGES_PER_TURN = 32;

  private final MessageSocket socket;
  private final MessageReader reader;
  private final Session session;

  Connection(
      Descriptor connected, Vring ring, MemoryTable table, Session.Host host, boolean mayResume) {
    socket = new MessageSocket(connected, MessageLayout.MOST_DESCRIPTORS);
    reader = new MessageReader(socket);
    session = new Session(ring, table, new MessageWriter(socket), host, mayResume);
  }

  Descriptor descriptor() {
    return socket.descriptor();
  }

  Session session() {
    return session;
  }

  /**
   * Handles what has come.
   *
   * @return why the connection must end, or null
   */
  Disconnection read() {
    try {
      for (int i = 0; i < MESSAGES_PER_TURN; i++) {
        switch (reader.read()) {
          case WAITING -> {
            return null;
          }
          case ENDED -> {
            return new Disconnection(Cause.FRONT_END_LEFT, "");
          }
          case WHOLE -> {
            try {
              session.handle(reader.message());
            } finally {
              reader.discard();
            }
          }
        }
      }
      return null;
    } catch (MalformedMessageException e) {
      return new Disconnection(Cause.MALFORMED_MESSAGE, e.getMessage());
    } catch (Session.RepliesUnreadException e) {
      return new Disconnection(Cause.REPLIES_UNREAD, "");
    } catch (SystemCallException e) {
      boolean left = e.errno() == Errno.EPIPE || e.errno() == Errno.ECONNRESET;
      return left
          ? new Disconnection(Cause.FRONT_END_LEFT, "")
          : new Disconnection(Cause.SOCKET_FAILED, e.getMessage());
    }
  }

  @Override
  public void close() {
    reader.discard();
    socket.close();
  }
}
