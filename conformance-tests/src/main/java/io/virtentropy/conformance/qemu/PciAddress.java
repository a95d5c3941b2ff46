package io.virtentropy.conformance.qemu;

/**
 * Where a PCI device is.
 *
 * @param bus 0 to 255
 * @param device 0 to 31, its slot
 * @param function 0 to 7
 */
public record PciAddress(int bus, int device, int function) {
  /**
   * Makes an address.
   *
   * @param bus 0 to 255
   * @param device 0 to 31, its slot
   * @param function 0 to 7
   * @throws IllegalArgumentException if a part is out of range
   */
  public PciAddress {
    if (bus < 0 || bus > 255 || device < 0 || device > 31 || function < 0 || function > 7) {
      throw new IllegalArgumentException(
          "no PCI address: " + bus + ":" + device + "." + function + "; up to 255:31.7 is right");
    }
  }

  /** The 16 bits that a request carries: bus, device, function. */
  long routingId() {
    return (long) bus << 8 | device << 3 | function;
  }
}
