package io.virtentropy.distribution.registry;

import io.virtentropy.distribution.pool.PoolDefinition;
import io.virtentropy.distribution.registry.PoolActivator.ActivePool;
import java.util.Optional;

/**
 * How a pool is at one moment.
 *
 * @param definition what it is defined as, from its next start on
 * @param live what it was started as, if it is active
 * @param active the pool that serves, if it is active
 * @param autostart whether it starts with the daemon
 */
public record PoolStatus(
    PoolDefinition definition,
    Optional<PoolDefinition> live,
    Optional<ActivePool> active,
    boolean autostart) {

  /** {@return whether it serves} */
  public boolean isActive() {
    return active.isPresent();
  }
}
