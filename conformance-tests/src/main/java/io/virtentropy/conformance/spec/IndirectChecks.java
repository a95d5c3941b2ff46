package io.virtentropy.conformance.spec;

import static io.virtentropy.conformance.spec.Bench.expect;
import static io.virtentropy.conformance.spec.Bench.expectSame;
import static io.virtentropy.virtio.device.DeviceStatus.DEVICE_NEEDS_RESET;
import static io.virtentropy.virtio.device.VirtioFeature.INDIRECT_DESC;
import static io.virtentropy.virtio.queue.SplitRingLayout.INDIRECT;
import static io.virtentropy.virtio.queue.SplitRingLayout.NEXT;
import static io.virtentropy.virtio.queue.SplitRingLayout.WRITE;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** Indirect descriptors (virtio 1.3 §2.7.5.3). */
final class IndirectChecks {
  private static final int ENTRY = 16;
  private static final int PIECE = 20;

  private IndirectChecks() {}

  static List<Check> all() {
    return new Group(Group.ALL)
        .add(
            "VQ-IND-01",
            Strength.MUST,
            "2.7.5.3.2",
            "Ignore WRITE on the descriptor that points to the table.",
            "Is INDIRECT looked at before WRITE?",
            bench -> {
              Ring ring = live(bench);
              table(bench, 3);
              served(bench, ring, INDIRECT | WRITE, 3);
            })
        .add(
            "VQ-IND-02",
            Strength.MUST,
            "2.7.5.3.2",
            "Handle direct descriptors followed by one that points to a table.",
            "Is INDIRECT looked at in every descriptor of a chain, or in the first alone?",
            bench -> {
              Ring ring = live(bench);
              table(bench, 3);
              byte[] before = tableBytes(bench, 3);
              ring.descriptor(0, bench.paint(3), PIECE, WRITE | NEXT, 1);
              ring.descriptor(1, bench.paint(4), PIECE, WRITE | NEXT, 2);
              ring.descriptor(2, bench.indirectTable(), 3 * ENTRY, INDIRECT, 0);
              ring.offer(0);
              ring.publish();
              bench.kick();
              expectSame("the indirect table", before, tableBytes(bench, 3));
              bench.expectIndex(ring, 1);
              expect("used length", 5L * PIECE, ring.usedLength(0));
              for (int i = 0; i < 5; i++) {
                expect("bytes in piece " + i, PIECE, bench.written(bench.buffer(i), 64));
              }
            })
        .add(
            "VQ-IND-03",
            Strength.DEFINED,
            "2.7.5.3",
            "The walk begins at entry 0 of the table and follows next inside it.",
            "Tables read from begin to end.",
            bench -> {
              Ring ring = live(bench);
              long table = bench.indirectTable();
              ring.descriptorAt(table, bench.paint(0), PIECE, WRITE | NEXT, 2);
              ring.descriptorAt(table + ENTRY, bench.paint(1), PIECE, WRITE, 0);
              ring.descriptorAt(table + 2 * ENTRY, bench.paint(2), PIECE, WRITE, 0);
              ring.descriptor(0, table, 3 * ENTRY, INDIRECT, 0);
              ring.offer(0);
              ring.publish();
              bench.kick();
              bench.expectIndex(ring, 1);
              expect("used length", 2L * PIECE, ring.usedLength(0));
              bench.expectPainted(bench.buffer(1), PIECE, "an entry that is not in the chain");
            })
        .add(
            "VQ-IND-04",
            Strength.DEFINED,
            "2.7.5.3",
            "A table may hold readable and writable entries.",
            "The flags of entries.",
            bench -> {
              Ring ring = live(bench);
              long table = bench.indirectTable();
              ring.descriptorAt(table, bench.paint(0), PIECE, NEXT, 1);
              ring.descriptorAt(table + ENTRY, bench.paint(1), PIECE, WRITE, 0);
              ring.descriptor(0, table, 2 * ENTRY, INDIRECT, 0);
              ring.offer(0);
              ring.publish();
              bench.kick();
              bench.expectIndex(ring, 1);
              expect("used length", PIECE, ring.usedLength(0));
              bench.expectPainted(bench.buffer(0), PIECE, "the readable entry");
            })
        .add(
            "VQ-IND-05",
            Strength.DRIVER,
            "2.7.5.3.1",
            "Without INDIRECT_DESC a table is not followed.",
            "Does the walk know what was negotiated?",
            bench -> {
              bench.need(INDIRECT_DESC, "INDIRECT_DESC");
              Ring ring = bench.live();
              table(bench, 2);
              ring.descriptor(0, bench.indirectTable(), 2 * ENTRY, INDIRECT, 0);
              ring.offer(0);
              ring.publish();
              bench.kick();
              bench.expectPainted(bench.buffer(0), PIECE, "a buffer behind the table");
              bench.expectLifeAfterReset();
            })
        .add(
            "VQ-IND-06",
            Strength.DRIVER,
            "2.7.5.3.1",
            "A table inside a table is an error; neither is written.",
            "The flags of entries.",
            bench -> {
              Ring ring = live(bench);
              long outer = bench.indirectTable();
              long inner = outer + 0x100;
              ring.descriptorAt(outer, inner, ENTRY, INDIRECT | WRITE, 0);
              ring.descriptorAt(inner, bench.paint(0), PIECE, WRITE, 0);
              byte[] before = bench.machine.memoryRead(inner, ENTRY);
              ring.descriptor(0, outer, ENTRY, INDIRECT, 0);
              ring.offer(0);
              ring.publish();
              bench.kick();
              expectSame("the inner table", before, bench.machine.memoryRead(inner, ENTRY));
              bench.expectPainted(bench.buffer(0), PIECE, "the buffer of the inner table");
              bench.expectLifeAfterReset();
            })
        .add(
            "VQ-IND-07",
            Strength.DRIVER,
            "2.7.5.3.1",
            "INDIRECT together with NEXT is an error, or NEXT is ignored.",
            "The end of the chain behind a table.",
            bench -> {
              Ring ring = live(bench);
              table(bench, 2);
              ring.descriptor(0, bench.indirectTable(), 2 * ENTRY, INDIRECT | NEXT, 1);
              ring.descriptor(1, bench.paint(5), PIECE, WRITE, 0);
              ring.offer(0);
              ring.publish();
              bench.kick();
              bench.expectPainted(bench.buffer(5), PIECE, "the descriptor behind the table");
              bench.expectLifeAfterReset();
            })
        .add(
            "VQ-IND-08",
            Strength.DRIVER,
            "2.7.5.3.1",
            "A table of as many entries as the queue has works.",
            "The bound of the walk.",
            bench -> {
              Ring ring = live(bench);
              table(bench, ring.size);
              served(bench, ring, INDIRECT, ring.size);
            })
        .add(
            "VQ-IND-09",
            Strength.DRIVER,
            "2.7.5.3",
            "A table of no or of broken length, and one whose next leads out of it, is an error.",
            "The checks on the length of a table and on next.",
            bench -> {
              for (int length : new int[] {0, ENTRY + 1}) {
                Ring ring = live(bench);
                table(bench, 2);
                badTable(bench, ring, length);
              }
              Ring ring = live(bench);
              ring.descriptorAt(bench.indirectTable(), bench.paint(0), PIECE, WRITE | NEXT, 2);
              badTable(bench, ring, 2 * ENTRY);
              bench.expectLifeAfterReset();
            })
        .add(
            "VQ-IND-11",
            Strength.DEFINED,
            "2.7.8",
            "The used element holds the head in the ring, not an index in the table.",
            "What the id is taken from.",
            bench -> {
              Ring ring = live(bench);
              int head = ring.size - 1;
              table(bench, 2);
              ring.descriptor(head, bench.indirectTable(), 2 * ENTRY, INDIRECT, 0);
              ring.offer(head);
              ring.publish();
              bench.kick();
              bench.expectIndex(ring, 1);
              expect("id", head, ring.usedId(0));
            })
        .add(
            "VQ-IND-12",
            Strength.DEFINED,
            "2.7.5.1",
            "The device never writes a table.",
            "Who writes where the table is.",
            bench -> {
              Ring ring = live(bench);
              table(bench, 3);
              byte[] before = tableBytes(bench, 3);
              served(bench, ring, INDIRECT, 3);
              expectSame("the indirect table", before, tableBytes(bench, 3));
            })
        .checks();
  }

  private static Ring live(Bench bench) {
    bench.need(INDIRECT_DESC, "INDIRECT_DESC");
    return bench.live(INDIRECT_DESC);
  }

  /** Writes a table of writable entries of 20 bytes, for buffers 0, 1, …, one after the other. */
  private static void table(Bench bench, int entries) {
    for (int i = 0; i < entries; i++) {
      boolean last = i == entries - 1;
      writeEntry(bench, i, bench.paint(i), WRITE | (last ? 0 : NEXT), last ? 0 : i + 1);
    }
  }

  private static void writeEntry(Bench bench, int index, long address, int flags, int next) {
    ByteBuffer bytes = ByteBuffer.allocate(ENTRY).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(address).putInt(PIECE).putShort((short) flags).putShort((short) next);
    bench.machine.memoryWrite(bench.indirectTable() + (long) ENTRY * index, bytes.array());
  }

  private static byte[] tableBytes(Bench bench, int entries) {
    return bench.machine.memoryRead(bench.indirectTable(), ENTRY * entries);
  }

  private static void served(Bench bench, Ring ring, int flags, int entries) {
    byte[] before = tableBytes(bench, entries);
    ring.descriptor(0, bench.indirectTable(), ENTRY * entries, flags, 0);
    ring.offer(0);
    ring.publish();
    bench.kick();
    expectSame("the indirect table", before, tableBytes(bench, entries));
    bench.expectIndex(ring, 1);
    expect("id", 0, ring.usedId(0));
    expect("used length", (long) PIECE * entries, ring.usedLength(0));
    for (int i = 0; i < entries; i++) {
      expect("bytes in piece " + i, PIECE, bench.written(bench.buffer(i), 64));
    }
  }

  private static void badTable(Bench bench, Ring ring, int length) {
    ring.descriptor(0, bench.indirectTable(), length, INDIRECT, 0);
    ring.offer(0);
    ring.publish();
    bench.kick();
    bench.expectNothing(ring, "after a table of " + length + " bytes");
    if (bench.via.isModern()) {
      expect(
          (bench.registers.status() & DEVICE_NEEDS_RESET) != 0,
          "no DEVICE_NEEDS_RESET after a table of " + length + " bytes");
    }
  }
}
