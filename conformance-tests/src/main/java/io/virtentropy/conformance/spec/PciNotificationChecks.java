package io.virtentropy.conformance.spec;

import static io.virtentropy.conformance.spec.Bench.expect;

import io.virtentropy.virtio.transport.pci.CommonConfigLayout;
import java.util.List;

/** The notification structure (virtio 1.3 §4.1.4.4). */
final class PciNotificationChecks {
  private PciNotificationChecks() {}

  private static void notifyData(Bench bench, boolean offered) {
    if ((bench.offered() & 1L << 38) != 0 != offered) {
      throw new NotBound("binds devices that " + (offered ? "" : "don't ") + "offer bit 38");
    }
  }

  /** Where the doorbell of the only queue is in the structure. */
  static long lastNotifyByte(Bench bench) {
    bench.registers.selectQueue(0);
    long off = bench.common().common(CommonConfigLayout.QUEUE_NOTIFY_OFF, 2);
    return off * bench.pci().notifyMultiplier(bench.common().notify);
  }

  static List<Check> all() {
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
            })
        .checks();
  }
}
