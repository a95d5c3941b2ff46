package io.virtentropy.conformance.model;

/** What a driver got wrong in its ring, in QEMU's words. Breaks the device until its reset. */
final class RingFault extends RuntimeException {
  private static final long serialVersionUID = 1;

  RingFault(String message) {
    super(message);
  }
}
