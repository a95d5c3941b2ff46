package io.virtentropy.backends.egd.server;

/**
 * Whose turn it is among the clients that a limit had wait, where the limits of all are one tree:
 * without it each of them would ask again whenever there might be something for it, and all but one
 * in vain.
 *
 * <p>Called by the thread that polls the server.
 */
public interface EgdTurns {
  /**
   * Says who may ask its limiter again.
   *
   * @return a connected client that its limiter refused or gave less than it wanted; the same one
   *     until its limiter was asked, or told that nobody waits any more; null if it is nobody's
   *     turn now
   */
  EgdPeer next();

  /**
   * Says when it may be somebody's turn.
   *
   * @return nanoseconds from now; 0 if {@link #next} names a client; {@link Long#MAX_VALUE} if
   *     nobody waits
   */
  long nanosUntilNext();
}
