package io.virtentropy.distribution.registry;

import io.virtentropy.distribution.pool.PoolDefinition;
import io.virtentropy.distribution.registry.PoolActivator.ActivePool;
import io.virtentropy.distribution.rng.PoolDirectory;
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
    boolean autostart)
    implements PoolDirectory.Pool {

  /** {@return whether it serves} */
  @Override
  public boolean isActive() {
    return active.isPresent();
  }

  /** {@return the definition it serves by, or would if it were started now} */
  public PoolDefinition current() {
    return live.orElse(definition);
  }

  @Override
  public PoolDirectory.ClassKind classNamed(String name) {
    return current()
        .find(name)
        .map(c -> c.isLeaf() ? PoolDirectory.ClassKind.LEAF : PoolDirectory.ClassKind.INNER)
        .orElse(PoolDirectory.ClassKind.UNKNOWN);
  }
}
