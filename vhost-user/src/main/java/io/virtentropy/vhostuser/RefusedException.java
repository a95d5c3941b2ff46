package io.virtentropy.vhostuser;

/** A well-formed request that is not granted; nothing has changed. The text is for the log. */
final class RefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  RefusedException(String message) {
    super(message, null, false, false);
  }
}
