package io.virtentropy.conformance.spec;

import static io.virtentropy.conformance.spec.Bench.expect;
import static io.virtentropy.conformance.spec.Bench.hex;
import static io.virtentropy.virtio.device.VirtioFeature.EVENT_IDX;
import static io.virtentropy.virtio.device.VirtioFeature.NOTIFY_ON_EMPTY;
import static io.virtentropy.virtio.device.VirtioFeature.VERSION_1;

import io.virtentropy.virtio.queue.SplitRingLayout;
import java.util.ArrayList;
import java.util.List;

/** Feature bits, and what a legacy driver meets (virtio 1.3 §2.2, §3.1, §6). */
final class FeatureChecks {
  /** Bits that an entropy device can support: 28, 29, 32 to 36, 38, 39, 40. */
  private static final long MODERN_BITS = 0x3L << 28 | 0x1fL << 32 | 1L << 38 | 1L << 39 | 1L << 40;

  private static final long PCI_ONLY = 1L << 37 | 1L << 39 | 1L << 41;
  private static final long LEGACY_BITS = 1L << 24 | 1L << 27 | 1L << 28 | 1L << 29 | 1L << 30;
  private static final int MOST_SUBSETS = 64;

  private FeatureChecks() {}

  static List<Check> all() {
    List<Check> all = new ArrayList<>();
    all.addAll(modern().checks());
    all.addAll(mmio().checks());
    all.addAll(legacy().checks());
    return all;
  }

  private static Group modern() {
    return new Group(Group.MODERN)
        .add(
            "BASE-FEAT-01",
            Strength.MUST_NOT,
            "2.2.2",
            "Never offer a feature whose prerequisite is not offered.",
            "Bits from 33 on need VERSION_1.",
            bench ->
                expect(
                    bench.offered() >>> 33 == 0 || (bench.offered() & VERSION_1) != 0,
                    "offered " + hex(bench.offered()) + " without VERSION_1"))
        .add(
            "BASE-FEAT-02",
            Strength.SHOULD,
            "2.2.2",
            "Accept any valid subset of what was offered.",
            "Combinations that the check of the accepted set was not thought to meet.",
            FeatureChecks::anySubset)
        .add(
            "BASE-FEAT-03",
            Strength.MUST,
            "2.2.2",
            "Leave FEATURES_OK clear if the accepted set is not acceptable.",
            "Is the accepted set compared with the offered one when FEATURES_OK is written, or"
                + " are unknown bits dropped?",
            bench -> {
              for (int bit : new int[] {5, 41, 63}) {
                long wrong = 1L << bit;
                if ((bench.offered() & wrong) == 0) {
                  bench.begin();
                  expect(
                      !bench.negotiate(VERSION_1 | wrong),
                      "FEATURES_OK was granted with bit " + bit + ", which is not offered");
                }
              }
            })
        .add(
            "BASE-FEAT-04",
            Strength.MUST_NOT,
            "2.2.2",
            "Offer no bit that would not be supported: undefined, reserved, of another transport"
                + " or device type.",
            "The constant of offered bits.",
            bench -> {
              long wrong = bench.offered() & ~MODERN_BITS;
              expect(wrong == 0, "offered bits that no entropy device has: " + hex(wrong));
            })
        .add(
            "BASE-FEAT-05",
            Strength.SHOULD_NOT,
            "2.2.2",
            "Don't refuse after a reset what was agreed on before.",
            "State of the negotiation that survives a reset.",
            bench -> {
              long all = bench.offered();
              for (int life = 0; life < 3; life++) {
                bench.begin();
                expect(bench.negotiate(all), "FEATURES_OK was refused in life " + life);
              }
            })
        .add(
            "BASE-FEAT-06",
            Strength.MUST,
            "6.2",
            "Offer VIRTIO_F_VERSION_1.",
            "Word 1 of the offered features, bit 0.",
            bench -> expect((bench.offered() & VERSION_1) != 0, "bit 32 is not offered"))
        .add(
            "BASE-FEAT-09",
            Strength.MUST_NOT,
            "6.2",
            "Don't offer SR_IOV without an SR-IOV capability.",
            "The constant of offered bits.",
            bench -> expect((bench.offered() & 1L << 37) == 0, "bit 37 is offered"))
        .add(
            "BASE-FEAT-10",
            Strength.DEFINED,
            "2.2, 3.1.1",
            "The features are frozen by FEATURES_OK; only a reset opens them again.",
            "Writes of the driver's features after FEATURES_OK.",
            bench -> {
              bench.need(EVENT_IDX, "EVENT_IDX");
              bench.beginWith(0);
              bench.accept(VERSION_1 | EVENT_IDX);
              Ring ring = bench.ring();
              bench.driverOk();
              ring.usedEvent(0x7fff);
              for (int i = 0; i < 2; i++) {
                bench.expectUsed(ring, i, i, bench.request(ring, i, 16), 16);
                expect((bench.causes() & 1) != 0, "EVENT_IDX came into force too late");
              }
            })
        .add(
            "BASE-FEAT-11",
            Strength.DEFINED,
            "4.1.4.3.1",
            "Words of features that don't exist read 0.",
            "Selectors of 2 and more; as signed numbers, too.",
            bench -> {
              for (int select : new int[] {2, 3, 0x7fff_ffff, -1}) {
                expect("feature word " + hex(select), 0, bench.registers.offeredWord(select));
              }
            })
        .add(
            "BASE-FEAT-13",
            Strength.MUST,
            "2.12, 2.13",
            "The rules of administration bind only a device that offers ADMIN_VQ; this one has no"
                + " reason to.",
            "The constant of offered bits.",
            bench -> expect((bench.offered() & 1L << 41) == 0, "bit 41 is offered"))
        .add(
            "BASE-FEAT-14",
            Strength.DEFINED,
            "5.4.3",
            "An entropy device has no feature bits of its own: 0 to 23 and 50 to 127 are 0.",
            "The constant of offered bits.",
            bench -> {
              long wrong = bench.offered() & (0xff_ffffL | ~0L << 50);
              expect(wrong == 0, "offered bits " + hex(wrong));
            })
        .add(
            "BASE-LEG-14",
            Strength.PRACTICE,
            "2.2.2, 6.3",
            "NOTIFY_ON_EMPTY and ANY_LAYOUT are not shown to modern drivers.",
            "The mask between the two interfaces.",
            bench -> expect((bench.offered() & LEGACY_BITS & 0x0f00_0000L) == 0, "24 or 27 shown"));
  }

  private static void anySubset(Bench bench) {
    List<Long> bits = new ArrayList<>();
    for (int bit = 0; bit < 64; bit++) {
      long feature = 1L << bit;
      if (feature != VERSION_1 && (bench.offered() & feature) != 0) {
        bits.add(feature);
      }
    }
    int subsets = Math.min(MOST_SUBSETS, 1 << Math.min(bits.size(), 16));
    for (int subset = 0; subset < subsets; subset++) {
      long features = VERSION_1;
      for (int i = 0; i < bits.size(); i++) {
        features |= (subset >>> i & 1) != 0 ? bits.get(i) : 0;
      }
      bench.begin();
      expect(bench.negotiate(features), "FEATURES_OK was refused for " + hex(features));
    }
  }

  private static Group mmio() {
    return new Group(Group.MMIO_MODERN)
        .add(
            "BASE-FEAT-12",
            Strength.MUST,
            "4.2.5, 6",
            "ADMIN_VQ is a feature of PCI alone.",
            "Word 1 of the offered features, bit 9.",
            bench -> expect((bench.offered() & 1L << 41) == 0, "bit 41 is offered"))
        .add(
            "MMIO-25",
            Strength.MUST,
            "4.2.5, 2.2.2, 6",
            "Bits 37, 39 and 41 are not offered by an MMIO device.",
            "Features shared with a PCI device.",
            bench -> expect((bench.offered() & PCI_ONLY) == 0, "offered " + hex(bench.offered())));
  }

  private static Group legacy() {
    return new Group(Group.LEGACY)
        .add(
            "BASE-LEG-02",
            Strength.MUST,
            "2.2.3",
            "Recognise a legacy driver, and serve it by the legacy rules.",
            "Does the device insist on FEATURES_OK or VERSION_1?",
            Bench::expectLifeAfterReset)
        .add(
            "BASE-LEG-03",
            Strength.MUST,
            "2.2.3",
            "Used through the legacy interface, follow the legacy sections: no FEATURES_OK.",
            "Does the status read 7 once the driver wrote it?",
            bench -> {
              Ring unused = bench.live();
              expect("status", 7, bench.registers.status());
            })
        .add(
            "BASE-LEG-04",
            Strength.MUST,
            "3.1.2",
            "Accept writes to the configuration before the features.",
            "Writes of the configuration that look at the status.",
            bench -> {
              bench.registers.config(0, 0x55);
              bench.expectLifeAfterReset();
            })
        .add(
            "BASE-LEG-05",
            Strength.MUST,
            "3.1.2",
            "Serve a driver that uses the queue before DRIVER_OK, as old ones do.",
            "Who says that the queue may be used: the queue's address, or DRIVER_OK?",
            bench -> {
              bench.begin();
              Ring ring = bench.ring();
              bench.expectUsed(ring, 0, 0, bench.request(ring, 0, 64), 64);
            })
        .add(
            "BASE-LEG-07",
            Strength.MUST,
            "4.1.4.10",
            "Feature bits from 32 on count as not accepted: the ring is a split one.",
            "Defaults for the upper half of the accepted features.",
            bench -> {
              bench.begin();
              bench.registers.acceptWord(1, -1);
              Ring ring = bench.ring();
              bench.driverOk();
              bench.expectUsed(ring, 0, 0, bench.request(ring, 0, 64), 64);
            })
        .add(
            "BASE-LEG-08",
            Strength.MUST,
            "6.3",
            "A transitional device offers ANY_LAYOUT to legacy drivers.",
            "Bit 27 of the legacy feature word.",
            bench -> expect((bench.offered() & 1L << 27) != 0, "bit 27 is not offered"))
        .add(
            "BASE-LEG-10",
            Strength.MUST,
            "6.3",
            "With NOTIFY_ON_EMPTY a drained queue is notified in spite of suppression.",
            "The decision to notify: is emptiness looked at before the flags?",
            bench -> {
              bench.need(NOTIFY_ON_EMPTY, "NOTIFY_ON_EMPTY");
              Ring ring = bench.live(NOTIFY_ON_EMPTY);
              ring.availFlags(SplitRingLayout.NO_INTERRUPT);
              bench.expectUsed(ring, 0, 0, bench.request(ring, 0, 16), 16);
              expect((bench.causes() & 1) != 0, "no notification when the queue was drained");
            })
        .add(
            "BASE-LEG-11",
            Strength.SHOULD_NOT,
            "6.3",
            "Bit 30 is not to be offered to a guest.",
            "Bit 30 of the legacy feature word.",
            bench -> expect((bench.offered() & 1L << 30) == 0, "bit 30 is offered"));
  }
}
