package io.virtentropy.conformance.qemu;

/** QEMU ended or closed its socket while it was still needed. */
public final class QemuGoneException extends QemuException {
  private static final long serialVersionUID = 1L;

  QemuGoneException(String message) {
    this(message, null);
  }

  QemuGoneException(String message, Throwable cause) {
    super(message, cause);
  }
}
