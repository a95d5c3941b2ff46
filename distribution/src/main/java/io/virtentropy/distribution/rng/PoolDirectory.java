package io.virtentropy.distribution.rng;

import io.virtentropy.distribution.rng.PoolUnusableException.Reason;
import java.util.Optional;

/** Knows which pools there are, for a guest that is about to start. */
public interface PoolDirectory {
  /**
   * Finds a pool.
   *
   * @param name its name
   * @return the pool at this moment; empty if none of that name is defined
   */
  Optional<Pool> find(String name);

  /**
   * Checks that a guest may draw on a class: the pool is there, it is active, it has the class, and
   * the class is a leaf.
   *
   * @param name the pool's name
   * @param className the name of the class
   * @throws PoolUnusableException if one of these isn't so
   */
  default void requireUsable(String name, String className) {
    Pool pool =
        find(name)
            .orElseThrow(
                () ->
                    new PoolUnusableException(
                        Reason.UNKNOWN_POOL, "entropy pool '" + name + "' not found"));
    if (!pool.isActive()) {
      throw new PoolUnusableException(
          Reason.INACTIVE_POOL, "entropy pool '" + name + "' is not active");
    }
    switch (pool.classNamed(className)) {
      case LEAF -> {
        // what a guest may draw on
      }
      case INNER ->
          throw new PoolUnusableException(
              Reason.INNER_CLASS,
              "class '"
                  + className
                  + "' of entropy pool '"
                  + name
                  + "' has classes below; one without is accepted");
      case UNKNOWN ->
          throw new PoolUnusableException(
              Reason.UNKNOWN_CLASS, "entropy pool '" + name + "' has no class '" + className + "'");
    }
  }

  /** What a starting guest must know of a pool. */
  interface Pool {
    /** {@return whether it has been started} */
    boolean isActive();

    /**
     * Says what a class is.
     *
     * @param name its name
     * @return what it is
     */
    ClassKind classNamed(String name);
  }

  /** What the name of a class stands for. */
  enum ClassKind {
    /** Nothing. */
    UNKNOWN,
    /** A class that guests draw on. */
    LEAF,
    /** A class that has others below, and so no guests of its own. */
    INNER
  }
}
