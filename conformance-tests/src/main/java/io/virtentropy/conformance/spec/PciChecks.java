package io.virtentropy.conformance.spec;

import static io.virtentropy.conformance.spec.Bench.expect;
import static io.virtentropy.conformance.spec.Bench.hex;
import static io.virtentropy.virtio.transport.pci.PciConfigLayout.TYPE_ACCESS;
import static io.virtentropy.virtio.transport.pci.PciConfigLayout.TYPE_COMMON;
import static io.virtentropy.virtio.transport.pci.PciConfigLayout.TYPE_DEVICE;
import static io.virtentropy.virtio.transport.pci.PciConfigLayout.TYPE_ISR;
import static io.virtentropy.virtio.transport.pci.PciConfigLayout.TYPE_NOTIFY;

import io.virtentropy.virtio.transport.pci.CommonConfigLayout;
import io.virtentropy.virtio.transport.pci.PciConfigLayout;
import java.util.ArrayList;
import java.util.List;

/** Identity, capabilities, notification structure and access window (virtio 1.3 §4.1.2, §4.1.4). */
final class PciChecks {
  private static final int SHARED_MEMORY = 8;
  private static final int VENDOR = 9;
  private static final int BAR_FIELD = 4;
  private static final int OFFSET_FIELD = 8;
  private static final int LENGTH_FIELD = 12;
  private static final int DATA_FIELD = 16;

  private PciChecks() {}

  static List<Check> all() {
    List<Check> all = new ArrayList<>();
    all.addAll(identity().checks());
    all.addAll(capabilities().checks());
    all.addAll(notification().checks());
    all.addAll(access().checks());
    return all;
  }

  private static int id(Bench bench, int register, int size) {
    return bench.pci().config(register, size);
  }

  private static void onlyModern(Bench bench) {
    if (bench.pci().isTransitional()) {
      throw new NotBound("binds non-transitional devices");
    }
  }

  private static Group identity() {
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
            });
  }

  private static void onlyTransitional(Bench bench) {
    if (!bench.pci().isTransitional()) {
      throw new NotBound("binds transitional devices");
    }
  }

  private static void atLeastOne(Bench bench, int type) {
    PciFunction.Structure unused = bench.pci().structure(type);
  }

  private static List<PciFunction.Structure> of(Bench bench, int type) {
    return bench.pci().structures().stream().filter(s -> s.type() == type).toList();
  }

  private static Group capabilities() {
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
            });
  }

  private static List<PciFunction.Structure> vendors(Bench bench) {
    List<PciFunction.Structure> vendors = of(bench, VENDOR);
    if (vendors.isEmpty()) {
      throw new NotBound("there is no vendor's capability");
    }
    return vendors;
  }

  private static void notifyData(Bench bench, boolean offered) {
    if ((bench.offered() & 1L << 38) != 0 != offered) {
      throw new NotBound("binds devices that " + (offered ? "" : "don't ") + "offer bit 38");
    }
  }

  private static long lastNotifyByte(Bench bench) {
    bench.registers.selectQueue(0);
    long off = bench.common().common(CommonConfigLayout.QUEUE_NOTIFY_OFF, 2);
    return off * bench.pci().notifyMultiplier(bench.common().notify);
  }

  private static Group notification() {
    return new Group(Group.PCI_MODERN)
        .add(
            "PCI-NTF-01",
            Strength.MUST,
            "4.1.4.4.1",
            "Without NOTIFICATION_DATA the structure lies at a multiple of 2.",
            "The capability of cfg_type 2.",
            bench -> {
              notifyData(bench, false);
              expect("offset modulo 2", 0, bench.common().notify.offset() & 1);
            })
        .add(
            "PCI-NTF-02",
            Strength.MUST,
            "4.1.4.4.1",
            "Without NOTIFICATION_DATA the multiplier is 0 or an even power of 2.",
            "notify_off_multiplier; 4, 16, 64 and 0x1000 satisfy every reading.",
            bench -> {
              notifyData(bench, false);
              long multiplier = bench.pci().notifyMultiplier(bench.common().notify);
              boolean even = Long.bitCount(multiplier) == 1 && multiplier >= 2;
              expect(multiplier == 0 || even, "multiplier " + multiplier);
            })
        .add(
            "PCI-NTF-03",
            Strength.MUST,
            "4.1.4.4.1",
            "Without NOTIFICATION_DATA the structure has 2 bytes or more.",
            "The capability of cfg_type 2.",
            bench -> {
              notifyData(bench, false);
              expect(bench.common().notify.length() >= 2, "its length is less");
            })
        .add(
            "PCI-NTF-04",
            Strength.MUST,
            "4.1.4.4.1",
            "Without NOTIFICATION_DATA the structure reaches 2 bytes beyond each queue's offset.",
            "length against queue_notify_off times the multiplier.",
            bench -> {
              notifyData(bench, false);
              expect(
                  bench.common().notify.length() >= lastNotifyByte(bench) + 2, "it is too short");
            })
        .add(
            "PCI-NTF-05",
            Strength.MUST,
            "4.1.4.4.1",
            "With NOTIFICATION_DATA the multiplier is 0, or a power of 2 from 4 on.",
            "notify_off_multiplier.",
            bench -> {
              notifyData(bench, true);
              long multiplier = bench.pci().notifyMultiplier(bench.common().notify);
              boolean right = Long.bitCount(multiplier) == 1 && multiplier >= 4;
              expect(multiplier == 0 || right, "multiplier " + multiplier);
            })
        .add(
            "PCI-NTF-06",
            Strength.MUST,
            "4.1.4.4.1",
            "With NOTIFICATION_DATA the structure lies at a multiple of 4.",
            "The capability of cfg_type 2.",
            bench -> {
              notifyData(bench, true);
              expect("offset modulo 4", 0, bench.common().notify.offset() & 3);
            })
        .add(
            "PCI-NTF-07",
            Strength.MUST,
            "4.1.4.4.1",
            "With NOTIFICATION_DATA the structure has 4 bytes or more.",
            "The capability of cfg_type 2.",
            bench -> {
              notifyData(bench, true);
              expect(bench.common().notify.length() >= 4, "its length is less");
            })
        .add(
            "PCI-NTF-08",
            Strength.MUST,
            "4.1.4.4.1",
            "With NOTIFICATION_DATA the structure reaches 4 bytes beyond each queue's offset.",
            "length against queue_notify_off times the multiplier.",
            bench -> {
              notifyData(bench, true);
              expect(
                  bench.common().notify.length() >= lastNotifyByte(bench) + 4, "it is too short");
            })
        .add(
            "PCI-NTF-09",
            Strength.DEFINED,
            "4.1.4.4",
            "A write of the queue's number at the queue's own offset is its kick.",
            "How the notification structure is decoded.",
            Bench::expectLifeAfterReset)
        .add(
            "PCI-NTF-11",
            Strength.DEFINED,
            "2.7.10.2",
            "A kick for a queue that doesn't exist is ignored.",
            "The kick's handler.",
            bench -> {
              if (bench.pci().notifyMultiplier(bench.common().notify) == 0) {
                throw new NotBound("all queues share one doorbell");
              }
              Ring ring = bench.live();
              long unused = bench.post(ring, 0, 64);
              ring.publish();
              bench.registers.kick(7);
              bench.settle();
              bench.expectNothing(ring, "after a kick for queue 7");
              bench.kick();
              bench.expectUsed(ring, 0, 0, bench.buffer(0), 64);
            });
  }

  /** Points the access window somewhere. */
  private static PciFunction.Structure window(Bench bench, int bar, long offset, int length) {
    PciFunction.Structure access = bench.pci().structure(TYPE_ACCESS);
    bench.pci().config(access.at() + BAR_FIELD, 1, bar);
    bench.pci().config(access.at() + OFFSET_FIELD, 4, (int) offset);
    bench.pci().config(access.at() + LENGTH_FIELD, 4, length);
    return access;
  }

  private static PciFunction.Structure common(Bench bench, int field, int length) {
    PciFunction.Structure common = bench.common().common;
    return window(bench, common.bar(), common.offset() + field, length);
  }

  private static Group access() {
    return new Group(Group.PCI_MODERN)
        .add(
            "PCI-CFGA-01",
            Strength.MUST,
            "4.1.4.9.1",
            "A write of pci_cfg_data writes to the BAR that the capability names.",
            "What is done with the fields bar, offset and length.",
            bench -> {
              int data = common(bench, CommonConfigLayout.DEVICE_STATUS, 1).at() + DATA_FIELD;
              bench.pci().config(data, 1, 1);
              expect("status", 1, bench.registers.status());
              // Nothing is at the same offset of the table's BAR that a write of 0 could reset.
              int msix = bench.pci().msix();
              int other = bench.pci().config(msix + PciConfigLayout.MSIX_TABLE, 4) & 7;
              if (other != bench.common().common.bar()) {
                long offset = bench.common().common.offset() + CommonConfigLayout.DEVICE_STATUS;
                int there = window(bench, other, offset, 1).at() + DATA_FIELD;
                bench.pci().config(there, 1, 3);
                expect("status after a write to BAR " + other, 1, bench.registers.status());
              }
            })
        .add(
            "PCI-CFGA-02",
            Strength.MUST,
            "4.1.4.9.1",
            "A read of pci_cfg_data reads from the BAR that the capability names.",
            "Is the read done when the data is read, and each time?",
            bench -> {
              bench.registers.status(1);
              int data = common(bench, CommonConfigLayout.DEVICE_STATUS, 1).at() + DATA_FIELD;
              expect("status through the window", 1, bench.pci().config(data, 1));
              bench.registers.status(3);
              expect("status through the window", 3, bench.pci().config(data, 1));
              int queues = common(bench, CommonConfigLayout.NUM_QUEUES, 2).at() + DATA_FIELD;
              expect("num_queues through the window", 1, bench.pci().config(queues, 2));
            })
        .add(
            "PCI-CFGA-03",
            Strength.DEFINED,
            "4.1.4.9",
            "bar, offset, length and data can be written; lengths are 1, 2 and 4.",
            "The mask of writable bits in the configuration space.",
            bench -> {
              for (int length : new int[] {1, 2, 4}) {
                PciFunction.Structure access = window(bench, 4, 0x10, length);
                expect("bar", 4, bench.pci().config(access.at() + BAR_FIELD, 1));
                expect("offset", 0x10, bench.pci().config(access.at() + OFFSET_FIELD, 4));
                expect("length", length, bench.pci().config(access.at() + LENGTH_FIELD, 4));
              }
            })
        .add(
            "PCI-CFGA-04",
            Strength.DRIVER,
            "4.1.4.9.2",
            "A window that leads nowhere does no harm.",
            "Bounds on bar, offset and length before they are used.",
            bench -> {
              long[][] wrong = {{4, 0x10, 3}, {6, 0, 4}, {4, 0x7fff_ffffL, 4}, {4, 0, -1}};
              for (long[] w : wrong) {
                int data = window(bench, (int) w[0], w[1], (int) w[2]).at() + DATA_FIELD;
                int unused = bench.pci().config(data, 4);
                bench.pci().config(data, 4, 0);
              }
              bench.expectLifeAfterReset();
            })
        .add(
            "PCI-CFGA-05",
            Strength.DEFINED,
            "4.1.4.9",
            "Accesses through the window have the effects of direct ones: a kick is served.",
            "Does the window go through the same decoder as the BAR?",
            bench -> {
              Ring ring = bench.live();
              long buffer = bench.post(ring, 0, 64);
              ring.publish();
              PciFunction.Structure notify = bench.common().notify;
              long offset = notify.offset() + lastNotifyByte(bench);
              int data = window(bench, notify.bar(), offset, 2).at() + DATA_FIELD;
              bench.pci().config(data, 2, 0);
              bench.settle();
              bench.expectUsed(ring, 0, 0, buffer, 64);
            });
  }
}
