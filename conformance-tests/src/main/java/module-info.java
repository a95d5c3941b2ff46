/** Suites that users run too: real guests, QEMU, the specification. */
module io.virtentropy.conformance {
  requires transitive io.virtentropy.virtio;

  exports io.virtentropy.conformance.guest;
}
