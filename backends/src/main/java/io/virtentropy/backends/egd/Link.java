package io.virtentropy.backends.egd;

import io.netty.buffer.ByteBuf;
import java.io.IOException;

/** A connection to a server. Used by the thread that polls the loop; never waits. */
interface Link {
  /** What {@link #read} gives at the end of the stream. */
  int END = -1;

  /**
   * Reads what has arrived.
   *
   * @param in gets bytes appended; has room for {@code most}
   * @param most no more than these; 0 only of a link that cuts what is too much
   * @return how many; 0 for none now; {@link #END}
   */
  int read(ByteBuf in, int most) throws IOException;

  /**
   * Sends what can be sent at once.
   *
   * @param out loses what was sent
   */
  void write(ByteBuf out) throws IOException;

  /**
   * Says what the link is to call {@link LinkEvents#ready} for.
   *
   * @param bytes how many may be read; 0: arrivals are of no interest
   * @param room whether there is something left to be sent
   */
  void want(int bytes, boolean room);

  /** Says whether {@link #read} has bytes that did not wait for the socket. */
  default boolean hasBuffered() {
    return false;
  }

  /** Says whether {@link #read} destroys what is more than wanted; if not, it waits its turn. */
  default boolean cutsSurplus() {
    return false;
  }

  /**
   * Says whether what the server still owes dies with this link. If not, because there is no
   * connection, only a pipe, what was asked for on it has to be waited for and thrown away.
   */
  boolean endsWhatIsOwed();

  /** Ends the link and wipes its buffers. Nothing is called any more. */
  void close();
}
