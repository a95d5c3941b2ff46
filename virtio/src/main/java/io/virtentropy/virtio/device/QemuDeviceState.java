package io.virtentropy.virtio.device;

import io.virtentropy.virtio.state.SavedForm;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The saved form of {@link QemuRngDevice}, version 1. Little-endian. Holds no entropy.
 *
 * <pre>
 *    0  8 bytes  "VERNGQM" and the version
 *    8  le64     features in force; le32 registers of accepted features, low and high
 *   24  u8       status, flags: broken, disabled, signalled index valid; le16 0
 *   28  le32     queue size
 *   32  le64     descriptor table, available ring, used ring
 *   56  le16     last and seen available index, used index, signalled index
 *   64  le32     length of the quota's state, which follows to the end
 * </pre>
 */
@SuppressWarnings("ArrayRecordComponent") // passed on and never compared
record QemuDeviceState(
    long features,
    int lowRegister,
    int highRegister,
    int status,
    int flags,
    int queueSize,
    long table,
    long avail,
    long used,
    int lastAvail,
    int seenAvail,
    int usedIdx,
    int signalledUsed,
    byte[] quota) {

  static final int BROKEN = 1;
  static final int DISABLED = 2;
  static final int SIGNALLED_VALID = 4;

  private static final long MAGIC_VERSION_1 = 0x01_4d51_474e_5245_56L;
  private static final int FIXED_BYTES = 68;

  byte[] toBytes() {
    return ByteBuffer.allocate(FIXED_BYTES + quota.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(MAGIC_VERSION_1)
        .putLong(features)
        .putInt(lowRegister)
        .putInt(highRegister)
        .put((byte) status)
        .put((byte) flags)
        .putShort((short) 0)
        .putInt(queueSize)
        .putLong(table)
        .putLong(avail)
        .putLong(used)
        .putShort((short) lastAvail)
        .putShort((short) seenAvail)
        .putShort((short) usedIdx)
        .putShort((short) signalledUsed)
        .putInt(quota.length)
        .put(quota)
        .array();
  }

  static QemuDeviceState parse(byte[] saved) {
    return SavedForm.read(
        saved,
        "device like QEMU's",
        MAGIC_VERSION_1,
        FIXED_BYTES + " and the quota's",
        QemuDeviceState::read);
  }

  private static QemuDeviceState read(ByteBuffer in) {
    long features = in.getLong();
    int lowRegister = in.getInt();
    int highRegister = in.getInt();
    int status = in.get() & 0xff;
    int flags = in.get() & 0xff;
    in.getShort();
    int queueSize = in.getInt();
    SavedForm.range("flags", flags, 0, BROKEN | DISABLED | SIGNALLED_VALID);
    SavedForm.range("queue size", queueSize, 1, QemuRing.MAX_SIZE);
    long table = in.getLong();
    long avail = in.getLong();
    long used = in.getLong();
    int lastAvail = in.getShort() & 0xffff;
    int seenAvail = in.getShort() & 0xffff;
    int usedIdx = in.getShort() & 0xffff;
    int signalledUsed = in.getShort() & 0xffff;
    byte[] quota = SavedForm.last(in, "quota");
    return new QemuDeviceState(
        features,
        lowRegister,
        highRegister,
        status,
        flags,
        queueSize,
        table,
        avail,
        used,
        lastAvail,
        seenAvail,
        usedIdx,
        signalledUsed,
        quota);
  }
}
