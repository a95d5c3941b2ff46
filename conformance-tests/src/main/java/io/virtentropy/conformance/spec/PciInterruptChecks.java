package io.virtentropy.conformance.spec;

import static io.virtentropy.conformance.spec.Bench.expect;
import static io.virtentropy.virtio.transport.pci.CommonConfigLayout.CONFIG_MSIX_VECTOR;
import static io.virtentropy.virtio.transport.pci.CommonConfigLayout.NO_VECTOR;
import static io.virtentropy.virtio.transport.pci.CommonConfigLayout.QUEUE_MSIX_VECTOR;
import static io.virtentropy.virtio.transport.pci.PciConfigLayout.COMMAND;
import static io.virtentropy.virtio.transport.pci.PciConfigLayout.MSIX_ENABLE;
import static io.virtentropy.virtio.transport.pci.PciConfigLayout.MSIX_FUNCTION_MASK;
import static io.virtentropy.virtio.transport.pci.PciConfigLayout.STATUS_INTERRUPT;

import io.virtentropy.conformance.dut.Interrupt;
import io.virtentropy.virtio.transport.pci.PciConfigLayout;
import java.util.ArrayList;
import java.util.List;

/** ISR, INTx and MSI-X (virtio 1.3 §4.1.4.5, §4.1.5). */
final class PciInterruptChecks {
  private static final int QUEUE_DATA = 0x51;
  private static final int CONFIG_DATA = 0x52;
  private static final int INTX_DISABLE = 0x400;
  private static final int ALL_ON = 7;

  private PciInterruptChecks() {}

  static List<Check> all() {
    List<Check> all = new ArrayList<>();
    all.addAll(isr().checks());
    all.addAll(msix().checks());
    return all;
  }

  private static boolean statusBit(Bench bench) {
    bench.settle();
    return (bench.pci().config(PciConfigLayout.STATUS, 2) & STATUS_INTERRUPT) != 0;
  }

  private static void serve(Bench bench, Ring ring, int i) {
    int head = i & (ring.size - 1);
    bench.expectUsed(ring, i, head, bench.request(ring, head, 16), 16);
  }

  private static Group isr() {
    return new Group(Group.PCI)
        .add(
            "PCI-ISR-02",
            Strength.MUST,
            "4.1.4.5.1",
            "Without MSI-X set bit 0 of the ISR before a queue's interrupt.",
            "The order of the bit and the line.",
            bench -> {
              Ring ring = bench.live();
              serve(bench, ring, 0);
              expect(bench.line(), "INTx is not asserted");
              expect("ISR", 1, bench.causes());
            })
        .add(
            "PCI-ISR-03",
            Strength.MUST,
            "4.1.4.5.1",
            "Without MSI-X the Interrupt Status bit of the PCI status is set while the ISR is not"
                + " 0, masked or not.",
            "Bit 3 at offset 6 of the configuration space.",
            bench -> {
              Ring ring = bench.live();
              expect(!statusBit(bench), "the bit is set before anything happened");
              serve(bench, ring, 0);
              expect(statusBit(bench), "the bit is not set with an interrupt pending");
              bench.pci().config(COMMAND, 2, ALL_ON | INTX_DISABLE);
              expect(statusBit(bench), "the bit is not set while INTx is disabled");
              expect((bench.causes() & 1) != 0, "ISR bit 0 is not set");
              expect(!statusBit(bench), "the bit is set after the ISR was read");
            })
        .add(
            "PCI-ISR-04",
            Strength.DEFINED,
            "4.1.4.5.1",
            "INTx follows the Interrupt Status bit unless the command register disables it.",
            "Bit 10 at offset 4 of the configuration space.",
            bench -> {
              Ring ring = bench.live();
              bench.pci().config(COMMAND, 2, ALL_ON | INTX_DISABLE);
              serve(bench, ring, 0);
              expect(!bench.line(), "INTx is asserted though disabled");
              bench.pci().config(COMMAND, 2, ALL_ON);
              expect(bench.line(), "INTx is not asserted once enabled");
            })
        .add(
            "PCI-ISR-05",
            Strength.MUST,
            "4.1.4.5.1",
            "A read of the ISR clears it, and so lowers INTx.",
            "The read of the ISR.",
            bench -> {
              Ring ring = bench.live();
              serve(bench, ring, 0);
              expect("ISR", 1, bench.causes());
              expect("ISR, read again", 0, bench.causes());
              expect(!bench.line(), "INTx is asserted after the ISR was read");
            })
        .add(
            "PCI-ISR-06",
            Strength.DEFINED,
            "4.1.4.5",
            "Bits 2 and up of the ISR are 0.",
            "What the ISR's register holds.",
            bench -> {
              Ring ring = bench.live();
              serve(bench, ring, 0);
              bench.breakRing(ring);
              expect("bits 2 to 7 of the ISR", 0, bench.causes() & 0xfc);
            })
        .add(
            "PCI-MSIX-01",
            Strength.SHOULD,
            "4.1.5.1.2.1",
            "With MSI-X there are 2 to 0x800 vectors.",
            "Table Size in Message Control.",
            bench -> expect(bench.pci().vectors() >= 2, "one vector"))
        .add(
            "PCI-MSIX-02",
            Strength.MUST,
            "4.1.5.1.2.1",
            "Table Size tells the number of vectors.",
            "Does the table have as many entries?",
            bench -> {
              PciFunction function = bench.pci();
              int last = function.vectors() - 1;
              function.msixEntry(last, 3, 0x77, true);
              int table = function.config(function.msix() + PciConfigLayout.MSIX_TABLE, 4);
              long at = (table & ~7) + 16L * last;
              expect("data of the last entry", 0x77, function.device.barRead(table & 7, at + 8, 4));
            })
        .add(
            "PCI-MSIX-03",
            Strength.SHOULD,
            "4.1.5.1.2.1",
            "The number of vectors is a useful one: an entropy device has 2 kinds of event.",
            "Table Size in Message Control.",
            bench -> expect(bench.pci().vectors() <= 4, bench.pci().vectors() + " vectors"));
  }

  /** Vector 0 for the queue, vector 1 for the configuration, both unmasked, MSI-X on. */
  private static Ring live(Bench bench, int queueVector, int configVector) {
    bench.pci().msixEntry(0, 0, QUEUE_DATA, false);
    bench.pci().msixEntry(1, 1, CONFIG_DATA, false);
    bench.pci().msixControl(MSIX_ENABLE);
    bench.beginWith(0);
    bench.common().common(CONFIG_MSIX_VECTOR, 2, configVector);
    bench.registers.selectQueue(0);
    bench.common().common(QUEUE_MSIX_VECTOR, 2, queueVector);
    Ring ring = bench.ring();
    bench.driverOk();
    List<Interrupt> unused = bench.interrupts();
    return ring;
  }

  private static Group msix() {
    return new Group(Group.PCI_MODERN)
        .add(
            "PCI-ISR-01",
            Strength.MUST,
            "4.1.4.5.1",
            "Set bit 1 of the ISR before a configuration change, with MSI-X too.",
            "Where the configuration's interrupt is raised.",
            bench -> {
              bench.breakRing(live(bench, 0, 1));
              expect((bench.causes() & 2) != 0, "ISR bit 1 is not set");
            })
        .add(
            "PCI-ISR-07",
            Strength.MUST_NOT,
            "4.1.5.3.1",
            "With MSI-X and no vector for the queue send no interrupt for it.",
            "0xffff taken for a vector, or INTx instead.",
            bench -> {
              Ring ring = live(bench, NO_VECTOR, 1);
              serve(bench, ring, 0);
              expect(bench.interrupts().isEmpty(), "an interrupt was sent");
            })
        .add(
            "PCI-ISR-08",
            Strength.MUST_NOT,
            "4.1.5.4.1",
            "With MSI-X and no vector for the configuration send no interrupt for it.",
            "0xffff taken for a vector, or INTx instead.",
            bench -> {
              bench.breakRing(live(bench, 0, NO_VECTOR));
              expect(!bench.messageSent(CONFIG_DATA), "the configuration's message was sent");
              expect(!bench.line(), "INTx is asserted with MSI-X on");
            })
        .add(
            "PCI-ISR-09",
            Strength.DEFINED,
            "4.1.5.3, 4.1.5.4",
            "With MSI-X send the message of the event's vector, and leave INTx alone.",
            "Which table entry is used.",
            bench -> {
              Ring ring = live(bench, 0, 1);
              serve(bench, ring, 0);
              expect(bench.messageSent(QUEUE_DATA), "the queue's message was not sent");
              expect(!bench.line(), "INTx is asserted with MSI-X on");
              bench.breakRing(ring);
              expect(bench.messageSent(CONFIG_DATA), "the configuration's message was not sent");
            })
        .add(
            "PCI-MSIX-04",
            Strength.MUST,
            "4.1.5.1.2.1",
            "Any event can be mapped to any vector.",
            "The writes of the vector registers.",
            bench -> {
              Ring ring = live(bench, 1, 1);
              serve(bench, ring, 0);
              expect(bench.messageSent(CONFIG_DATA), "the message of vector 1 was not sent");
              bench.breakRing(ring);
              expect(bench.messageSent(CONFIG_DATA), "the message of vector 1 was not sent");
            })
        .add(
            "PCI-MSIX-05",
            Strength.MUST,
            "4.1.5.1.2.1",
            "Any event can be unmapped.",
            "A write of 0xffff to a vector register.",
            bench -> {
              Ring ring = live(bench, 0, 1);
              bench.common().common(QUEUE_MSIX_VECTOR, 2, NO_VECTOR);
              bench.common().common(CONFIG_MSIX_VECTOR, 2, NO_VECTOR);
              expectVectors(bench, NO_VECTOR, NO_VECTOR);
              serve(bench, ring, 0);
              expect(bench.interrupts().isEmpty(), "an interrupt was sent");
            })
        .add(
            "PCI-MSIX-06",
            Strength.MUST,
            "4.1.5.1.2.1",
            "The vector registers read back what was mapped, 0xffff if nothing is.",
            "The reads of the vector registers.",
            bench -> {
              expectVectors(bench, NO_VECTOR, NO_VECTOR);
              Ring unused = live(bench, 1, 0);
              expectVectors(bench, 1, 0);
            })
        .add(
            "PCI-MSIX-07",
            Strength.MUST,
            "4.1.5.1.2.1",
            "A reset unmaps all events.",
            "The list of what the reset clears.",
            bench -> {
              Ring unused = live(bench, 0, 1);
              bench.registers.status(0);
              bench.settle();
              expectVectors(bench, NO_VECTOR, NO_VECTOR);
            })
        .add(
            "PCI-MSIX-08",
            Strength.SHOULD_NOT,
            "4.1.5.1.2.1",
            "Don't refuse a mapping that can be made.",
            "The writes of the vector registers.",
            bench -> {
              Ring unused = live(bench, 0, 0);
              expectVectors(bench, 0, 0);
              int last = bench.pci().vectors() - 1;
              bench.common().common(QUEUE_MSIX_VECTOR, 2, last);
              expectVectors(bench, last, 0);
            })
        .add(
            "PCI-MSIX-09",
            Strength.MUST,
            "4.1.5.1.2.1",
            "A mapping that can't be made reads back 0xffff.",
            "Vectors beyond the table.",
            bench -> {
              Ring unused = live(bench, 0, 1);
              bench.common().common(QUEUE_MSIX_VECTOR, 2, bench.pci().vectors());
              bench.common().common(CONFIG_MSIX_VECTOR, 2, 0x7ff);
              expectVectors(bench, NO_VECTOR, NO_VECTOR);
            })
        .add(
            "PCI-MSIX-10",
            Strength.DEFINED,
            "PCI 3.0 §6.8.2",
            "A masked vector becomes pending, and its message is sent when it is unmasked.",
            "The pending bits; both the entry's mask and the function's.",
            bench -> {
              Ring ring = live(bench, 0, 1);
              bench.pci().msixEntry(0, 0, QUEUE_DATA, true);
              serve(bench, ring, 0);
              expect(!bench.messageSent(QUEUE_DATA), "a masked vector's message was sent");
              expect("pending bits", 1, bench.pci().pending() & 1);
              bench.pci().msixEntry(0, 0, QUEUE_DATA, false);
              expect(bench.messageSent(QUEUE_DATA), "nothing was sent when it was unmasked");
              expect("pending bits", 0, bench.pci().pending() & 1);
              bench.pci().msixControl(MSIX_ENABLE | MSIX_FUNCTION_MASK);
              serve(bench, ring, 1);
              expect(!bench.messageSent(QUEUE_DATA), "a message was sent in spite of the mask");
              bench.pci().msixControl(MSIX_ENABLE);
              expect(bench.messageSent(QUEUE_DATA), "nothing was sent when it was unmasked");
            })
        .add(
            "PCI-MSIX-11",
            Strength.DEFINED,
            "4.1.5.1.2",
            "MSI-X is used while its enable bit is set, which may change at run time.",
            "Who looks at Message Control.",
            bench -> {
              Ring ring = live(bench, 0, 1);
              int unused = bench.causes();
              bench.pci().msixControl(0);
              serve(bench, ring, 0);
              expect(bench.line(), "INTx is not asserted with MSI-X off");
              expect((bench.causes() & 1) != 0, "ISR bit 0 is not set");
            })
        .add(
            "PCI-MSIX-12",
            Strength.PRACTICE,
            "4.1.5.1.2",
            "A reset of the device leaves the MSI-X table and its enable bit alone.",
            "The list of what the reset clears.",
            bench -> {
              Ring unused = live(bench, 0, 1);
              bench.registers.status(0);
              bench.settle();
              int control = bench.pci().config(bench.pci().msix() + 2, 2);
              expect((control & MSIX_ENABLE) != 0, "the enable bit was cleared");
              int table = bench.pci().config(bench.pci().msix() + PciConfigLayout.MSIX_TABLE, 4);
              long data = bench.pci().device.barRead(table & 7, (table & ~7) + 8L, 4);
              expect("data of entry 0", QUEUE_DATA, data);
            });
  }

  private static void expectVectors(Bench bench, int queue, int config) {
    bench.registers.selectQueue(0);
    expect("queue_msix_vector", queue, bench.common().common(QUEUE_MSIX_VECTOR, 2));
    expect("config_msix_vector", config, bench.common().common(CONFIG_MSIX_VECTOR, 2));
  }
}
