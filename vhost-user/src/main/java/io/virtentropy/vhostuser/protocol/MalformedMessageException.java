package io.virtentropy.vhostuser.protocol;

/**
 * A message that no front-end may send; the connection ends with it. The text is for the log and
 * says what came and what is accepted.
 */
public final class MalformedMessageException extends Exception {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param message one sentence
   */
  public MalformedMessageException(String message) {
    super(message, null, false, false);
  }
}
