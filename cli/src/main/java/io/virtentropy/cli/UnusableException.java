package io.virtentropy.cli;

/** What an option names can't be used: told in one sentence, exit code 2. */
final class UnusableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  UnusableException(String message, Throwable cause) {
    super(message, cause);
  }
}
