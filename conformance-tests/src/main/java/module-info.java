/** Suites that users run too: real guests, QEMU, the specification. */
module io.virtentropy.conformance {
  requires transitive io.virtentropy.virtio;
  requires transitive jakarta.json;

  exports io.virtentropy.conformance.differential;
  exports io.virtentropy.conformance.dut;
  exports io.virtentropy.conformance.guest;
  exports io.virtentropy.conformance.inprocess;
  exports io.virtentropy.conformance.qemu;
}
