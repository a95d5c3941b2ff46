package io.virtentropy.virtio.transport.pci;

/** What a PCI entropy device passes itself off as, and so which drivers it can serve. */
public enum PciIdentity {
  /**
   * Legacy and modern drivers: QEMU's {@code virtio-rng-pci} on a conventional slot, and {@code
   * virtio-rng-pci-transitional} anywhere.
   */
  TRANSITIONAL(0x1005, 0x0004, 0, true, true),

  /**
   * Modern drivers only: QEMU's {@code virtio-rng-pci-non-transitional}, {@code disable-legacy=on},
   * and {@code virtio-rng-pci} behind a PCI Express port.
   */
  MODERN(0x1044, 0x1100, 1, false, true),

  /** Legacy drivers only: QEMU's {@code disable-modern=on}. */
  LEGACY(0x1005, 0x0004, 0, true, false);

  private final int deviceId;
  private final int subsystemId;
  private final int revision;
  private final boolean legacy;
  private final boolean modern;

  PciIdentity(int deviceId, int subsystemId, int revision, boolean legacy, boolean modern) {
    this.deviceId = deviceId;
    this.subsystemId = subsystemId;
    this.revision = revision;
    this.legacy = legacy;
    this.modern = modern;
  }

  /**
   * The device id.
   *
   * @return 0x1005 or 0x1044
   */
  public int deviceId() {
    return deviceId;
  }

  /**
   * The subsystem id.
   *
   * @return 4, the virtio device type, with a legacy interface (virtio 1.3 §4.1.2.3), else QEMU's
   */
  public int subsystemId() {
    return subsystemId;
  }

  /**
   * The revision.
   *
   * @return 0 with a legacy interface, else 1
   */
  public int revision() {
    return revision;
  }

  /**
   * Whether there is a legacy interface.
   *
   * @return true if BAR 0 holds the legacy header
   */
  public boolean hasLegacy() {
    return legacy;
  }

  /**
   * Whether there is a modern interface.
   *
   * @return true if BAR 4 holds the structures of virtio 1
   */
  public boolean hasModern() {
    return modern;
  }
}
