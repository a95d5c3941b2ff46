package io.virtentropy.conformance.spec;

/** A device did something else than the requirement asks. */
final class CheckFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  CheckFailure(String message) {
    super(message);
  }
}
