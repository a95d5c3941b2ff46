package io.virtentropy.distribution.serving;

/**
 * Told of the rare events of a pool that serves. Called on the pool's own thread; must not throw,
 * wait, or call the pool.
 */
public interface PoolListener {
  /** Ignores everything. */
  PoolListener NONE = new PoolListener() {};

  /**
   * A client was connected.
   *
   * @param client who
   */
  default void clientAttached(ClientReport client) {}

  /**
   * A client is gone.
   *
   * @param client who, and what it had
   * @param why in words
   */
  default void clientDetached(ClientReport client, String why) {}

  /**
   * A client has to wait for its class. Told once a minute for each client, however often it waits.
   *
   * @param client who
   */
  default void clientThrottled(ClientReport client) {}

  /**
   * Somebody was not let in, or an endpoint can't be reached; it is tried again and again.
   *
   * @param what one sentence
   */
  default void clientTrouble(String what) {}

  /**
   * The source failed; it is asked again, and those who wait for it go on waiting.
   *
   * @param what one sentence
   * @param retryNanos when it is asked again, from now
   */
  default void sourceFailed(String what, long retryNanos) {}
}
