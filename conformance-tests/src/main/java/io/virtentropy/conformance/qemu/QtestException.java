package io.virtentropy.conformance.qemu;

/** QEMU answered a qtest command with a failure. */
public final class QtestException extends QemuException {
  private static final long serialVersionUID = 1L;

  QtestException(String command, String reply) {
    super("QEMU answered the qtest command '" + command + "' with '" + reply + "'", null);
  }
}
