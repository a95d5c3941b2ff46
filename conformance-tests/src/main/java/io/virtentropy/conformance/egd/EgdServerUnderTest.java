package io.virtentropy.conformance.egd;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;
import java.util.List;

/**
 * An EGD server, ours or anybody's, and the source behind it. Used by one thread.
 *
 * <p>The source is the test's: the server has no bytes but those it is given by {@link #supply}, so
 * that what comes out can be told from what went in.
 */
public interface EgdServerUnderTest extends AutoCloseable {
  /**
   * Says where the server listens.
   *
   * @return a TCP or Unix address
   */
  SocketAddress address();

  /**
   * Connects to the server.
   *
   * @return a new connection, in blocking mode
   * @throws IOException if the server can't be reached
   */
  default SocketChannel connect() throws IOException {
    return SocketChannel.open(address());
  }

  /**
   * Puts bytes into the server's source. They can be had once this returns.
   *
   * @param bytes as many as the caller likes, 1 or more
   * @throws IOException if the source can't be reached
   */
  void supply(byte[] bytes) throws IOException;

  /**
   * Says in what the server is known to differ from the model.
   *
   * @return one for each {@link EgdQuirk} at the most
   */
  default List<EgdDeviation> deviations() {
    return List.of();
  }

  /** Stops the server. */
  @Override
  void close() throws IOException;
}
