package io.virtentropy.conformance.spec;

import static io.virtentropy.conformance.spec.Bench.expect;
import static io.virtentropy.conformance.spec.Bench.hex;

import io.virtentropy.virtio.transport.pci.PciConfigLayout;
import java.util.List;

/** What the header says of the function (virtio 1.3 §4.1.2). */
final class PciIdentityChecks {
  private PciIdentityChecks() {}

  private static int id(Bench bench, int register, int size) {
    return bench.pci().config(register, size);
  }

  private static void onlyModern(Bench bench) {
    if (bench.pci().isTransitional()) {
      throw new NotBound("binds non-transitional devices");
    }
  }

  private static void onlyTransitional(Bench bench) {
    if (!bench.pci().isTransitional()) {
      throw new NotBound("binds transitional devices");
    }
  }

  static List<Check> all() {
    return new Group(Group.PCI)
        .add(
            "PCI-ID-01",
            Strength.MUST,
            "4.1.1",
            "Be a PCI function: a header of type 0, BARs that tell their size, a list of"
                + " capabilities that ends.",
            "The configuration space's header.",
            bench -> {
              PciFunction function = bench.pci();
              expect("header type", 0, function.config(0x0e, 1) & 0x7f);
              expect(!function.capabilities().isEmpty(), "there are no capabilities");
              for (int at : function.capabilities()) {
                expect(at >= 0x40, "a capability inside the header, at " + hex(at));
              }
              for (int bar = 0; bar < 6; bar++) {
                long size = function.barSize(bar);
                expect(size == 0 || Long.bitCount(size) == 1, "BAR " + bar + ": size " + size);
              }
            })
        .add(
            "PCI-ID-02",
            Strength.MUST,
            "4.1.2.1",
            "The vendor id is 0x1af4.",
            "Offset 0 of the configuration space.",
            bench -> expect("vendor id", 0x1af4, id(bench, PciConfigLayout.VENDOR_ID, 2)))
        .add(
            "PCI-ID-03",
            Strength.MUST,
            "4.1.2.1",
            "The device id is 0x1044, or 0x1005 of a transitional device.",
            "Offset 2 of the configuration space.",
            bench -> {
              int id = id(bench, PciConfigLayout.DEVICE_ID, 2);
              expect(id == 0x1044 || id == 0x1005, "device id " + hex(id));
            })
        .add(
            "PCI-ID-05",
            Strength.SHOULD,
            "4.1.2.1",
            "A non-transitional device has a device id from 0x1040 to 0x107f.",
            "Offset 2 of the configuration space.",
            bench -> {
              onlyModern(bench);
              int id = id(bench, PciConfigLayout.DEVICE_ID, 2);
              expect(id >= 0x1040 && id <= 0x107f, "device id " + hex(id));
            })
        .add(
            "PCI-ID-06",
            Strength.SHOULD,
            "4.1.2.1",
            "A non-transitional device has revision 1 or more.",
            "Offset 8 of the configuration space.",
            bench -> {
              onlyModern(bench);
              expect(id(bench, PciConfigLayout.REVISION, 1) >= 1, "revision 0");
            })
        .add(
            "PCI-ID-07",
            Strength.SHOULD,
            "4.1.2.1",
            "A non-transitional device has a subsystem id of 0x40 or more.",
            "Offset 0x2e of the configuration space.",
            bench -> {
              onlyModern(bench);
              int id = id(bench, PciConfigLayout.SUBSYSTEM_ID, 2);
              expect(id >= 0x40, "subsystem id " + hex(id));
            })
        .add(
            "PCI-LEG-01",
            Strength.MUST,
            "4.1.2.3",
            "A transitional device has revision 0.",
            "Offset 8 of the configuration space.",
            bench -> {
              onlyTransitional(bench);
              expect("revision", 0, id(bench, PciConfigLayout.REVISION, 1));
            })
        .add(
            "PCI-LEG-02",
            Strength.MUST,
            "4.1.2.3",
            "A transitional device has the virtio device type, 4, as its subsystem id.",
            "Offset 0x2e of the configuration space.",
            bench -> {
              onlyTransitional(bench);
              expect("subsystem id", 4, id(bench, PciConfigLayout.SUBSYSTEM_ID, 2));
            })
        .add(
            "PCI-LEG-03",
            Strength.MUST,
            "4.1.2.3",
            "A transitional device has a device id from 0x1000 to 0x103f.",
            "Offset 2 of the configuration space.",
            bench -> {
              onlyTransitional(bench);
              expect("device id", 0x1005, id(bench, PciConfigLayout.DEVICE_ID, 2));
            })
        .add(
            "PCI-LEG-04",
            Strength.MUST,
            "4.1.4.10",
            "A transitional device has the legacy header in BAR 0, an I/O BAR.",
            "Bit 0 of BAR 0.",
            bench -> {
              onlyTransitional(bench);
              expect("bit 0 of BAR 0", 1, id(bench, PciConfigLayout.BAR_0, 4) & 1);
              long features = bench.pci().device.barRead(0, 0, 4);
              expect(features != 0xffff_ffffL, "the header doesn't answer");
            })
        .checks();
  }
}
