package io.virtentropy.conformance.spec;

import io.virtentropy.conformance.qemu.QemuBinary;
import io.virtentropy.conformance.qemu.QemuDevice;
import java.util.List;
import java.util.function.Supplier;

/** QEMU's device as subjects, with what is known of it. */
public final class QemuSubjects {
  private QemuSubjects() {}

  /**
   * What every replay of a deviation goes on from.
   *
   * @return qtest commands from power-on to a live device; lines that begin with # are for people
   */
  public static List<String> liveDevice() {
    return QemuDeviations.LIVE;
  }

  /**
   * The transitional device through both of its interfaces, and the non-transitional one.
   *
   * @param binary the QEMU
   * @return three subjects; each starts a machine when it is checked
   */
  public static List<Subject> of(QemuBinary binary) {
    String name = "QEMU " + binary.version();
    Supplier<QemuDevice> transitional = () -> QemuDevice.of(binary).start();
    Supplier<QemuDevice> modern =
        () -> QemuDevice.of(binary).type("virtio-rng-pci-non-transitional").start();
    List<Deviation> known = QemuDeviations.of(binary.version());
    return List.of(
        new Subject(name + ", transitional", DriverInterface.PCI_MODERN, transitional, true, known),
        new Subject(name + ", non-transitional", DriverInterface.PCI_MODERN, modern, true, known),
        new Subject(
            name + ", transitional", DriverInterface.PCI_LEGACY, transitional, true, known));
  }
}
