package io.virtentropy.distribution.registry;

import io.virtentropy.distribution.pool.PoolDefinition;

/** Makes a pool serve. */
public interface PoolActivator {
  /**
   * Starts to serve.
   *
   * @param pool what is to be served
   * @return the pool that serves
   * @throws PoolException if its source or one of its outputs can't be had; nothing is open then
   */
  ActivePool activate(PoolDefinition pool);

  /** A pool that serves. */
  interface ActivePool {
    /**
     * Stops to serve, now or when what was asked for has been delivered. Returns when it has
     * stopped.
     *
     * @param gracefully whether requests that have come are served first, for a bounded time
     */
    void stop(boolean gracefully);
  }
}
