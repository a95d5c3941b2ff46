package io.virtentropy.vhostuser.frontend;

/** The back-end has ended the connection. */
public final class ConnectionLostException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ConnectionLostException(String message) {
    super(message);
  }
}
