package io.virtentropy.conformance.spec;

import static io.virtentropy.conformance.spec.Bench.expect;
import static io.virtentropy.virtio.transport.pci.PciConfigLayout.TYPE_ACCESS;

import io.virtentropy.virtio.transport.pci.CommonConfigLayout;
import io.virtentropy.virtio.transport.pci.PciConfigLayout;
import java.util.List;

/** The window through the configuration space (virtio 1.3 §4.1.4.9). */
final class PciAccessChecks {
  private static final int BAR_FIELD = 4;
  private static final int OFFSET_FIELD = 8;
  private static final int LENGTH_FIELD = 12;
  private static final int DATA_FIELD = 16;

  private PciAccessChecks() {}

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

  static List<Check> all() {
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
              long offset = notify.offset() + PciNotificationChecks.lastNotifyByte(bench);
              int data = window(bench, notify.bar(), offset, 2).at() + DATA_FIELD;
              bench.pci().config(data, 2, 0);
              bench.settle();
              bench.expectUsed(ring, 0, 0, buffer, 64);
            })
        .checks();
  }
}
