package io.virtentropy.distribution.rng;

import java.util.Objects;

/**
 * A guest can't start because the pool it names can't serve it (thesis, section 6.2.1). Defining
 * such a guest is no error; only starting it is.
 */
public final class PoolUnusableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Why. */
  public enum Reason {
    /** No pool of that name is defined. */
    UNKNOWN_POOL,
    /** The pool is defined and not started. */
    INACTIVE_POOL,
    /** The pool has no such class. */
    UNKNOWN_CLASS,
    /** The class has others below; guests draw on leaves. */
    INNER_CLASS
  }

  private final Reason reason;

  PoolUnusableException(Reason reason, String message) {
    super(message);
    this.reason = Objects.requireNonNull(reason, "reason");
  }

  /** {@return why} */
  public Reason reason() {
    return reason;
  }
}
