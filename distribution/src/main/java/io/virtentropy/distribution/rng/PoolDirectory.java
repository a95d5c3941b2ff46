package io.virtentropy.distribution.rng;

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
