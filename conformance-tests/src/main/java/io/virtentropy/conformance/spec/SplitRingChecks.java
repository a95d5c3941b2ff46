package io.virtentropy.conformance.spec;

import static io.virtentropy.conformance.spec.Bench.expect;
import static io.virtentropy.conformance.spec.Bench.expectSame;
import static io.virtentropy.virtio.queue.SplitRingLayout.NEXT;
import static io.virtentropy.virtio.queue.SplitRingLayout.WRITE;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The split virtqueue (virtio 1.3 §2.7). */
final class SplitRingChecks {
  private static final int PIECE = 7;

  private SplitRingChecks() {}

  static List<Check> all() {
    List<Check> all = new ArrayList<>();
    all.addAll(chains().checks());
    all.addAll(brokenChains().checks());
    all.addAll(used().checks());
    all.addAll(legacy().checks());
    return all;
  }

  /** Posts one chain of pieces of 7 bytes, each in a buffer of its own, from descriptor 0 on. */
  private static void chain(Bench bench, Ring ring, int pieces) {
    for (int i = 0; i < pieces; i++) {
      boolean last = i == pieces - 1;
      ring.descriptor(i, bench.paint(i), PIECE, WRITE | (last ? 0 : NEXT), last ? 0 : i + 1);
    }
    ring.offer(0);
    ring.publish();
    bench.kick();
  }

  private static void expectFilled(Bench bench, Ring ring, int pieces) {
    bench.expectIndex(ring, 1);
    expect("id", 0, ring.usedId(0));
    expect("used length", (long) PIECE * pieces, ring.usedLength(0));
    for (int i = 0; i < pieces; i++) {
      expect("bytes written to piece " + i, PIECE, bench.written(bench.buffer(i), 64));
    }
  }

  private static Group chains() {
    return new Group(Group.ALL)
        .add(
            "VQ-SPLIT-01",
            Strength.DEFINED,
            "2.7",
            "Any power of 2 up to the maximum is a queue size, and parts may lie as close as their"
                + " alignment allows.",
            "Arithmetic on the queue size; 1 is a power of 2.",
            bench -> {
              bench.registers.selectQueue(0);
              int most = bench.registers.queueSize();
              for (int size = 1; size <= Math.min(most, 256); size *= 2) {
                if (bench.via == DriverInterface.PCI_LEGACY && size != most) {
                  continue;
                }
                bench.beginWith(0);
                Ring ring = bench.ringAt(0x1_0000, size);
                bench.driverOk();
                for (int i = 0; i <= size && i < 12; i++) {
                  // The last descriptor first, so that a device that wraps elsewhere is found.
                  int head = size - 1 - (i & (size - 1));
                  long buffer = bench.request(ring, head, 16);
                  bench.expectUsed(ring, i, head, buffer, 16);
                }
              }
            })
        .add(
            "VQ-SPLIT-02",
            Strength.DEFINED,
            "2.7",
            "The ring's fields are little-endian.",
            "Byte order of 16-bit and 32-bit accesses to guest memory.",
            bench -> {
              Ring ring = bench.live();
              long unused = bench.request(ring, 0, 0x102);
              byte[] used = ring.usedBytes();
              expect("low byte of used.idx", 1, used[2]);
              expect("high byte of used.idx", 0, used[3]);
              expect("second byte of the used length", 1, used[9]);
            })
        .add(
            "VQ-SPLIT-03",
            Strength.MUST_NOT,
            "2.7.4.1",
            "Make no assumption about how a buffer is cut into descriptors.",
            "Code that looks at the first descriptor alone.",
            bench -> {
              for (int pieces : new int[] {1, 2, 3, bench.usualSize()}) {
                Ring ring = bench.live();
                chain(bench, ring, Math.min(pieces, ring.size));
                expectFilled(bench, ring, Math.min(pieces, ring.size));
              }
            })
        .add(
            "VQ-SPLIT-05",
            Strength.MUST_NOT,
            "2.7.5.1",
            "Never write a device-readable buffer.",
            "The walk along the chain: is WRITE looked at for each descriptor?",
            bench -> {
              Ring ring = bench.live();
              readableThenWritable(bench, ring);
              bench.expectPainted(bench.buffer(0), 64, "the readable piece");
            })
        .add(
            "VQ-SPLIT-07",
            Strength.MUST_NOT,
            "2.7.5.1",
            "Never write a descriptor.",
            "Who writes near the descriptor table.",
            bench -> {
              Ring ring = bench.live();
              ring.descriptor(0, bench.paint(0), 64, WRITE, 0);
              ring.offer(0);
              ring.publish();
              byte[] before = ring.tableBytes();
              bench.kick();
              bench.expectIndex(ring, 1);
              expectSame("the descriptor table", before, ring.tableBytes());
            })
        .add(
            "VQ-SPLIT-08",
            Strength.DEFINED,
            "2.7.5",
            "Without NEXT the field next means nothing.",
            "The end of the walk along the chain.",
            bench -> {
              Ring ring = bench.live();
              ring.descriptor(0, bench.paint(0), 64, WRITE, 0xbeef);
              ring.offer(0);
              ring.publish();
              bench.kick();
              bench.expectUsed(ring, 0, 0, bench.buffer(0), 64);
            })
        .add(
            "VQ-SPLIT-11",
            Strength.DEFINED,
            "2.7.6, 2.7.8",
            "The indices run freely, and slots are taken modulo the queue size.",
            "What is stored to used.idx at the end of the ring.",
            bench -> {
              Ring ring = bench.live();
              for (int i = 0; i < 3 * ring.size + 1; i++) {
                int head = i & (ring.size - 1);
                bench.expectUsed(ring, i, head, bench.request(ring, head, 16), 16);
                expect("used.idx", i + 1, ring.usedIndex());
              }
            });
  }

  private static void readableThenWritable(Bench bench, Ring ring) {
    ring.descriptor(0, bench.paint(0), 64, NEXT, 1);
    ring.descriptor(1, bench.paint(1), 64, WRITE, 0);
    ring.offer(0);
    ring.publish();
    bench.kick();
  }

  private static Group brokenChains() {
    return new Group(Group.ALL)
        .add(
            "VQ-SPLIT-09",
            Strength.DRIVER,
            "2.7.5.2",
            "A chain that loops is walked to no more than the queue size.",
            "The bound of the walk.",
            bench -> {
              Ring ring = bench.live();
              ring.descriptor(0, bench.paint(0), 64, WRITE | NEXT, 1);
              ring.descriptor(1, bench.paint(1), 64, WRITE | NEXT, 0);
              ring.offer(0);
              ring.publish();
              bench.kick();
              bench.expectError(ring, "a loop");
              bench.expectLifeAfterReset();
            })
        .add(
            "VQ-SPLIT-10",
            Strength.DRIVER,
            "2.7.4.2",
            "A readable piece behind a writable one does no harm.",
            "The order of pieces that the walk takes for granted.",
            bench -> {
              Ring ring = bench.live();
              ring.descriptor(0, bench.paint(0), 64, WRITE | NEXT, 1);
              ring.descriptor(1, bench.paint(1), 64, 0, 0);
              ring.offer(0);
              ring.publish();
              bench.kick();
              bench.expectPainted(bench.buffer(1), 64, "the readable piece");
              bench.expectLifeAfterReset();
            })
        .add(
            "VQ-SPLIT-12",
            Strength.DRIVER,
            "2.7.6.1, 2.7.13",
            "An avail.idx more than the queue size ahead is an error, not 65,535 buffers.",
            "The first thing done with avail.idx.",
            bench -> {
              Ring ring = bench.live();
              ring.availIndex(ring.size + 1);
              bench.kick();
              bench.expectError(ring, "a jump of avail.idx");
              bench.expectLifeAfterReset();
            });
  }

  private static Group used() {
    return new Group(Group.ALL)
        .add(
            "VQ-SPLIT-14",
            Strength.DEFINED,
            "2.7.8",
            "A used element holds the head of its chain, and how many bytes were written.",
            "What the id is taken from.",
            bench -> {
              Ring ring = bench.live();
              int head = ring.size - 1;
              ring.descriptor(head, bench.paint(0), 64, WRITE, 0);
              ring.offer(head);
              ring.publish();
              bench.kick();
              bench.expectUsed(ring, 0, head, bench.buffer(0), 64);
            })
        .add(
            "VQ-SPLIT-15",
            Strength.MUST,
            "2.7.8.2",
            "The used length is stored before used.idx moves.",
            "The order of the two stores. Only settled states are looked at here.",
            bench -> {
              Ring ring = bench.live();
              for (int i = 0; i < 2 * ring.size; i++) {
                int head = i & (ring.size - 1);
                long unused = bench.request(ring, head, 32 + i);
                bench.expectIndex(ring, i + 1);
                expect("used length of element " + i, 32 + i, ring.usedLength(i));
              }
            })
        .add(
            "VQ-SPLIT-16",
            Strength.MUST,
            "2.7.8.2",
            "As many bytes as the used length says, from the first writable one on, were written"
                + " before used.idx moves.",
            "How the used length is counted: what was asked for, or what was stored?",
            bench -> {
              for (int length : new int[] {1, 2, 63, 64, 1000}) {
                Ring ring = bench.live();
                bench.expectUsed(ring, 0, 0, bench.request(ring, 0, length), length);
              }
            })
        .add(
            "VQ-SPLIT-18",
            Strength.DEFINED,
            "2.7.6",
            "Only the driver writes the available ring.",
            "Who writes near the available ring.",
            bench -> {
              Ring ring = bench.live();
              long unused = bench.post(ring, 0, 64);
              ring.publish();
              byte[] before = ring.availBytes();
              bench.kick();
              bench.expectIndex(ring, 1);
              expectSame("the available ring", before, ring.availBytes());
            })
        .add(
            "VQ-SPLIT-19",
            Strength.DEFINED,
            "2.7.8",
            "Each buffer comes back exactly once.",
            "Buffers handed back twice, or forgotten, when several are there at a time.",
            bench -> {
              Ring ring = bench.live();
              Set<Integer> heads = new HashSet<>();
              for (int i = 0; i < ring.size; i++) {
                long unused = bench.post(ring, i, 16);
              }
              ring.publish();
              bench.kick();
              bench.expectIndex(ring, ring.size);
              for (int i = 0; i < ring.size; i++) {
                expect(heads.add(ring.usedId(i)), "head " + ring.usedId(i) + " came back twice");
              }
              expect("used.idx", ring.size, ring.usedIndex());
            });
  }

  private static Group legacy() {
    return new Group(Group.LEGACY)
        .add(
            "VQ-SPLIT-LEG-01",
            Strength.MUST,
            "2.7.2",
            "The parts lie one behind the other, the used ring on the next multiple of the"
                + " alignment.",
            "The formula of the legacy layout: the alignment is 4096 there, not 4095.",
            bench -> {
              Ring ring = bench.live();
              for (int i = 0; i < ring.size + 1; i++) {
                int head = i & (ring.size - 1);
                bench.expectUsed(ring, i, head, bench.request(ring, head, 16), 16);
              }
            })
        .add(
            "VQ-SPLIT-LEG-02",
            Strength.MUST,
            "2.7.3",
            "Fields of a legacy ring have the guest's byte order: little-endian for these guests.",
            "Byte order of accesses to guest memory.",
            bench -> {
              Ring ring = bench.live();
              long unused = bench.request(ring, 0, 0x102);
              expect("second byte of the used length", 1, ring.usedBytes()[9]);
            })
        .add(
            "VQ-SPLIT-LEG-05",
            Strength.DEFINED,
            "2.7.4.3",
            "An entropy device has no framing rules of its own, for legacy drivers either.",
            "Code that looks at the first descriptor alone.",
            bench -> {
              Ring ring = bench.live();
              chain(bench, ring, 3);
              expectFilled(bench, ring, 3);
            });
  }
}
