package io.virtentropy.virtio.transport.pci;

import static io.virtentropy.virtio.transport.pci.PciConfigLayout.BAR_0;
import static io.virtentropy.virtio.transport.pci.PciConfigLayout.COMMAND;
import static io.virtentropy.virtio.transport.pci.PciConfigLayout.COMMAND_IO;
import static io.virtentropy.virtio.transport.pci.PciConfigLayout.COMMAND_MEMORY;
import static io.virtentropy.virtio.transport.pci.PciConfigLayout.VIRTIO_CAP_BAR;
import static io.virtentropy.virtio.transport.pci.PciConfigLayout.VIRTIO_CAP_EXTRA;
import static io.virtentropy.virtio.transport.pci.PciConfigLayout.VIRTIO_CAP_LENGTH;
import static io.virtentropy.virtio.transport.pci.PciConfigLayout.VIRTIO_CAP_OFFSET;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The bytes of a function's configuration space, which of their bits a driver can change, and what
 * they say. Has no side effects of its own.
 */
final class ConfigSpace {
  private static final int NONE = 0;

  private final byte[] raw;
  private final ByteBuffer bytes;
  private final byte[] writable;
  private final long[] barSize = new long[PciConfigLayout.BARS];
  private final int[] barType = new int[PciConfigLayout.BARS];

  private int nextFree = PciConfigLayout.HEADER_END;
  private int express;
  private int power = NONE;
  private final boolean sleeps;
  private int access;
  private int msix;

  ConfigSpace(
      PciIdentity identity, boolean isExpress, boolean extendedTags, boolean sleeps, int vectors) {
    this.sleeps = sleeps;
    int length = isExpress ? PciConfigLayout.EXPRESS_BYTES : PciConfigLayout.CONVENTIONAL_BYTES;
    raw = new byte[length];
    bytes = ByteBuffer.wrap(raw).order(ByteOrder.LITTLE_ENDIAN);
    writable = new byte[length];
    // What no capability takes is plain memory, as in QEMU; except for the first word of the
    // extended space, which says that no extended capability follows.
    Arrays.fill(writable, PciConfigLayout.HEADER_END, length, (byte) 0xff);
    if (isExpress) {
      Arrays.fill(
          writable,
          PciConfigLayout.CONVENTIONAL_BYTES,
          PciConfigLayout.CONVENTIONAL_BYTES + Integer.BYTES,
          (byte) 0);
    }
    writeHeader(identity);
    if (identity.hasLegacy()) {
      addBar(PciConfigLayout.LEGACY_BAR, PciConfigLayout.BAR_IO, PciConfigLayout.LEGACY_BAR_BYTES);
    }
    if (vectors > 0) {
      addBar(PciConfigLayout.MSIX_BAR, PciConfigLayout.BAR_MEMORY, MsixTable.barBytes(vectors));
    }
    if (identity.hasModern()) {
      addBar(
          PciConfigLayout.MODERN_BAR,
          PciConfigLayout.BAR_MEMORY_64_PREFETCH,
          PciConfigLayout.MODERN_BAR_BYTES);
    }
    if (isExpress) {
      addExpress(extendedTags);
      addPower();
    }
    if (identity.hasModern()) {
      addStructures();
    }
    if (vectors > 0) {
      addMsix(vectors);
    }
  }

  // ---- building

  private void writeHeader(PciIdentity identity) {
    put16(PciConfigLayout.VENDOR_ID, PciConfigLayout.VIRTIO_VENDOR);
    put16(PciConfigLayout.DEVICE_ID, identity.deviceId());
    put8(PciConfigLayout.REVISION, identity.revision());
    put8(PciConfigLayout.CLASS_CODE, PciConfigLayout.OTHER_CLASS);
    put16(PciConfigLayout.CLASS_CODE + 1, PciConfigLayout.OTHER_CLASS >>> 8);
    put16(PciConfigLayout.SUBSYSTEM_VENDOR_ID, PciConfigLayout.VIRTIO_VENDOR);
    put16(PciConfigLayout.SUBSYSTEM_ID, identity.subsystemId());
    put8(PciConfigLayout.INTERRUPT_PIN, 1);
    setWritable(COMMAND, PciConfigLayout.COMMAND_WRITABLE, Short.BYTES);
    setWritable(PciConfigLayout.CACHE_LINE_SIZE, 0xff, 1);
    setWritable(PciConfigLayout.INTERRUPT_LINE, 0xff, 1);
  }

  private void addBar(int bar, int type, long size) {
    barSize[bar] = size;
    barType[bar] = type;
    bytes.putInt(BAR_0 + 4 * bar, type);
    boolean wide = type == PciConfigLayout.BAR_MEMORY_64_PREFETCH;
    setWritable(BAR_0 + 4 * bar, -size, wide ? Long.BYTES : Integer.BYTES);
  }

  /** Adds a capability in front of the list, as QEMU does; nothing in it is writable. */
  private int addCapability(int id, int length) {
    int at = nextFree;
    nextFree += length;
    Arrays.fill(writable, at, at + length, (byte) 0);
    put8(at, id);
    put8(at + PciConfigLayout.CAP_NEXT, bytes.get(PciConfigLayout.CAPABILITIES));
    put8(PciConfigLayout.CAPABILITIES, at);
    put16(PciConfigLayout.STATUS, PciConfigLayout.STATUS_CAPABILITIES);
    return at;
  }

  /** An endpoint of version 2 that can be reset, 2.5 GT/s, one lane. */
  private void addExpress(boolean extendedTags) {
    express = addCapability(PciConfigLayout.CAP_EXPRESS, PciConfigLayout.EXPRESS_CAP_BYTES);
    put16(express + 0x02, 0x0002);
    bytes.putInt(
        express + PciConfigLayout.EXPRESS_DEVICE_CAPS,
        0x1000_8000 | (extendedTags ? PciConfigLayout.EXPRESS_EXTENDED_TAG : 0));
    bytes.putInt(express + 0x0c, 0x0000_0411);
    put16(express + 0x12, 0x0011);
    bytes.putInt(express + 0x24, 0x0030_0000);
    setWritable(express + PciConfigLayout.EXPRESS_DEVICE_CONTROL, 0x000f, Short.BYTES);
    setWritable(express + 0x10, 0x00c0, Short.BYTES); // link control: common clock, extended sync
    setWritable(express + 0x28, 0x8000, Short.BYTES); // device control 2: prefix blocking
  }

  private void addPower() {
    power = addCapability(PciConfigLayout.CAP_POWER, PciConfigLayout.POWER_BYTES);
    put16(power + 0x02, 0x0003);
    setWritable(power + PciConfigLayout.POWER_CONTROL, PciConfigLayout.POWER_STATE, Short.BYTES);
  }

  private void addStructures() {
    addStructure(PciConfigLayout.TYPE_COMMON, PciConfigLayout.COMMON_OFFSET);
    addStructure(PciConfigLayout.TYPE_ISR, PciConfigLayout.ISR_OFFSET);
    addStructure(PciConfigLayout.TYPE_DEVICE, PciConfigLayout.DEVICE_OFFSET);
    int notify = addStructure(PciConfigLayout.TYPE_NOTIFY, PciConfigLayout.NOTIFY_OFFSET);
    bytes.putInt(notify + VIRTIO_CAP_EXTRA, PciConfigLayout.NOTIFY_MULTIPLIER);

    access = addCapability(PciConfigLayout.CAP_VENDOR, PciConfigLayout.VIRTIO_CAP_EXTRA_BYTES);
    put8(access + PciConfigLayout.VIRTIO_CAP_LEN, PciConfigLayout.VIRTIO_CAP_EXTRA_BYTES);
    put8(access + PciConfigLayout.VIRTIO_CAP_TYPE, PciConfigLayout.TYPE_ACCESS);
    setWritable(access + VIRTIO_CAP_BAR, 0xff, 1);
    setWritable(access + VIRTIO_CAP_OFFSET, -1L, Long.BYTES);
    setWritable(access + VIRTIO_CAP_EXTRA, -1L, Integer.BYTES);
  }

  private int addStructure(int type, int offset) {
    int length =
        type == PciConfigLayout.TYPE_NOTIFY
            ? PciConfigLayout.VIRTIO_CAP_EXTRA_BYTES
            : PciConfigLayout.VIRTIO_CAP_BYTES;
    int at = addCapability(PciConfigLayout.CAP_VENDOR, length);
    put8(at + PciConfigLayout.VIRTIO_CAP_LEN, length);
    put8(at + PciConfigLayout.VIRTIO_CAP_TYPE, type);
    put8(at + VIRTIO_CAP_BAR, PciConfigLayout.MODERN_BAR);
    bytes.putInt(at + VIRTIO_CAP_OFFSET, offset);
    bytes.putInt(at + VIRTIO_CAP_LENGTH, PciConfigLayout.STRUCTURE_BYTES);
    return at;
  }

  private void addMsix(int vectors) {
    msix = addCapability(PciConfigLayout.CAP_MSIX, PciConfigLayout.MSIX_BYTES);
    put16(msix + PciConfigLayout.MSIX_CONTROL, vectors - 1);
    bytes.putInt(msix + PciConfigLayout.MSIX_TABLE, PciConfigLayout.MSIX_BAR);
    bytes.putInt(
        msix + PciConfigLayout.MSIX_PENDING,
        MsixTable.pendingOffset(vectors) | PciConfigLayout.MSIX_BAR);
    setWritable(
        msix + PciConfigLayout.MSIX_CONTROL,
        PciConfigLayout.MSIX_ENABLE | PciConfigLayout.MSIX_FUNCTION_MASK,
        Short.BYTES);
  }

  private void setWritable(int at, long mask, int length) {
    for (int i = 0; i < length; i++) {
      writable[at + i] = (byte) (mask >>> (8 * i));
    }
  }

  private void put8(int at, int value) {
    bytes.put(at, (byte) value);
  }

  private void put16(int at, int value) {
    bytes.putShort(at, (short) value);
  }

  // ---- access

  int length() {
    return writable.length;
  }

  /** Reads up to 8 bytes; those behind the end are all ones, as where no function answers. */
  long read(long offset, int size) {
    long value = 0;
    for (int i = 0; i < size; i++) {
      long at = offset + i;
      long one = at >= 0 && at < writable.length ? bytes.get((int) at) & 0xff : 0xff;
      value |= one << (8 * i);
    }
    return value;
  }

  /** Writes what can be written of up to 8 bytes. */
  void write(long offset, long value, int size) {
    int before = powerState();
    for (int i = 0; i < size; i++) {
      long at = offset + i;
      if (at >= 0 && at < writable.length) {
        int mask = writable[(int) at];
        int written = (int) (value >>> (8 * i));
        put8((int) at, (bytes.get((int) at) & ~mask) | (written & mask));
      }
    }
    int after = powerState();
    if (sleeps && after != 0 && after != PciConfigLayout.D3_HOT) {
      // PCI PM 1.2 §3.2.4: a write of a state that the function doesn't have is discarded.
      setPowerState(before);
    }
  }

  private int powerState() {
    return power == NONE
        ? 0
        : bytes.get(power + PciConfigLayout.POWER_CONTROL) & PciConfigLayout.POWER_STATE;
  }

  private void setPowerState(int state) {
    int at = power + PciConfigLayout.POWER_CONTROL;
    put8(at, (bytes.get(at) & ~PciConfigLayout.POWER_STATE) | state);
  }

  boolean commandHas(int bit) {
    return (bytes.getShort(COMMAND) & bit) != 0;
  }

  void setBusMaster() {
    put16(COMMAND, bytes.getShort(COMMAND) | PciConfigLayout.COMMAND_MASTER);
  }

  void showInterrupt(boolean pending) {
    int status = bytes.getShort(PciConfigLayout.STATUS) & ~PciConfigLayout.STATUS_INTERRUPT;
    put16(PciConfigLayout.STATUS, status | (pending ? PciConfigLayout.STATUS_INTERRUPT : 0));
  }

  long barSize(int bar) {
    return barSize[bar];
  }

  /** Where a BAR is decoded; -1 if it isn't. */
  long barAddress(int bar) {
    long size = barSize[bar];
    boolean io = barType[bar] == PciConfigLayout.BAR_IO;
    if (size == 0 || !commandHas(io ? COMMAND_IO : COMMAND_MEMORY) || isAsleep()) {
      return -1;
    }
    int register = BAR_0 + 4 * bar;
    boolean wide = barType[bar] == PciConfigLayout.BAR_MEMORY_64_PREFETCH;
    long address = (wide ? bytes.getLong(register) : bytes.getInt(register) & 0xffff_ffffL) & -size;
    long last = address + size - 1;
    boolean fits =
        wide
            ? Long.compareUnsigned(last, address) > 0 && last != -1
            : last < 0xffff_ffffL; // all ones while the BAR is being sized
    return address != 0 && fits ? address : -1;
  }

  /** Whether the driver has put the function into a state in which it decodes no BAR. */
  private boolean isAsleep() {
    return sleeps && powerState() != 0;
  }

  boolean hasMsix() {
    return msix != NONE;
  }

  /** Whether an access touches the byte that enables and masks MSI-X. */
  boolean coversMsixControl(long offset, int size) {
    return hasMsix() && covers(offset, size, msix + PciConfigLayout.MSIX_CONTROL + 1, 1);
  }

  /** Whether an access touches the registers that every function has. */
  boolean coversHeader(long offset) {
    return offset < PciConfigLayout.HEADER_END;
  }

  boolean coversCommand(long offset, int size) {
    return covers(offset, size, COMMAND, 1);
  }

  int msixControl() {
    return hasMsix() ? bytes.getShort(msix + PciConfigLayout.MSIX_CONTROL) & 0xffff : 0;
  }

  /** Whether a write asks for a reset of the function. */
  boolean asksForReset(long offset, long value, int size) {
    int at = express + PciConfigLayout.EXPRESS_DEVICE_CONTROL + 1;
    return express != NONE
        && covers(offset, size, at, 1)
        && (value >>> (8 * (at - offset)) & PciConfigLayout.EXPRESS_FUNCTION_RESET >>> 8) != 0;
  }

  /** Whether an access touches the data of the access capability. */
  boolean coversAccessData(long offset, int size) {
    return access != NONE && covers(offset, size, access + VIRTIO_CAP_EXTRA, Integer.BYTES);
  }

  int accessBar() {
    return bytes.get(access + VIRTIO_CAP_BAR) & 0xff;
  }

  int accessOffset() {
    return bytes.getInt(access + VIRTIO_CAP_OFFSET);
  }

  int accessLength() {
    return bytes.getInt(access + VIRTIO_CAP_LENGTH);
  }

  int accessData() {
    return bytes.getInt(access + VIRTIO_CAP_EXTRA);
  }

  void setAccessData(int value) {
    bytes.putInt(access + VIRTIO_CAP_EXTRA, value);
  }

  private static boolean covers(long offset, int size, int at, int length) {
    return offset < at + length && at < offset + size;
  }

  /** What a reset of the bus clears: what the firmware and the driver chose, in the header. */
  void reset() {
    put16(COMMAND, 0);
    showInterrupt(false);
    put8(PciConfigLayout.CACHE_LINE_SIZE, 0);
    put8(PciConfigLayout.INTERRUPT_LINE, 0);
    for (int bar = 0; bar < barSize.length; bar++) {
      if (barSize[bar] != 0) {
        bytes.putInt(BAR_0 + 4 * bar, barType[bar]);
        if (barType[bar] == PciConfigLayout.BAR_MEMORY_64_PREFETCH) {
          bytes.putInt(BAR_0 + 4 * bar + Integer.BYTES, 0);
        }
      }
    }
    if (hasMsix()) {
      int keep = ~(PciConfigLayout.MSIX_ENABLE | PciConfigLayout.MSIX_FUNCTION_MASK);
      put16(msix + PciConfigLayout.MSIX_CONTROL, msixControl() & keep);
    }
    if (express != NONE) {
      put16(express + PciConfigLayout.EXPRESS_DEVICE_CONTROL, 0);
      put16(express + 0x10, 0);
      put16(power + PciConfigLayout.POWER_CONTROL, 0);
    }
  }

  // ---- saving

  byte[] save() {
    return raw.clone();
  }

  /** Says what keeps a saved space from being this function's; null if nothing does. */
  String whyNot(byte[] saved) {
    if (saved.length != writable.length) {
      return "has " + saved.length + " bytes, not " + writable.length;
    }
    for (int at = 0; at < saved.length; at++) {
      int fixed = ~writable[at];
      if (at == PciConfigLayout.STATUS) {
        fixed &= ~PciConfigLayout.STATUS_INTERRUPT;
      }
      if (((saved[at] ^ bytes.get(at)) & fixed & 0xff) != 0) {
        return "differs at 0x" + Integer.toHexString(at) + ", where a driver can't write";
      }
    }
    return null;
  }

  void restore(byte[] saved) {
    bytes.put(0, saved);
  }
}
