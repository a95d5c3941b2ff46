package io.virtentropy.virtio.transport.mmio;

import io.virtentropy.virtio.device.DeviceState;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The saved form of a device behind MMIO registers, version 1. Little-endian.
 *
 * <pre>
 *    0  8 bytes  "VERNGMM" and the version
 *    8  le32     DeviceFeaturesSel, DriverFeaturesSel, QueueSel, InterruptStatus
 *   24  le64     descriptor table, available ring, used ring as the registers hold them
 *   48  le64     driver features
 *   56  u8       1 if the features are frozen, status, 1 if the queue is enabled, 0
 *   60  le32     queue size
 *   64  le64     descriptor table, available ring, used ring of the queue in service
 *   88  le16     next available index, next used index
 *   92  le32     length of the limiter's state, which follows to the end
 * </pre>
 */
record MmioState(
    int deviceFeaturesSelect,
    int driverFeaturesSelect,
    int queueSelect,
    long descriptorTable,
    long availRing,
    long usedRing,
    int interruptStatus,
    DeviceState device) {

  private static final long MAGIC_VERSION_1 = 0x01_4d4d_474e_5245_56L;
  private static final int FIXED_BYTES = 96;
  private static final int INTERRUPT_BITS = MmioLayout.INTERRUPT_USED | MmioLayout.INTERRUPT_CONFIG;

  static byte[] write(MmioState state) {
    DeviceState device = state.device();
    byte[] limiter = device.limiterState();
    ByteBuffer out =
        ByteBuffer.allocate(FIXED_BYTES + limiter.length).order(ByteOrder.LITTLE_ENDIAN);
    out.putLong(MAGIC_VERSION_1);
    out.putInt(state.deviceFeaturesSelect());
    out.putInt(state.driverFeaturesSelect());
    out.putInt(state.queueSelect());
    out.putInt(state.interruptStatus());
    out.putLong(state.descriptorTable());
    out.putLong(state.availRing());
    out.putLong(state.usedRing());
    out.putLong(device.driverFeatures());
    out.put((byte) (device.featuresFrozen() ? 1 : 0));
    out.put((byte) device.status());
    out.put((byte) (device.queueEnabled() ? 1 : 0));
    out.put((byte) 0);
    out.putInt(device.queueSize());
    out.putLong(device.descriptorTable());
    out.putLong(device.availRing());
    out.putLong(device.usedRing());
    out.putShort((short) device.nextAvail());
    out.putShort((short) device.nextUsed());
    out.putInt(limiter.length);
    out.put(limiter);
    return out.array();
  }

  static MmioState read(byte[] saved) {
    ByteBuffer in = ByteBuffer.wrap(saved).order(ByteOrder.LITTLE_ENDIAN);
    try {
      return read(in);
    } catch (BufferUnderflowException e) {
      throw new IllegalArgumentException(
          "the saved state ends after "
              + saved.length
              + " bytes; "
              + FIXED_BYTES
              + " and the limiter's are needed",
          e);
    }
  }

  private static MmioState read(ByteBuffer in) {
    long magic = in.getLong();
    if (magic != MAGIC_VERSION_1) {
      throw new IllegalArgumentException(
          "not a saved MMIO entropy device of version 1: it begins with 0x"
              + Long.toHexString(magic));
    }
    int deviceFeaturesSelect = in.getInt();
    int driverFeaturesSelect = in.getInt();
    int queueSelect = in.getInt();
    int interruptStatus = in.getInt();
    if ((interruptStatus & ~INTERRUPT_BITS) != 0) {
      throw new IllegalArgumentException(
          "saved interrupt status "
              + interruptStatus
              + "; 0 to "
              + INTERRUPT_BITS
              + " is accepted");
    }
    long descriptorTable = in.getLong();
    long availRing = in.getLong();
    long usedRing = in.getLong();
    long driverFeatures = in.getLong();
    boolean featuresFrozen = flag("features frozen", in.get());
    int status = in.get() & 0xff;
    boolean queueEnabled = flag("queue enabled", in.get());
    in.get();
    int queueSize = in.getInt();
    long queueTable = in.getLong();
    long queueAvail = in.getLong();
    long queueUsed = in.getLong();
    int nextAvail = in.getShort() & 0xffff;
    int nextUsed = in.getShort() & 0xffff;
    int limiterBytes = in.getInt();
    if (limiterBytes != in.remaining()) {
      throw new IllegalArgumentException(
          "the saved limiter is said to take "
              + limiterBytes
              + " bytes, but "
              + in.remaining()
              + " follow");
    }
    byte[] limiter = new byte[limiterBytes];
    in.get(limiter);
    return new MmioState(
        deviceFeaturesSelect,
        driverFeaturesSelect,
        queueSelect,
        descriptorTable,
        availRing,
        usedRing,
        interruptStatus,
        new DeviceState(
            driverFeatures,
            featuresFrozen,
            status,
            queueEnabled,
            queueSize,
            queueTable,
            queueAvail,
            queueUsed,
            nextAvail,
            nextUsed,
            limiter));
  }

  private static boolean flag(String what, byte value) {
    if (value != 0 && value != 1) {
      throw new IllegalArgumentException("saved " + what + " " + value + "; 0 or 1 is accepted");
    }
    return value == 1;
  }
}
