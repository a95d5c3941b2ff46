package io.virtentropy.distribution.rng;

import java.util.Optional;

/** What the guest sees: the {@code model} of libvirt's {@code <rng>}. */
public enum RngModel {
  /** The identity that fits the bus: transitional on conventional PCI, modern on PCI Express. */
  VIRTIO("virtio", ""),
  /** For legacy and modern drivers; conventional PCI slots only. */
  VIRTIO_TRANSITIONAL("virtio-transitional", "-transitional"),
  /** For modern drivers only. */
  VIRTIO_NON_TRANSITIONAL("virtio-non-transitional", "-non-transitional");

  static final String ACCEPTED = "virtio, virtio-transitional or virtio-non-transitional";

  private final String xmlName;
  private final String driverSuffix;

  RngModel(String xmlName, String driverSuffix) {
    this.xmlName = xmlName;
    this.driverSuffix = driverSuffix;
  }

  /** {@return the value of the attribute} */
  public String xmlName() {
    return xmlName;
  }

  /** What the name of QEMU's driver on PCI ends in. */
  String driverSuffix() {
    return driverSuffix;
  }

  static Optional<RngModel> of(String xmlName) {
    for (RngModel model : values()) {
      if (model.xmlName.equals(xmlName)) {
        return Optional.of(model);
      }
    }
    return Optional.empty();
  }
}
