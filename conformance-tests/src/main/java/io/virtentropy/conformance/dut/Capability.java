package io.virtentropy.conformance.dut;

/** What a suite may be able to ask of a device under test, and may not. */
public enum Capability {
  /** Its clock stands still but for {@link DeviceUnderTest#advanceClock}. */
  CLOCK,
  /** Its bytes come from the suite, through {@link DeviceUnderTest#supply()}. */
  SUPPLY,
  /** The supply sees how much the device asks for. A FIFO's reader doesn't say. */
  REQUESTS,
  /** Its configuration space has 4096 bytes, so it sits behind a PCI Express port. */
  EXTENDED_CONFIG
}
