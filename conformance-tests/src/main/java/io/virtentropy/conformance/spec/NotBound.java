package io.virtentropy.conformance.spec;

/** A requirement turned out not to bind the device, or not to be visible on it. */
final class NotBound extends RuntimeException {
  private static final long serialVersionUID = 1L;

  NotBound(String reason) {
    super(reason);
  }
}
