package io.virtentropy.backends.egd.server;

import java.io.IOException;

/** A place where connections come from: one that listens, or one that connects. */
interface Endpoint extends ReadyChannel, EgdEndpoint {
  /** Begins; clients may come from now on. */
  void open() throws IOException;

  /** A connection that came from here serves, its handshake and all that being over. */
  void established();

  /**
   * A connection that came from here has ended.
   *
   * @param failure why it never came to serve; null if it did
   */
  void ended(EgdPeer peer, String failure);

  /** Takes and makes no more connections; those that are there go on. */
  void stop();
}
