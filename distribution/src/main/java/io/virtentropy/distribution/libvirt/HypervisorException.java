package io.virtentropy.distribution.libvirt;

/** libvirt can't be asked, or refused. The message is one sentence for people. */
public final class HypervisorException extends Exception {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message one sentence for people
   */
  public HypervisorException(String message) {
    super(message);
  }

  /**
   * Creates the exception with its cause.
   *
   * @param message one sentence for people
   * @param cause what went wrong beneath
   */
  public HypervisorException(String message, Throwable cause) {
    super(message, cause);
  }
}
