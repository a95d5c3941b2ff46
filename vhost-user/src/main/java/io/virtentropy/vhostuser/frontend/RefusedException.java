package io.virtentropy.vhostuser.frontend;

/** The back-end has answered a request with a failure. */
public final class RefusedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  RefusedException(String message) {
    super(message);
  }
}
