package io.virtentropy.conformance.qemu;

/** QEMU answered a QMP command with an error. */
public final class QmpException extends QemuException {
  private static final long serialVersionUID = 1L;

  /** QEMU's class of error. */
  private final String errorClass;

  QmpException(String command, String errorClass, String description) {
    super("QEMU refused the QMP command " + command + ": " + description, null);
    this.errorClass = errorClass;
  }

  /**
   * QEMU's name for the kind of error, such as {@code GenericError} or {@code CommandNotFound}.
   *
   * @return the class in QEMU's reply
   */
  public String errorClass() {
    return errorClass;
  }
}
