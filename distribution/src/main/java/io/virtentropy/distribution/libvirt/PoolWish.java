package io.virtentropy.distribution.libvirt;

import java.util.Optional;

/**
 * What a domain's metadata say of where a device belongs.
 *
 * @param pool the pool's name; absent means the daemon's choice
 * @param className the class; absent means the pool's default
 */
record PoolWish(Optional<String> pool, Optional<String> className) {
  static final PoolWish NONE = new PoolWish(Optional.empty(), Optional.empty());
}
