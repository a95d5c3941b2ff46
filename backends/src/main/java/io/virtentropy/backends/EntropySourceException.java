package io.virtentropy.backends;

import java.util.Objects;

/**
 * A source of entropy has failed. The message is one sentence for the operator: what was tried and
 * what went wrong. It never carries entropy.
 *
 * <p>This is a host's fault, never a guest's: a device keeps the guest's request and tries again.
 */
public final class EntropySourceException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Why a source failed. */
  public enum Reason {
    /** The file or device does not exist, or not any more. */
    NOT_FOUND,
    /** The process may not read the file or device. */
    ACCESS_DENIED,
    /** What was named can't be a source: a directory, an unknown name, a malformed argument. */
    UNSUITABLE,
    /** A regular file has been read to its end; more may be appended later. */
    END_OF_FILE,
    /** Reading failed, or the device went away. */
    IO_ERROR,
    /** What the source delivers has failed its health tests, and is not used. */
    UNHEALTHY,
    /** The source has nothing to give and no way to wait for it. */
    UNAVAILABLE,
    /** The source was closed. */
    CLOSED
  }

  private final Reason reason;

  /**
   * Creates the exception.
   *
   * @param reason why
   * @param message one sentence for people
   */
  public EntropySourceException(Reason reason, String message) {
    this(reason, message, null);
  }

  /**
   * Creates the exception with its cause.
   *
   * @param reason why
   * @param message one sentence for people
   * @param cause what the platform reported, or null
   */
  public EntropySourceException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = Objects.requireNonNull(reason, "reason");
  }

  /**
   * What a consumer is told of whatever a source has thrown: the same, if it is of this type;
   * otherwise an exception for {@link Reason#UNAVAILABLE} that has it as its cause.
   *
   * @param what what has happened, as its message begins
   * @param thrown by the source
   * @return never null
   */
  public static EntropySourceException of(String what, RuntimeException thrown) {
    return thrown instanceof EntropySourceException known
        ? known
        : new EntropySourceException(Reason.UNAVAILABLE, what + ": " + thrown, thrown);
  }

  /**
   * Says why.
   *
   * @return the reason
   */
  public Reason reason() {
    return reason;
  }
}
