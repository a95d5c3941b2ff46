package io.virtentropy.virtio.device;

import io.virtentropy.virtio.queue.SplitRingLayout;
import io.virtentropy.virtio.state.SavedForm;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * What a device knows, apart from guest memory: plain values, for a transport to save as bytes.
 * Holds no entropy.
 *
 * @param driverFeatures the features as the driver wrote them
 * @param featuresFrozen whether FEATURES_OK was granted
 * @param legacyDriver whether a legacy driver is in force
 * @param broken whether the driver broke its ring, and has not reset the device since
 * @param status the status byte
 * @param queueEnabled whether the request queue is in service
 * @param queueSize its size, a power of 2
 * @param descriptorTable guest-physical address of the descriptor table
 * @param availRing guest-physical address of the available ring
 * @param usedRing guest-physical address of the used ring
 * @param nextAvail the next entry of the available ring to take, 16 bit
 * @param nextUsed the next entry of the used ring to write, 16 bit
 * @param limiterState what the limiter saved of itself
 */
@SuppressWarnings("ArrayRecordComponent") // a value to be saved; nobody compares two of them
public record DeviceState(
    long driverFeatures,
    boolean featuresFrozen,
    boolean legacyDriver,
    boolean broken,
    int status,
    boolean queueEnabled,
    int queueSize,
    long descriptorTable,
    long availRing,
    long usedRing,
    int nextAvail,
    int nextUsed,
    byte[] limiterState) {

  /*
   * The saved form, version 1. Little-endian.
   *
   *    0  8 bytes  "VERNGDV" and the version
   *    8  le64     driver features
   *   16  u8       flags: features frozen, legacy driver, broken, queue enabled; status, 0, 0
   *   20  le32     queue size
   *   24  le64     descriptor table, available ring, used ring
   *   48  le16     next available index, next used index
   *   52  le32     length of the limiter's state, which follows to the end
   */
  private static final long MAGIC_VERSION_1 = 0x01_5644_474e_5245_56L;
  private static final int FIXED_BYTES = 56;
  private static final int FROZEN = 1;
  private static final int LEGACY = 2;
  private static final int BROKEN = 4;
  private static final int ENABLED = 8;

  /**
   * Checks the ranges.
   *
   * @param driverFeatures the features as the driver wrote them
   * @param featuresFrozen whether FEATURES_OK was granted
   * @param legacyDriver whether a legacy driver is in force
   * @param broken whether the driver broke its ring, and has not reset the device since
   * @param status the status byte
   * @param queueEnabled whether the request queue is in service
   * @param queueSize its size, a power of 2
   * @param descriptorTable guest-physical address of the descriptor table
   * @param availRing guest-physical address of the available ring
   * @param usedRing guest-physical address of the used ring
   * @param nextAvail the next entry of the available ring to take, 16 bit
   * @param nextUsed the next entry of the used ring to write, 16 bit
   * @param limiterState what the limiter saved of itself
   * @throws IllegalArgumentException if a value is out of its range
   */
  public DeviceState {
    SavedForm.range("status", status, 0, 0xff);
    SavedForm.range("next available index", nextAvail, 0, 0xffff);
    SavedForm.range("next used index", nextUsed, 0, 0xffff);
    if (!SplitRingLayout.isLegalSize(queueSize)) {
      throw new IllegalArgumentException(
          "saved queue size " + queueSize + "; a power of 2 from 1 to 32768 is accepted");
    }
    Objects.requireNonNull(limiterState, "limiterState");
  }

  byte[] toBytes() {
    int flags =
        (featuresFrozen ? FROZEN : 0)
            | (legacyDriver ? LEGACY : 0)
            | (broken ? BROKEN : 0)
            | (queueEnabled ? ENABLED : 0);
    return ByteBuffer.allocate(FIXED_BYTES + limiterState.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(MAGIC_VERSION_1)
        .putLong(driverFeatures)
        .put((byte) flags)
        .put((byte) status)
        .putShort((short) 0)
        .putInt(queueSize)
        .putLong(descriptorTable)
        .putLong(availRing)
        .putLong(usedRing)
        .putShort((short) nextAvail)
        .putShort((short) nextUsed)
        .putInt(limiterState.length)
        .put(limiterState)
        .array();
  }

  /** Reads what {@link #toBytes} wrote, or anything; IllegalArgumentException if it is not that. */
  static DeviceState parse(byte[] saved) {
    return SavedForm.read(
        saved, "device", MAGIC_VERSION_1, FIXED_BYTES + " and the limiter's", DeviceState::read);
  }

  private static DeviceState read(ByteBuffer in) {
    long driverFeatures = in.getLong();
    int flags = in.get() & 0xff;
    SavedForm.range("flags", flags, 0, FROZEN | LEGACY | BROKEN | ENABLED);
    if ((flags & (FROZEN | LEGACY)) == (FROZEN | LEGACY)) {
      throw new IllegalArgumentException("the saved driver is both legacy and modern");
    }
    int status = in.get() & 0xff;
    in.getShort();
    int queueSize = in.getInt();
    long descriptorTable = in.getLong();
    long availRing = in.getLong();
    long usedRing = in.getLong();
    int nextAvail = in.getShort() & 0xffff;
    int nextUsed = in.getShort() & 0xffff;
    byte[] limiter = SavedForm.last(in, "limiter");
    return new DeviceState(
        driverFeatures,
        (flags & FROZEN) != 0,
        (flags & LEGACY) != 0,
        (flags & BROKEN) != 0,
        status,
        (flags & ENABLED) != 0,
        queueSize,
        descriptorTable,
        availRing,
        usedRing,
        nextAvail,
        nextUsed,
        limiter);
  }
}
