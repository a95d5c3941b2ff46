package io.virtentropy.conformance.spec;

/** The way a driver reaches a device. A transitional PCI device has two. */
public enum DriverInterface {
  /** The structures of virtio 1 in a PCI function's BARs (virtio 1.3 §4.1.4). */
  PCI_MODERN("PCI"),
  /** The legacy header in BAR 0 (virtio 1.3 §4.1.4.10). */
  PCI_LEGACY("PCI, legacy driver"),
  /** MMIO registers of version 2 (virtio 1.3 §4.2.2). */
  MMIO_MODERN("MMIO version 2"),
  /** MMIO registers of version 1 (virtio 1.3 §4.2.4). */
  MMIO_LEGACY("MMIO version 1");

  private final String text;

  DriverInterface(String text) {
    this.text = text;
  }

  /**
   * Its name as it is printed.
   *
   * @return a few words
   */
  public String text() {
    return text;
  }

  boolean isPci() {
    return this == PCI_MODERN || this == PCI_LEGACY;
  }

  boolean isModern() {
    return this == PCI_MODERN || this == MMIO_MODERN;
  }
}
