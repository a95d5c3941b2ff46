package io.virtentropy.conformance.spec;

import static io.virtentropy.conformance.spec.Bench.expect;
import static io.virtentropy.conformance.spec.Bench.hex;
import static io.virtentropy.virtio.device.VirtioFeature.RING_RESET;
import static io.virtentropy.virtio.device.VirtioFeature.VERSION_1;

import io.virtentropy.virtio.transport.pci.CommonConfigLayout;
import java.util.ArrayList;
import java.util.List;

/** The common configuration structure, and queue reset on every transport (virtio 1.3 §4.1.4.3). */
final class CommonConfigChecks {
  private static final int ELSEWHERE = 0x4_0000;

  private CommonConfigChecks() {}

  static List<Check> all() {
    List<Check> all = new ArrayList<>();
    all.addAll(common().checks());
    all.addAll(pciReset().checks());
    all.addAll(anyReset().checks());
    return all;
  }

  private static long get(Bench bench, int field, int size) {
    return bench.common().common(field, size);
  }

  private static void set(Bench bench, int field, int size, long value) {
    bench.common().common(field, size, value);
  }

  private static Group common() {
    return new Group(Group.PCI_MODERN)
        .add(
            "PCI-ID-08",
            Strength.MUST,
            "4.1.3.2",
            "The halves of 64-bit fields can be accessed apart, in any order.",
            "Registers of 64 bits.",
            bench -> {
              int[] fields = {
                CommonConfigLayout.QUEUE_DESC,
                CommonConfigLayout.QUEUE_DRIVER,
                CommonConfigLayout.QUEUE_DEVICE
              };
              for (int field : fields) {
                set(bench, field + 4, 4, 0x12);
                set(bench, field, 4, 0x3456_7000L);
                expect("the low half", 0x3456_7000L, get(bench, field, 4));
                expect("the high half", 0x12, get(bench, field + 4, 4));
              }
            })
        .add(
            "PCI-CC-01",
            Strength.MUST,
            "4.1.4.3.1",
            "device_feature shows the word that device_feature_select names, 0 beyond the last.",
            "Selectors of 2 and more.",
            bench -> {
              int low = bench.registers.offeredWord(0);
              expect("bit 32", 1, bench.registers.offeredWord(1) & 1);
              expect("word 2", 0, bench.registers.offeredWord(2));
              expect("word 0xffffffff", 0, bench.registers.offeredWord(-1));
              expect("word 0 again", low, bench.registers.offeredWord(0));
            })
        .add(
            "PCI-CC-02",
            Strength.MUST,
            "4.1.4.3.1",
            "driver_feature reads back what was written, word by word.",
            "Is there one register for each word?",
            bench -> {
              bench.begin();
              int low = bench.registers.offeredWord(0);
              int high = bench.registers.offeredWord(1);
              bench.registers.acceptWord(0, low);
              bench.registers.acceptWord(1, high);
              set(bench, CommonConfigLayout.DRIVER_FEATURE_SELECT, 4, 0);
              expect(
                  "word 0",
                  Integer.toUnsignedLong(low),
                  get(bench, CommonConfigLayout.DRIVER_FEATURE, 4));
              set(bench, CommonConfigLayout.DRIVER_FEATURE_SELECT, 4, 1);
              expect(
                  "word 1",
                  Integer.toUnsignedLong(high),
                  get(bench, CommonConfigLayout.DRIVER_FEATURE, 4));
            })
        .add(
            "PCI-CC-04",
            Strength.MUST,
            "4.1.4.3.1",
            "config_generation changes with the configuration; an entropy device's stays.",
            "Who counts config_generation up.",
            bench -> {
              int before = bench.registers.generation();
              Ring ring = bench.live();
              bench.expectUsed(ring, 0, 0, bench.request(ring, 0, 16), 16);
              expect("config_generation", before, bench.registers.generation());
            })
        .add(
            "PCI-CC-06",
            Strength.MUST,
            "4.1.4.3.1",
            "A write of 0 to device_status resets the device; 0 is shown when it is done.",
            "The write of the status byte.",
            bench -> {
              Ring unused = bench.live();
              bench.registers.status(0);
              bench.settle();
              expect("status", 0, bench.registers.status());
            })
        .add(
            "PCI-CC-07",
            Strength.MUST,
            "4.1.4.3.1",
            "queue_enable is 0 on reset.",
            "The list of what the reset clears.",
            bench -> {
              expect("queue_enable at power-on", 0, get(bench, CommonConfigLayout.QUEUE_ENABLE, 2));
              Ring unused = bench.live();
              expect("queue_enable", 1, get(bench, CommonConfigLayout.QUEUE_ENABLE, 2));
              bench.registers.status(0);
              bench.settle();
              bench.registers.selectQueue(0);
              expect(
                  "queue_enable after a reset", 0, get(bench, CommonConfigLayout.QUEUE_ENABLE, 2));
            })
        .add(
            "PCI-CC-08",
            Strength.MUST,
            "4.1.4.3.1",
            "queue_size is 0 for a queue that doesn't exist.",
            "Selectors of 1 and more.",
            bench -> {
              bench.registers.selectQueue(1);
              expect("size of queue 1", 0, bench.registers.queueSize());
            })
        .add(
            "PCI-CC-09",
            Strength.MUST,
            "4.1.4.3.1",
            "Without packed rings queue_size is 0 or a power of 2, whatever the driver wrote.",
            "The write of queue_size.",
            bench -> {
              bench.registers.selectQueue(0);
              int most = bench.registers.queueSize();
              for (int wrong : new int[] {3, 5, 100, most + 1, 0xffff}) {
                bench.registers.chooseQueueSize(wrong);
                int size = bench.registers.queueSize();
                expect((size & (size - 1)) == 0, "queue_size " + size);
              }
            })
        .add(
            "PCI-CC-10",
            Strength.DEFINED,
            "4.1.4.3",
            "queue_size is the maximum on reset, and the driver may lower it.",
            "Does the ring wrap at the driver's size or at the device's?",
            bench -> {
              bench.beginWith(0);
              bench.registers.selectQueue(0);
              int most = bench.registers.queueSize();
              int less = Math.max(1, most / 2);
              Ring ring = bench.ringAt(ELSEWHERE, less);
              expect("queue_size", less, bench.registers.queueSize());
              bench.driverOk();
              for (int i = 0; i < less + 2; i++) {
                int head = i & (less - 1);
                bench.expectUsed(ring, i, head, bench.request(ring, head, 16), 16);
              }
              bench.registers.status(0);
              bench.settle();
              expect("queue_size after a reset", most, bench.registers.queueSize());
            })
        .add(
            "PCI-CC-11",
            Strength.DEFINED,
            "4.1.4.3",
            "queue_select steers the queue's registers: another queue's writes don't reach queue 0.",
            "Registers kept once instead of once for each queue.",
            bench -> {
              set(bench, CommonConfigLayout.QUEUE_DESC, 4, 0x7000);
              bench.registers.selectQueue(1);
              set(bench, CommonConfigLayout.QUEUE_DESC, 4, 0x9000);
              bench.registers.selectQueue(0);
              expect("queue_desc", 0x7000, get(bench, CommonConfigLayout.QUEUE_DESC, 4));
            })
        .add(
            "PCI-CC-16",
            Strength.MUST,
            "4.1.4.3.1",
            "Without ADMIN_VQ there are no administration queues.",
            "Bit 41, and the fields behind queue_reset.",
            bench -> {
              expect((bench.offered() & 1L << 41) == 0, "bit 41 is offered");
              expect("admin_queue_num", 0, get(bench, 0x3e, 2));
            })
        .add(
            "PCI-CC-17",
            Strength.DEFINED,
            "4.1.4.3, 5.4.2",
            "num_queues is 1.",
            "The register at 0x12.",
            bench -> expect("num_queues", 1, get(bench, CommonConfigLayout.NUM_QUEUES, 2)))
        .add(
            "PCI-CC-18",
            Strength.DRIVER,
            "4.1.4.3.2",
            "A write of 0 to queue_enable, or to a read-only field, changes nothing.",
            "The write of queue_enable.",
            bench -> {
              Ring ring = bench.live();
              set(bench, CommonConfigLayout.QUEUE_ENABLE, 2, 0);
              set(bench, CommonConfigLayout.NUM_QUEUES, 2, 9);
              set(bench, CommonConfigLayout.CONFIG_GENERATION, 1, 9);
              expect("num_queues", 1, get(bench, CommonConfigLayout.NUM_QUEUES, 2));
              expect("status", 0xf, bench.registers.status());
              bench.expectUsed(ring, 0, 0, bench.request(ring, 0, 16), 16);
            })
        .add(
            "PCI-CC-20",
            Strength.DRIVER,
            "4.1.4.3.2",
            "Addresses written to a queue in service don't move it.",
            "When the addresses are taken over.",
            bench -> {
              Ring ring = bench.live();
              set(bench, CommonConfigLayout.QUEUE_DESC, 4, 0);
              set(bench, CommonConfigLayout.QUEUE_DEVICE, 4, 0);
              bench.expectUsed(ring, 0, 0, bench.request(ring, 0, 16), 16);
            })
        .add(
            "PCI-CC-21",
            Strength.DEFINED,
            "4.1.4.3",
            "The structure is long enough for the fields of what is offered.",
            "The capability's length.",
            bench -> {
              long length = bench.common().common.length();
              boolean resets = (bench.offered() & RING_RESET) != 0;
              expect(length >= (resets ? 0x3c : 0x38), "length " + hex(length));
            })
        .add(
            "PCI-CC-22",
            Strength.DEFINED,
            "4.1.4.3",
            "A queue that was not enabled isn't served, DRIVER_OK or not.",
            "What makes a queue live.",
            bench -> {
              bench.beginWith(0);
              bench.registers.selectQueue(0);
              Ring ring = Ring.dense(bench.machine, bench.buffer(64), bench.usualSize());
              bench.registers.chooseQueueSize(ring.size);
              bench.registers.place(ring);
              bench.driverOk();
              long buffer = bench.request(ring, 0, 64);
              bench.expectNothing(ring, "of a queue that is not enabled");
              bench.expectPainted(buffer, 64, "its buffer");
            });
  }

  private static Ring resettable(Bench bench) {
    bench.need(RING_RESET, "RING_RESET");
    return bench.live(RING_RESET);
  }

  private static void resetQueue(Bench bench) {
    bench.registers.selectQueue(0);
    bench.registers.resetQueue();
    bench.settle();
  }

  private static Group pciReset() {
    return new Group(Group.PCI_MODERN)
        .add(
            "PCI-CC-12",
            Strength.MUST,
            "4.1.4.3.1",
            "queue_reset is 0 on reset.",
            "The register at 0x3a.",
            CommonConfigChecks::zeroOnReset)
        .add(
            "PCI-CC-13",
            Strength.MUST,
            "4.1.4.3.1",
            "queue_reset is 0 after queue_enable was set.",
            "The register at 0x3a.",
            CommonConfigChecks::zeroOnceEnabled)
        .add(
            "PCI-CC-14",
            Strength.MUST,
            "4.1.4.3.1",
            "A write of 1 to queue_reset resets the queue.",
            "Does the queue stop?",
            CommonConfigChecks::resets)
        .add(
            "PCI-CC-15",
            Strength.MUST,
            "4.1.4.3.1",
            "When the queue's reset is complete queue_reset and queue_enable are 0.",
            "The end of a queue's reset.",
            CommonConfigChecks::bothZero);
  }

  static void zeroOnReset(Bench bench) {
    bench.need(RING_RESET, "RING_RESET");
    bench.registers.selectQueue(0);
    expect("queue_reset at power-on", 0, bench.registers.queueReset());
    Ring unused = resettable(bench);
    resetQueue(bench);
    bench.registers.status(0);
    bench.settle();
    bench.registers.selectQueue(0);
    expect("queue_reset after a reset", 0, bench.registers.queueReset());
  }

  static void zeroOnceEnabled(Bench bench) {
    Ring unused = resettable(bench);
    resetQueue(bench);
    Ring again = bench.ring();
    expect("queue_reset of an enabled queue", 0, bench.registers.queueReset());
    bench.expectUsed(again, 0, 0, bench.request(again, 0, 16), 16);
  }

  static void resets(Bench bench) {
    Ring ring = resettable(bench);
    resetQueue(bench);
    bench.expectPainted(bench.request(ring, 0, 16), 16, "a buffer of a queue that was reset");
    bench.expectNothing(ring, "of a queue that was reset");
  }

  static void bothZero(Bench bench) {
    Ring unused = resettable(bench);
    resetQueue(bench);
    expect("queue_reset", 0, bench.registers.queueReset());
    expect(!bench.registers.enabled(), "the queue is still in service");
  }

  private static Group anyReset() {
    return new Group(Group.MODERN)
        .add(
            "VQ-RST-01",
            Strength.MUST_NOT,
            "2.6.1.1.1",
            "After a queue's reset execute no request from it.",
            "What happens to bytes that the source delivers late.",
            bench -> {
              Ring ring = resettable(bench);
              bench.withhold();
              long buffer = bench.request(ring, 0, 64);
              resetQueue(bench);
              bench.feed();
              bench.expectNothing(ring, "after the queue's reset");
              bench.expectPainted(buffer, 64, "the buffer");
            })
        .add(
            "VQ-RST-02",
            Strength.MUST_NOT,
            "2.6.1.1.1",
            "After a queue's reset send no notification for it.",
            "What happens to bytes that the source delivers late.",
            bench -> {
              Ring ring = resettable(bench);
              bench.withhold();
              long unused = bench.request(ring, 0, 64);
              resetQueue(bench);
              bench.feed();
              expect("interrupt causes", 0, bench.causes() & 1);
            })
        .add(
            "VQ-RST-03",
            Strength.MUST,
            "2.6.1.1.1",
            "A queue's reset puts all of its state back: indices, and the size to its maximum.",
            "The list of what a queue's reset clears.",
            bench -> {
              bench.need(RING_RESET, "RING_RESET");
              bench.registers.selectQueue(0);
              int most = bench.registers.queueSize();
              bench.beginWith(RING_RESET);
              Ring ring = bench.ringAt(ELSEWHERE, Math.max(1, most / 2));
              bench.driverOk();
              bench.expectUsed(ring, 0, 0, bench.request(ring, 0, 16), 16);
              resetQueue(bench);
              expect("the queue's size", most, bench.registers.queueSize());
              // The driver names no size this time, so the maximum counts.
              Ring next = Ring.dense(bench.machine, bench.buffer(64), most);
              bench.registers.place(next);
              bench.registers.enable();
              int size = bench.registers.queueSize();
              expect("the size of the queue enabled anew", most, size);
              bench.expectUsed(next, 0, 0, bench.request(next, 0, 16), 16);
            })
        .add(
            "VQ-RST-04",
            Strength.MUST,
            "2.6.1.2.1",
            "A queue enabled anew has the size and the place that the driver chose this time.",
            "What is remembered over a queue's reset.",
            bench -> {
              Ring first = resettable(bench);
              bench.expectUsed(first, 0, 0, bench.request(first, 0, 16), 16);
              resetQueue(bench);
              int less = Math.max(1, first.size / 2);
              Ring ring = bench.ringAt(ELSEWHERE, less);
              for (int i = 0; i < less + 1; i++) {
                int head = i & (less - 1);
                bench.expectUsed(ring, i, head, bench.request(ring, head, 16), 16);
              }
            })
        .add(
            "VQ-RST-06",
            Strength.DEFINED,
            "2.6.1",
            "A queue's reset leaves the device's status alone.",
            "What else a queue's reset does.",
            bench -> {
              Ring unused = resettable(bench);
              resetQueue(bench);
              expect("status", 0xf, bench.registers.status());
            })
        .add(
            "VQ-RST-08",
            Strength.DEFINED,
            "4.1.4.3, 4.2.2",
            "Without RING_RESET there is no register for it: a write changes nothing.",
            "Does the write of queue_reset know what was negotiated?",
            bench -> {
              expect((bench.offered() & VERSION_1) != 0, "VERSION_1 is not offered");
              Ring ring = bench.live();
              resetQueue(bench);
              bench.expectUsed(ring, 0, 0, bench.request(ring, 0, 16), 16);
            });
  }
}
