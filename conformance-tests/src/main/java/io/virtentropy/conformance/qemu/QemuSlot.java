package io.virtentropy.conformance.qemu;

/** Where a device sits in a PC. */
public enum QemuSlot {
  /** On the q35 chipset's root bus, slot 4, as a conventional PCI device. */
  Q35("q35"),
  /** Behind a PCI Express root port in slot 4 of the q35 chipset, as a PCI Express device. */
  ROOT_PORT("q35"),
  /** On the i440fx chipset's bus, slot 4. */
  I440FX("i440fx");

  private final String chipset;

  QemuSlot(String chipset) {
    this.chipset = chipset;
  }

  /**
   * The chipset, as QEMU's machine types are named.
   *
   * @return such as {@code q35}
   */
  public String chipset() {
    return chipset;
  }
}
