package io.virtentropy.conformance.spec;

import static io.virtentropy.conformance.spec.Bench.expect;

import io.virtentropy.virtio.transport.pci.LegacyHeaderLayout;
import io.virtentropy.virtio.transport.pci.PciConfigLayout;
import java.util.List;

/** The legacy header (virtio 1.3 §4.1.4.10, §4.1.5.1.3.1). */
final class LegacyPciChecks {
  private static final int NO_VECTOR = 0xffff;

  private LegacyPciChecks() {}

  private static PciLegacyRegisters header(Bench bench) {
    return (PciLegacyRegisters) bench.registers;
  }

  private static long get(Bench bench, int register, int size) {
    return bench.pci().device.barRead(PciConfigLayout.LEGACY_BAR, register, size);
  }

  private static void set(Bench bench, int register, int size, long value) {
    bench.pci().device.barWrite(PciConfigLayout.LEGACY_BAR, register, size, value);
  }

  static List<Check> all() {
    return new Group(Group.PCI_LEGACY)
        .add(
            "PCI-LEG-05",
            Strength.MUST,
            "4.1.4.10",
            "The device's configuration follows the header: at 0x14, or at 0x18 while MSI-X is on.",
            "Does the header grow when MSI-X is enabled?",
            bench -> {
              long without = get(bench, LegacyHeaderLayout.HEADER_BYTES, 2);
              bench.pci().msixControl(PciConfigLayout.MSIX_ENABLE);
              expect("config_msix_vector", NO_VECTOR, get(bench, 0x14, 2));
              set(bench, LegacyHeaderLayout.CONFIG_MSIX_VECTOR, 2, 1);
              expect("config_msix_vector", 1, get(bench, 0x14, 2));
              bench.pci().msixControl(0);
              expect(
                  "configuration once MSI-X is off",
                  without,
                  get(bench, LegacyHeaderLayout.HEADER_BYTES, 2));
            })
        .add(
            "PCI-LEG-06",
            Strength.MUST,
            "4.1.4.10",
            "The device's configuration can be read with any width; there is none, so all of its"
                + " bytes are alike.",
            "Accesses behind the header.",
            bench -> {
              long one = get(bench, LegacyHeaderLayout.HEADER_BYTES, 1);
              long wide = one | one << 8 | one << 16 | one << 24;
              expect("2 bytes", wide & 0xffff, get(bench, LegacyHeaderLayout.HEADER_BYTES, 2));
              expect("4 bytes", wide, get(bench, LegacyHeaderLayout.HEADER_BYTES, 4));
            })
        .add(
            "PCI-LEG-08",
            Strength.MUST,
            "4.1.4.10",
            "There are feature bits 0 to 31 alone; what is beyond counts as not accepted.",
            "Defaults for the upper half of the accepted features.",
            Bench::expectLifeAfterReset)
        .add(
            "PCI-LEG-09",
            Strength.DEFINED,
            "4.1.5.1.3.1",
            "Queue Address is the ring's page number, and reads back.",
            "The register at 8.",
            bench -> {
              Ring ring = bench.live();
              expect("Queue Address", ring.table >>> 12, header(bench).page());
              bench.expectUsed(ring, 0, 0, bench.request(ring, 0, 16), 16);
            })
        .add(
            "PCI-LEG-10",
            Strength.DEFINED,
            "4.1.5.1.3.1",
            "The queue's size is read-only.",
            "The register at 0xc.",
            bench -> {
              int size = bench.registers.queueSize();
              set(bench, LegacyHeaderLayout.QUEUE_SIZE, 2, size / 2);
              expect("Queue Size", size, bench.registers.queueSize());
            })
        .add(
            "VQ-SPLIT-LEG-03",
            Strength.DEFINED,
            "2.7.2, 4.1.5.1.3.1",
            "A legacy driver takes the queue's size from the device.",
            "The register at 0xc.",
            Bench::expectLifeAfterReset)
        .add(
            "PCI-LEG-11",
            Strength.DEFINED,
            "4.1.4.10",
            "The vector registers are there while MSI-X is on, and map events.",
            "The registers at 0x14 and 0x16.",
            bench -> {
              bench.pci().msixEntry(0, 0, 0x61, false);
              bench.pci().msixControl(PciConfigLayout.MSIX_ENABLE);
              bench.begin();
              bench.registers.selectQueue(0);
              set(bench, LegacyHeaderLayout.QUEUE_MSIX_VECTOR, 2, 0);
              expect("queue_msix_vector", 0, get(bench, LegacyHeaderLayout.QUEUE_MSIX_VECTOR, 2));
              Ring ring = bench.ring();
              bench.driverOk();
              bench.expectUsed(ring, 0, 0, bench.request(ring, 0, 16), 16);
              expect(bench.messageSent(0x61), "the queue's message was not sent");
            })
        .add(
            "PCI-LEG-12",
            Strength.DEFINED,
            "4.1.4.10, 2.1",
            "The ISR at 0x13 is cleared by a read, and a status of 0 resets.",
            "The registers at 0x12 and 0x13.",
            bench -> {
              Ring ring = bench.live();
              bench.expectUsed(ring, 0, 0, bench.request(ring, 0, 16), 16);
              expect("ISR", 1, bench.causes());
              expect("ISR, read again", 0, bench.causes());
              bench.registers.status(0);
              bench.settle();
              expect("status", 0, bench.registers.status());
              expect("Queue Address", 0, header(bench).page());
            })
        .add(
            "PCI-LEG-14",
            Strength.PRACTICE,
            "4.1.5.1.3.1",
            "A page number of 0 stops the queue.",
            "The write of the register at 8.",
            bench -> {
              Ring ring = bench.live();
              bench.registers.selectQueue(0);
              header(bench).page(0);
              bench.expectPainted(bench.request(ring, 0, 16), 16, "a buffer of a stopped queue");
              bench.expectNothing(ring, "of a stopped queue");
            })
        .add(
            "PCI-LEG-15",
            Strength.PRACTICE,
            "3.1.2",
            "Firmware may set up the queue before it writes features.",
            "The order that the registers are written in.",
            bench -> {
              bench.begin();
              Ring ring = bench.ring();
              bench.accept(0);
              bench.driverOk();
              bench.expectUsed(ring, 0, 0, bench.request(ring, 0, 16), 16);
            })
        .checks();
  }
}
