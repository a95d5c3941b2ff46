package io.virtentropy.conformance.spec;

import static io.virtentropy.conformance.spec.Bench.expect;
import static io.virtentropy.virtio.transport.mmio.MmioLayout.INTERRUPT_ACK;
import static io.virtentropy.virtio.transport.mmio.MmioLayout.INTERRUPT_STATUS;
import static io.virtentropy.virtio.transport.mmio.MmioLayout.QUEUE_READY;

import io.virtentropy.conformance.dut.MmioUnderTest;
import io.virtentropy.virtio.transport.mmio.MmioLayout;
import java.util.ArrayList;
import java.util.List;

/** The MMIO registers of both versions (virtio 1.3 §4.2). */
final class MmioChecks {
  private static final int PAGE = 4096;

  private MmioChecks() {}

  static List<Check> all() {
    List<Check> all = new ArrayList<>();
    all.addAll(both().checks());
    all.addAll(modern().checks());
    all.addAll(legacy().checks());
    return all;
  }

  private static Group both() {
    return new Group(Group.MMIO)
        .add(
            "MMIO-01",
            Strength.MUST,
            "4.2.2.1",
            "MagicValue reads 0x74726976.",
            "The register at 0.",
            bench -> expect("MagicValue", 0x7472_6976, bench.mmio().get(MmioLayout.MAGIC_VALUE)))
        .add(
            "MMIO-03",
            Strength.MUST,
            "4.2.2.1",
            "An event sets its bit of InterruptStatus until it is acknowledged.",
            "Who clears InterruptStatus.",
            bench -> {
              Ring ring = bench.live();
              bench.expectUsed(ring, 0, 0, bench.request(ring, 0, 16), 16);
              for (int i = 0; i < 3; i++) {
                expect("InterruptStatus", 1, bench.mmio().get(INTERRUPT_STATUS));
              }
              bench.mmio().set(INTERRUPT_ACK, 1);
              expect("InterruptStatus, acknowledged", 0, bench.mmio().get(INTERRUPT_STATUS));
            })
        .add(
            "MMIO-04",
            Strength.MUST,
            "4.2.2.1",
            "Bits of InterruptStatus without an event are 0.",
            "What InterruptStatus holds.",
            bench -> {
              Ring ring = bench.live();
              expect("InterruptStatus of an idle device", 0, bench.mmio().get(INTERRUPT_STATUS));
              bench.expectUsed(ring, 0, 0, bench.request(ring, 0, 16), 16);
              expect("InterruptStatus", 1, bench.mmio().get(INTERRUPT_STATUS));
            })
        .add(
            "MMIO-05",
            Strength.MUST,
            "4.2.2.1",
            "A reset clears InterruptStatus.",
            "The list of what the reset clears.",
            bench -> {
              Ring ring = bench.live();
              bench.expectUsed(ring, 0, 0, bench.request(ring, 0, 16), 16);
              bench.registers.status(0);
              bench.settle();
              expect("InterruptStatus", 0, bench.mmio().get(INTERRUPT_STATUS));
              expect(!bench.line(), "the interrupt line is asserted");
            })
        .add(
            "MMIO-10",
            Strength.DEFINED,
            "4.2.2",
            "QueueSizeMax is 0 for a queue that doesn't exist.",
            "Selectors of 1 and more; as signed numbers, too.",
            bench -> {
              for (int queue : new int[] {1, 0x1_0000, -1}) {
                bench.registers.selectQueue(queue);
                expect("QueueSizeMax of queue " + queue, 0, bench.registers.queueSize());
              }
            })
        .add(
            "MMIO-11",
            Strength.DEFINED,
            "4.2.2, 5.4.1",
            "DeviceID reads 4.",
            "The register at 8.",
            bench -> expect("DeviceID", 4, bench.mmio().get(MmioLayout.DEVICE_ID)))
        .add(
            "MMIO-18",
            Strength.DEFINED,
            "4.2.2, 4.2.3.3",
            "QueueNotify takes the queue's number; others are ignored.",
            "The register at 0x50; values of more than 16 bits.",
            bench -> {
              Ring ring = bench.live();
              long buffer = bench.post(ring, 0, 64);
              ring.publish();
              bench.registers.kick(1);
              bench.registers.kick(0x1_0000);
              bench.settle();
              bench.expectNothing(ring, "after kicks for other queues");
              bench.kick();
              bench.expectUsed(ring, 0, 0, buffer, 64);
            })
        .add(
            "MMIO-20",
            Strength.DEFINED,
            "4.2.2",
            "Status takes what the driver writes, and 0 resets.",
            "The register at 0x70.",
            bench -> {
              bench.registers.status(1);
              expect("Status", 1, bench.registers.status());
              bench.registers.status(3);
              expect("Status", 3, bench.registers.status());
              bench.registers.status(0);
              bench.settle();
              expect("Status", 0, bench.registers.status());
            })
        .add(
            "MMIO-27",
            Strength.DEFINED,
            "4.2.2.2",
            "Reads of write-only registers and writes of read-only ones do no harm.",
            "A sweep over all registers.",
            bench -> {
              for (int at = 0; at < MmioLayout.CONFIG; at += 4) {
                int unused = bench.mmio().get(at);
              }
              for (int at : new int[] {0, 4, 8, 0xc, 0x10, 0x34, 0x60, 0xb0, 0xfc}) {
                int before = bench.mmio().get(at);
                bench.mmio().set(at, ~before);
                expect("the register at " + Bench.hex(at), before, bench.mmio().get(at));
              }
              bench.expectLifeAfterReset();
            });
  }

  private static Group modern() {
    return new Group(Group.MMIO_MODERN)
        .add(
            "MMIO-02",
            Strength.MUST,
            "4.2.2.1",
            "Version reads 2.",
            "The register at 4.",
            bench -> expect("Version", 2, bench.mmio().get(MmioLayout.VERSION)))
        .add(
            "MMIO-06",
            Strength.MUST,
            "4.2.2.1",
            "A reset clears QueueReady of all queues.",
            "The list of what the reset clears.",
            bench -> {
              Ring unused = bench.live();
              expect("QueueReady", 1, bench.mmio().get(QUEUE_READY));
              bench.registers.status(0);
              bench.settle();
              bench.registers.selectQueue(0);
              expect("QueueReady after a reset", 0, bench.mmio().get(QUEUE_READY));
            })
        .add(
            "MMIO-07",
            Strength.MUST,
            "4.2.2.1",
            "ConfigGeneration changes with the configuration; an entropy device's stays.",
            "The register at 0xfc.",
            bench -> {
              int before = bench.registers.generation();
              Ring ring = bench.live();
              bench.expectUsed(ring, 0, 0, bench.request(ring, 0, 16), 16);
              expect("ConfigGeneration", before, bench.registers.generation());
            })
        .add(
            "MMIO-08",
            Strength.MUST_NOT,
            "4.2.2.1",
            "Access no queue whose QueueReady is 0.",
            "The kick's handler, and requests at the source when QueueReady is cleared.",
            bench -> {
              Ring ring = bench.live();
              bench.withhold();
              long buffer = bench.request(ring, 0, 64);
              bench.mmio().set(QUEUE_READY, 0);
              expect("QueueReady", 0, bench.mmio().get(QUEUE_READY));
              bench.feed();
              bench.kick();
              bench.expectNothing(ring, "of a queue that is not ready");
              bench.expectPainted(buffer, 64, "its buffer");
            })
        .add(
            "MMIO-09",
            Strength.DEFINED,
            "4.2.2",
            "QueueReady reads what was written last.",
            "The register at 0x44.",
            bench -> {
              Ring unused = bench.live();
              expect("QueueReady", 1, bench.mmio().get(QUEUE_READY));
              bench.mmio().set(QUEUE_READY, 0);
              bench.settle();
              expect("QueueReady", 0, bench.mmio().get(QUEUE_READY));
            })
        .add(
            "MMIO-12",
            Strength.MUST,
            "4.2.2.1",
            "QueueReset is 0 on reset.",
            "The register at 0xc0.",
            CommonConfigChecks::zeroOnReset)
        .add(
            "MMIO-13",
            Strength.MUST,
            "4.2.2.1",
            "QueueReset is 0 after QueueReady was set.",
            "The register at 0xc0.",
            CommonConfigChecks::zeroOnceEnabled)
        .add(
            "MMIO-14",
            Strength.MUST,
            "4.2.2.1",
            "A write of 1 to QueueReset resets the queue.",
            "Does the queue stop?",
            CommonConfigChecks::resets)
        .add(
            "MMIO-15",
            Strength.MUST,
            "4.2.2.1",
            "When the queue's reset is complete QueueReset and QueueReady are 0.",
            "The end of a queue's reset.",
            CommonConfigChecks::bothZero)
        .add(
            "MMIO-17",
            Strength.DEFINED,
            "4.2.2",
            "DeviceFeatures shows the word that DeviceFeaturesSel names, 0 beyond the last.",
            "Selectors of 2 and more.",
            bench -> {
              expect("bit 32", 1, bench.registers.offeredWord(1) & 1);
              expect("word 2", 0, bench.registers.offeredWord(2));
            })
        .add(
            "MMIO-19",
            Strength.DEFINED,
            "4.2.2, 4.2.3.4",
            "The line is asserted while InterruptStatus is not 0; InterruptACK clears the bits"
                + " written and no others.",
            "The write of InterruptACK.",
            bench -> {
              Ring ring = bench.live();
              bench.expectUsed(ring, 0, 0, bench.request(ring, 0, 16), 16);
              bench.breakRing(ring);
              expect("InterruptStatus", 3, bench.mmio().get(INTERRUPT_STATUS));
              bench.mmio().set(INTERRUPT_ACK, 1);
              expect("InterruptStatus", 2, bench.mmio().get(INTERRUPT_STATUS));
              expect(bench.line(), "the line is low with a bit pending");
              bench.mmio().set(INTERRUPT_ACK, 2);
              expect(!bench.line(), "the line is asserted with no bit pending");
            })
        .add(
            "MMIO-21",
            Strength.DEFINED,
            "4.2.2",
            "A region of shared memory that doesn't exist has length and base of all ones.",
            "The registers from 0xb0 on.",
            bench -> {
              bench.mmio().set(MmioLayout.SHM_SEL, 0);
              for (int at = MmioLayout.SHM_LEN_LOW; at <= MmioLayout.SHM_BASE_HIGH; at += 4) {
                expect("the register at " + Bench.hex(at), -1, bench.mmio().get(at));
              }
            })
        .add(
            "MMIO-23",
            Strength.DRIVER,
            "4.2.2.2",
            "A queue size of 0, beyond the maximum or no power of 2 does no harm.",
            "The write of QueueSize; values of more than 16 bits.",
            bench -> {
              for (int wrong : new int[] {0, 3, 0x1_0000, 0x1_0001, -1}) {
                bench.beginWith(0);
                bench.registers.selectQueue(0);
                bench.registers.chooseQueueSize(wrong);
                bench.registers.enable();
                bench.driverOk();
                bench.kick();
                bench.expectLifeAfterReset();
              }
            })
        .add(
            "MMIO-24",
            Strength.DRIVER,
            "4.2.2.2",
            "Writes to the registers of a queue in service don't move it.",
            "When the addresses are taken over.",
            bench -> {
              Ring ring = bench.live();
              bench.mmio().set(MmioLayout.QUEUE_DESC_LOW, 0);
              bench.mmio().set(MmioLayout.QUEUE_DEVICE_LOW, 0);
              bench.mmio().set(MmioLayout.QUEUE_SIZE, 1);
              bench.expectUsed(ring, 0, 0, bench.request(ring, 0, 16), 16);
            })
        .add(
            "MMIO-26",
            Strength.DEFINED,
            "4.2.2",
            "The configuration can be read with any width; all bytes of an empty one are alike.",
            "Accesses from 0x100 on.",
            bench -> {
              long one = bench.registers.config(0) & 0xffL;
              long two = ((MmioUnderTest) bench.machine).registerRead(MmioLayout.CONFIG, 2);
              expect("2 bytes", one | one << 8, two);
            });
  }

  private static Group legacy() {
    return new Group(Group.MMIO_LEGACY)
        .add(
            "MMIO-LEG-01",
            Strength.DEFINED,
            "4.2.4",
            "Version reads 1.",
            "The register at 4.",
            bench -> expect("Version", 1, bench.mmio().get(MmioLayout.VERSION)))
        .add(
            "MMIO-LEG-02",
            Strength.DEFINED,
            "4.2.4",
            "GuestPageSize scales QueuePFN.",
            "The multiplication, with other page sizes than 4096.",
            bench -> serveWith(bench, 16384, PAGE))
        .add(
            "MMIO-LEG-03",
            Strength.DEFINED,
            "4.2.4, 2.7.2",
            "QueueAlign places the used ring.",
            "The formula of the legacy layout, with other alignments than 4096.",
            bench -> serveWith(bench, PAGE, 64))
        .add(
            "MMIO-LEG-04",
            Strength.DEFINED,
            "4.2.4",
            "QueuePFN reads back, and 0 stops the queue.",
            "The register at 0x40.",
            bench -> {
              Ring ring = bench.live();
              expect("QueuePFN", ring.table / PAGE, bench.mmio().get(MmioLayout.QUEUE_PFN));
              bench.mmio().set(MmioLayout.QUEUE_PFN, 0);
              bench.expectPainted(bench.request(ring, 0, 16), 16, "a buffer of a stopped queue");
              bench.expectNothing(ring, "of a stopped queue");
            })
        .add(
            "MMIO-LEG-05",
            Strength.DEFINED,
            "4.2.4",
            "A reset puts QueuePFN to 0.",
            "The list of what the reset clears.",
            bench -> {
              Ring unused = bench.live();
              bench.registers.status(0);
              bench.settle();
              bench.registers.selectQueue(0);
              expect("QueuePFN", 0, bench.mmio().get(MmioLayout.QUEUE_PFN));
            })
        .add(
            "MMIO-LEG-08",
            Strength.DEFINED,
            "4.2.4",
            "There is no QueueReady and no QueueReset: writes change nothing.",
            "Registers of version 2 that answer in version 1.",
            bench -> {
              Ring ring = bench.live();
              bench.mmio().set(QUEUE_READY, 0);
              bench.mmio().set(MmioLayout.QUEUE_RESET, 1);
              bench.expectUsed(ring, 0, 0, bench.request(ring, 0, 16), 16);
            })
        .add(
            "MMIO-LEG-10",
            Strength.PRACTICE,
            "4.2.4",
            "There is no second word of features: VERSION_1 is not offered.",
            "HostFeaturesSel of 1 and more.",
            bench -> expect("word 1", 0, bench.registers.offeredWord(1)));
  }

  private static void serveWith(Bench bench, int page, int align) {
    bench.begin();
    bench.registers.selectQueue(0);
    int size = bench.usualSize();
    Ring ring = Ring.legacy(bench.machine, bench.buffer(64) / 16384 * 16384, size, align);
    bench.mmio().set(MmioLayout.GUEST_PAGE_SIZE, page);
    bench.registers.chooseQueueSize(size);
    bench.mmio().set(MmioLayout.QUEUE_ALIGN, align);
    bench.mmio().set(MmioLayout.QUEUE_PFN, (int) (ring.table / page));
    bench.driverOk();
    bench.expectUsed(ring, 0, 0, bench.request(ring, 0, 64), 64);
  }
}
