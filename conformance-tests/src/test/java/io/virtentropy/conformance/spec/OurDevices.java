package io.virtentropy.conformance.spec;

import io.virtentropy.virtio.transport.mmio.MmioVersion;
import io.virtentropy.virtio.transport.pci.PciIdentity;
import java.util.List;

/** Our device behind every transport. */
final class OurDevices {
  private OurDevices() {}

  static List<Subject> all() {
    return List.of(
        Subject.of(
            "virtentropy, transitional",
            DriverInterface.PCI_MODERN,
            () -> new InProcessPci(PciIdentity.TRANSITIONAL)),
        Subject.of(
            "virtentropy, modern",
            DriverInterface.PCI_MODERN,
            () -> new InProcessPci(PciIdentity.MODERN)),
        Subject.of(
            "virtentropy, transitional",
            DriverInterface.PCI_LEGACY,
            () -> new InProcessPci(PciIdentity.TRANSITIONAL)),
        Subject.of(
            "virtentropy, legacy",
            DriverInterface.PCI_LEGACY,
            () -> new InProcessPci(PciIdentity.LEGACY)),
        Subject.of(
            "virtentropy",
            DriverInterface.MMIO_MODERN,
            () -> new InProcessMmio(MmioVersion.MODERN)),
        Subject.of(
            "virtentropy",
            DriverInterface.MMIO_LEGACY,
            () -> new InProcessMmio(MmioVersion.LEGACY)));
  }
}
