package io.virtentropy.conformance.spec;

import static io.virtentropy.conformance.spec.Bench.expect;
import static io.virtentropy.conformance.spec.Bench.hex;
import static io.virtentropy.virtio.transport.pci.PciConfigLayout.TYPE_ACCESS;
import static io.virtentropy.virtio.transport.pci.PciConfigLayout.TYPE_COMMON;
import static io.virtentropy.virtio.transport.pci.PciConfigLayout.TYPE_DEVICE;
import static io.virtentropy.virtio.transport.pci.PciConfigLayout.TYPE_ISR;
import static io.virtentropy.virtio.transport.pci.PciConfigLayout.TYPE_NOTIFY;

import java.util.List;

/** Where the capabilities say that structures are (virtio 1.3 §4.1.4). */
final class PciCapabilityChecks {
  private static final int SHARED_MEMORY = 8;
  private static final int VENDOR = 9;

  private PciCapabilityChecks() {}

  private static void atLeastOne(Bench bench, int type) {
    PciFunction.Structure unused = bench.pci().structure(type);
  }

  private static List<PciFunction.Structure> of(Bench bench, int type) {
    return bench.pci().structures().stream().filter(s -> s.type() == type).toList();
  }

  private static List<PciFunction.Structure> vendors(Bench bench) {
    List<PciFunction.Structure> vendors = of(bench, VENDOR);
    if (vendors.isEmpty()) {
      throw new NotBound("there is no vendor's capability");
    }
    return vendors;
  }

  static List<Check> all() {
    return new Group(Group.PCI_MODERN)
        .add(
            "PCI-CAP-01",
            Strength.MUST,
            "4.1.4.2",
            "cap_len covers all of a capability: 16 bytes, 20 with a multiplier or data.",
            "The third byte of each vendor capability.",
            bench -> {
              for (PciFunction.Structure s : bench.pci().structures()) {
                int least = s.type() == TYPE_NOTIFY || s.type() == TYPE_ACCESS ? 20 : 16;
                expect(
                    s.capLength() >= least || s.type() == VENDOR,
                    "cap_len " + s.capLength() + " of cfg_type " + s.type());
              }
            })
        .add(
            "PCI-CAP-03",
            Strength.SHOULD,
            "4.1.4.2",
            "Of several structures of one type the best comes first.",
            "The order of the list, if types repeat.",
            bench -> {
              for (int type = TYPE_COMMON; type <= TYPE_ACCESS; type++) {
                if (of(bench, type).size() > 1) {
                  throw new NotBound("what is best can't be told by a check");
                }
              }
            })
        .add(
            "PCI-CAP-05",
            Strength.DEFINED,
            "4.1.4",
            "Structures have known types and lie in BARs 0 to 5.",
            "The fields cfg_type and bar.",
            bench -> {
              for (PciFunction.Structure s : bench.pci().structures()) {
                boolean known = s.type() >= 1 && s.type() <= 9 && s.type() != 6 && s.type() != 7;
                expect(known, "cfg_type " + s.type());
                expect(s.bar() <= 5 || s.type() == VENDOR, "BAR " + s.bar());
              }
            })
        .add(
            "PCI-CAP-06",
            Strength.DEFINED,
            "4.1.4",
            "Capabilities are read-only, but for the one that gives access.",
            "The mask of writable bits in the configuration space.",
            bench -> {
              for (PciFunction.Structure s : bench.pci().structures()) {
                if (s.type() != TYPE_ACCESS) {
                  for (int at = s.at(); at < s.at() + 16; at += 4) {
                    int before = bench.pci().config(at, 4);
                    bench.pci().config(at, 4, ~before);
                    expect("the word at " + hex(at), before, bench.pci().config(at, 4));
                  }
                }
              }
            })
        .add(
            "PCI-CAP-07",
            Strength.DEFINED,
            "4.1.4",
            "A structure lies inside its BAR.",
            "Offset and length against the BAR's size.",
            bench -> {
              for (PciFunction.Structure s : bench.pci().structures()) {
                if (s.type() <= TYPE_DEVICE) {
                  long size = bench.pci().barSize(s.bar());
                  expect(s.offset() + s.length() <= size, "cfg_type " + s.type() + " leads out");
                }
              }
            })
        .add(
            "PCI-CAP-08",
            Strength.MUST,
            "4.1.4.3.1",
            "There is a common configuration structure, at a multiple of 4.",
            "The capability of cfg_type 1.",
            bench -> {
              atLeastOne(bench, TYPE_COMMON);
              for (PciFunction.Structure s : of(bench, TYPE_COMMON)) {
                expect("offset modulo 4", 0, s.offset() & 3);
                expect(s.length() >= 56, "length " + s.length());
              }
            })
        .add(
            "PCI-CAP-09",
            Strength.MUST,
            "4.1.4.4.1",
            "There is a notification structure.",
            "The capability of cfg_type 2.",
            bench -> atLeastOne(bench, TYPE_NOTIFY))
        .add(
            "PCI-CAP-10",
            Strength.MUST,
            "4.1.4.5.1",
            "There is an ISR structure.",
            "The capability of cfg_type 3.",
            bench -> {
              atLeastOne(bench, TYPE_ISR);
              expect(of(bench, TYPE_ISR).get(0).length() >= 1, "its length is 0");
            })
        .add(
            "PCI-CAP-11",
            Strength.MUST,
            "4.1.4.9.1",
            "There is a capability for access through the configuration space.",
            "The capability of cfg_type 5.",
            bench -> atLeastOne(bench, TYPE_ACCESS))
        .add(
            "PCI-CAP-12",
            Strength.MUST,
            "4.1.4.6",
            "There is a device configuration structure if the device type has a configuration; an"
                + " entropy device has none, so there need be none.",
            "The capability of cfg_type 4, if present.",
            bench -> {
              for (PciFunction.Structure s : of(bench, TYPE_DEVICE)) {
                long unused = bench.pci().read(s, 0, 1);
              }
            })
        .add(
            "PCI-CAP-13",
            Strength.MUST,
            "4.1.4.6.1",
            "A device configuration structure lies at a multiple of 4.",
            "The capability of cfg_type 4.",
            bench -> {
              for (PciFunction.Structure s : of(bench, TYPE_DEVICE)) {
                expect("offset modulo 4", 0, s.offset() & 3);
              }
            })
        .add(
            "PCI-CAP-14",
            Strength.MUST,
            "4.1.4.7.1",
            "Shared memory lies inside its BAR; an entropy device has none.",
            "Capabilities of cfg_type 8.",
            bench -> expect("regions", 0, of(bench, SHARED_MEMORY).size()))
        .add(
            "PCI-CAP-15",
            Strength.MUST,
            "4.1.4.7.1",
            "Regions of shared memory have ids of their own; an entropy device has none.",
            "Capabilities of cfg_type 8.",
            bench -> expect("regions", 0, of(bench, SHARED_MEMORY).size()))
        .add(
            "BASE-NTF-06",
            Strength.MUST_NOT,
            "2.10.2",
            "Shared memory holds no control structures or data; an entropy device has none.",
            "Capabilities of cfg_type 8.",
            bench -> expect("regions", 0, of(bench, SHARED_MEMORY).size()))
        .add(
            "PCI-CAP-16",
            Strength.MUST_NOT,
            "4.1.4.8.1",
            "A vendor's own capability doesn't carry virtio's vendor id.",
            "Capabilities of cfg_type 9.",
            bench -> {
              for (PciFunction.Structure s : vendors(bench)) {
                int vendor = bench.pci().config(s.at() + 4, 2);
                expect(vendor != 0x1af4, "vendor_id 0x1af4");
              }
            })
        .add(
            "PCI-CAP-17",
            Strength.MUST,
            "4.1.4.8.1",
            "A vendor's own capability has a size that is a multiple of 4.",
            "Capabilities of cfg_type 9.",
            bench -> {
              for (PciFunction.Structure s : vendors(bench)) {
                expect("cap_len modulo 4", 0, s.capLength() & 3);
              }
            })
        .add(
            "PCI-CAP-18",
            Strength.MUST_NOT,
            "4.1.4.8.1",
            "Reading a vendor's own capability has no side effect.",
            "Capabilities of cfg_type 9.",
            bench -> {
              for (PciFunction.Structure s : vendors(bench)) {
                int first = bench.pci().config(s.at() + 8, 4);
                expect("a second read", first, bench.pci().config(s.at() + 8, 4));
              }
            })
        .checks();
  }
}
