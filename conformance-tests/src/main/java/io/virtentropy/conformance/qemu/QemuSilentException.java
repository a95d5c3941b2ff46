package io.virtentropy.conformance.qemu;

/** QEMU lives but didn't answer within the deadline. */
public final class QemuSilentException extends QemuException {
  private static final long serialVersionUID = 1L;

  QemuSilentException(String message) {
    this(message, null);
  }

  QemuSilentException(String message, Throwable cause) {
    super(message, cause);
  }
}
