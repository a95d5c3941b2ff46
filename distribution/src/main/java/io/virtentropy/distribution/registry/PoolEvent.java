package io.virtentropy.distribution.registry;

import java.util.Objects;
import java.util.UUID;

/**
 * Something that happened to a pool.
 *
 * @param kind what
 * @param name the pool's name
 * @param uuid the pool's UUID
 */
public record PoolEvent(Kind kind, String name, UUID uuid) {
  /** What happens to a pool; the first four are libvirt's of its storage pools. */
  public enum Kind {
    /** A definition was added. */
    DEFINED_ADDED,
    /** A definition was replaced by another of the same name and UUID. */
    DEFINED_UPDATED,
    /** The definition was removed. */
    UNDEFINED,
    /** The pool serves. */
    STARTED,
    /** The pool was stopped on demand, and serves no longer. */
    STOPPED
  }

  /**
   * Checks that nothing is null.
   *
   * @param kind what
   * @param name the pool's name
   * @param uuid the pool's UUID
   */
  public PoolEvent {
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(uuid, "uuid");
  }
}
