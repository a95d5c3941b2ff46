package io.virtentropy.conformance.dut;

/** Something an interrupt of the device's did. */
public sealed interface Interrupt {
  /**
   * The interrupt line changed.
   *
   * @param asserted its level from then on
   */
  record Line(boolean asserted) implements Interrupt {}

  /**
   * An MSI-X message was sent.
   *
   * @param number of the watched address it went to, as in {@link DeviceUnderTest#messageAddress}
   * @param data the 32 bits that were stored
   */
  record Message(int number, int data) implements Interrupt {}
}
