package io.virtentropy.conformance.qemu;

/** A machine didn't start: the binary is missing, or it refused its command line. */
public final class QemuStartException extends QemuException {
  private static final long serialVersionUID = 1L;

  QemuStartException(String message) {
    this(message, null);
  }

  QemuStartException(String message, Throwable cause) {
    super(message, cause);
  }
}
