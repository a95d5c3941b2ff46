package io.virtentropy.backends.egd;

import java.time.Duration;

/**
 * Is told how an {@link EgdBackend} stands with its server. Called on the thread that polls the
 * loop, which serves others too: implementations are quick and don't throw; what they throw is
 * logged. Nothing of the contents is ever told.
 */
public interface EgdListener {
  /** Is told, and does nothing. */
  EgdListener SILENT = new EgdListener() {};

  /**
   * A connection was made.
   *
   * @param address the server's
   */
  default void connected(EgdAddress address) {}

  /**
   * A connection was lost or given up, or an attempt to make one failed. Requests wait.
   *
   * @param address the server's
   * @param reason one clause for a log, such as {@code "Connection refused"}
   * @param retryIn when the next attempt will be made; zero for at once
   */
  default void disconnected(EgdAddress address, String reason, Duration retryIn) {}
}
