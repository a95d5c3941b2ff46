package io.virtentropy.conformance.qemu;

/**
 * QEMU didn't do what it was asked, for a reason outside the test: it isn't there, didn't start,
 * died, fell silent, or refused a command. The message is one sentence, followed by the last lines
 * QEMU wrote to its standard error if it wrote any.
 */
public abstract sealed class QemuException extends RuntimeException
    permits QemuStartException,
        QemuGoneException,
        QemuSilentException,
        QtestException,
        QmpException {
  private static final long serialVersionUID = 1L;

  QemuException(String message, Throwable cause) {
    super(message, cause);
  }
}
