package io.virtentropy.distribution.serving;

/**
 * Told of the rare events of a pool that serves. Called on the pool's own thread; must not throw,
 * wait, or call the pool.
 */
public interface PoolListener {
  /** Ignores everything. */
  PoolListener NONE = new PoolListener() {};

  /**
   * A client was connected. Of an output whose clients come and go too fast to tell of each, some
   * are only counted, and {@link #clientTrouble} tells how many; so it is with those that are gone,
   * have to wait, or were refused.
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
   * Something else that an operator should know.
   *
   * @param what one sentence
   */
  default void trouble(String what) {}

  /**
   * A source failed. It is asked again, and those who wait for it go on waiting, or are served from
   * another. Told once, until it has recovered.
   *
   * @param source its string form
   * @param why one sentence
   * @param retryNanos how long it is left alone
   */
  default void sourceFailed(String source, String why, long retryNanos) {}

  /**
   * A source was asked and has given nothing for so long that it should have; there is no other.
   *
   * @param source its string form
   * @param nanos how long ago it was asked
   */
  default void sourceSlow(String source, long nanos) {}

  /**
   * A source that had failed or was slow works again.
   *
   * @param source its string form
   */
  default void sourceRecovered(String source) {}
}
