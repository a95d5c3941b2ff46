package io.virtentropy.conformance.spec;

import io.virtentropy.conformance.dut.MachineUnderTest;
import io.virtentropy.virtio.queue.SplitRingLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A split ring in guest memory, written and read as raw as a broken driver would. */
final class Ring {
  private static final int INDEX_MASK = 0xffff;

  private final MachineUnderTest machine;
  final int size;
  final long table;
  final long avail;
  final long used;

  /** How many entries were put on the available ring, published or not. */
  int posted;

  private Ring(MachineUnderTest machine, int size, long table, long avail, long used) {
    this.machine = machine;
    this.size = size;
    this.table = table;
    this.avail = avail;
    this.used = used;
    machine.memoryFill(table, 16 * size, 0);
    machine.memoryFill(avail, 6 + 2 * size, 0);
    machine.memoryFill(used, 6 + 8 * size, 0);
  }

  /** Parts as close together as their alignment allows. */
  static Ring dense(MachineUnderTest machine, long base, int size) {
    long avail = base + 16L * size;
    long used = avail + 6 + 2L * size + 3 & ~3L;
    return new Ring(machine, size, base, avail, used);
  }

  /** The layout of legacy drivers (virtio 1.3 §2.7.2). */
  static Ring legacy(MachineUnderTest machine, long base, int size, int align) {
    return new Ring(
        machine, size, base, base + 16L * size, SplitRingLayout.legacyUsedRing(base, size, align));
  }

  /** Tells the driver's counter that the ring begins elsewhere. */
  void startOver() {
    posted = 0;
  }

  void descriptor(int index, long address, int length, int flags, int next) {
    descriptorAt(table + 16L * index, address, length, flags, next);
  }

  void descriptorAt(long at, long address, int length, int flags, int next) {
    ByteBuffer bytes = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(address).putInt(length).putShort((short) flags).putShort((short) next);
    machine.memoryWrite(at, bytes.array());
  }

  /** Puts a head on the ring, not yet visible. */
  void offer(int head) {
    putShort(avail + 4 + 2L * (posted & (size - 1)), head);
    posted++;
  }

  void publish() {
    availIndex(posted);
  }

  void availIndex(int index) {
    putShort(avail + 2, index);
  }

  void availFlags(int flags) {
    putShort(avail, flags);
  }

  void usedEvent(int index) {
    putShort(avail + 4 + 2L * size, index);
  }

  int usedFlags() {
    return getShort(used);
  }

  int usedIndex() {
    return getShort(used + 2);
  }

  int usedId(int position) {
    return (int) getInt(used + 4 + 8L * (position & (size - 1)));
  }

  /** An unsigned 32-bit number. */
  long usedLength(int position) {
    return getInt(used + 8 + 8L * (position & (size - 1)));
  }

  int availEvent() {
    return getShort(used + 4 + 8L * size);
  }

  byte[] tableBytes() {
    return machine.memoryRead(table, 16 * size);
  }

  byte[] availBytes() {
    return machine.memoryRead(avail, 6 + 2 * size);
  }

  byte[] usedBytes() {
    return machine.memoryRead(used, 6 + 8 * size);
  }

  private void putShort(long address, int value) {
    machine.memoryWrite(address, new byte[] {(byte) value, (byte) (value >>> 8)});
  }

  private int getShort(long address) {
    byte[] b = machine.memoryRead(address, 2);
    return ((b[0] & 0xff) | ((b[1] & 0xff) << 8)) & INDEX_MASK;
  }

  private long getInt(long address) {
    return ByteBuffer.wrap(machine.memoryRead(address, 4)).order(ByteOrder.LITTLE_ENDIAN).getInt()
        & 0xffff_ffffL;
  }
}
