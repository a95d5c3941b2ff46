package io.virtentropy.backends.egd.server;

import io.virtentropy.backends.EntropySourceException;

/**
 * Told of the rare events of a server's life, for a log or a test. Nothing is called per command:
 * that is what the {@link EgdServerCounters} are for.
 *
 * <p>Called on the thread that polls the server. Must not throw, wait, or call the server.
 */
public interface EgdServerListener {
  /** Ignores everything. */
  EgdServerListener NONE = new EgdServerListener() {};

  /**
   * A connection was made and admitted, and its TLS handshake is over.
   *
   * @param peer its other end
   */
  default void connected(EgdPeer peer) {}

  /**
   * A connection never came to serve: it was closed again at once, or its TLS handshake failed. Of
   * a client that we connect to {@link #unreachable} tells instead.
   *
   * @param peer its other end
   * @param why one sentence
   */
  default void refused(EgdPeer peer, String why) {}

  /**
   * A connection ended that had been admitted.
   *
   * @param peer its other end
   * @param why whose doing it was
   */
  default void disconnected(EgdPeer peer, EgdDisconnection why) {}

  /**
   * A source failed; whoever waits for it goes on waiting, and it is asked again.
   *
   * @param failure why
   * @param retryNanos when, from now
   */
  default void sourceFailed(EntropySourceException failure, long retryNanos) {}

  /**
   * What a peer contributed could not be mixed in, and was dropped. Called for the first failure of
   * a row.
   *
   * @param peer the contributor
   * @param failure why
   */
  default void contributionFailed(EgdPeer peer, EntropySourceException failure) {}

  /**
   * No connection can be made or taken at an endpoint. Called for the first failure of a row; it is
   * tried again and again.
   *
   * @param endpoint as {@code unix:/run/egd.sock}
   * @param why one sentence
   */
  default void unreachable(String endpoint, String why) {}
}
