/** Suites that users run too: real guests, QEMU, the specification. */
module io.virtentropy.conformance {
  requires info.picocli;
  requires io.virtentropy.cli;
  requires transitive io.virtentropy.virtio;
  requires transitive jakarta.json;
  // For those who extend DeviceSpecification, EgdServerSpecification or EntropyBackendContract, and
  // have JUnit anyway.
  requires static transitive org.junit.jupiter.api;

  exports io.virtentropy.conformance.differential;
  exports io.virtentropy.conformance.dut;
  exports io.virtentropy.conformance.egd;
  exports io.virtentropy.conformance.guest;
  exports io.virtentropy.conformance.inprocess;
  exports io.virtentropy.conformance.junit;
  exports io.virtentropy.conformance.model;
  exports io.virtentropy.conformance.qemu;
  exports io.virtentropy.conformance.spec;

  opens io.virtentropy.conformance.command to
      info.picocli;
  opens io.virtentropy.conformance.junit to
      org.junit.platform.commons;

  provides io.virtentropy.cli.Subcommand with
      io.virtentropy.conformance.command.ConformanceCommand;
}
