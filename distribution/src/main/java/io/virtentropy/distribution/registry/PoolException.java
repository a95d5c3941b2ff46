package io.virtentropy.distribution.registry;

import java.util.Objects;

/**
 * A call about a pool that can't be done. The message is one sentence for people; nothing has
 * changed.
 */
public final class PoolException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Why. */
  public enum Reason {
    /** There is no such pool. */
    NOT_FOUND,
    /** Another pool has the name. */
    NAME_TAKEN,
    /** Another pool has the UUID. */
    UUID_TAKEN,
    /** The pool is active and must not be. */
    ACTIVE,
    /** The pool is not active and must be. */
    INACTIVE,
    /** What the pool needs can't be had: its source, or a place to serve at. */
    START_FAILED,
    /** The definition can't be kept or removed. */
    STORE_FAILED
  }

  private final Reason reason;

  /**
   * Creates the exception.
   *
   * @param reason why
   * @param message one sentence for people
   */
  public PoolException(Reason reason, String message) {
    this(reason, message, null);
  }

  /**
   * Creates the exception with its cause.
   *
   * @param reason why
   * @param message one sentence for people
   * @param cause what went wrong beneath, or null
   */
  public PoolException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = Objects.requireNonNull(reason, "reason");
  }

  /** {@return why} */
  public Reason reason() {
    return reason;
  }
}
