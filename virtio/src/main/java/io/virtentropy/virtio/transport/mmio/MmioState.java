package io.virtentropy.virtio.transport.mmio;

import io.virtentropy.virtio.state.SavedForm;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The saved form of a device behind MMIO registers, version 1. Little-endian.
 *
 * <pre>
 *    0  8 bytes  "VERNGMM" and the version
 *    8  le32     DeviceFeaturesSel, DriverFeaturesSel, QueueSel, InterruptStatus
 *   24  le64     descriptor table, available ring, used ring as the registers hold them
 *   48  le64     driver features as QEMU's registers hold them
 *   56  le32     GuestPageSize, QueueAlign, generation
 *   68  le16     queue size as QEMU's register holds it; u8 1 if QEMU's QueueReady is set, map
 *   72  le32     length of the device's state, which follows to the end
 * </pre>
 */
final class MmioState {
  private static final long MAGIC_VERSION_1 = 0x01_4d4d_474e_5245_56L;
  private static final int FIXED_BYTES = 76;
  private static final int INTERRUPT_BITS = MmioLayout.INTERRUPT_USED | MmioLayout.INTERRUPT_CONFIG;

  private MmioState() {}

  static byte[] write(RegisterState registers, MmioVersion map, byte[] device) {
    return ByteBuffer.allocate(FIXED_BYTES + device.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(MAGIC_VERSION_1)
        .putInt(registers.deviceFeaturesSelect)
        .putInt(registers.driverFeaturesSelect)
        .putInt(registers.queueSelect)
        .putInt(registers.interruptStatus)
        .putLong(registers.descriptorTable)
        .putLong(registers.availRing)
        .putLong(registers.usedRing)
        .putLong(registers.driverFeatures)
        .putInt(registers.guestPageSize)
        .putInt(registers.queueAlign)
        .putInt(registers.generation)
        .putShort((short) registers.queueSize)
        .put((byte) (registers.queueReady ? 1 : 0))
        .put(number(map))
        .putInt(device.length)
        .put(device)
        .array();
  }

  private static byte number(MmioVersion map) {
    return (byte)
        switch (map) {
          case LEGACY -> MmioLayout.VERSION_1;
          case MODERN -> MmioLayout.VERSION_2;
        };
  }

  /**
   * Reads what {@link #write} wrote, or anything.
   *
   * @param registers filled
   * @return the device's state
   * @throws IllegalArgumentException if the bytes are not that, for this map
   */
  static byte[] read(byte[] saved, RegisterState registers, MmioVersion map) {
    return SavedForm.read(
        saved,
        "state",
        MAGIC_VERSION_1,
        FIXED_BYTES + " and the device's",
        in -> read(in, registers, map));
  }

  private static byte[] read(ByteBuffer in, RegisterState registers, MmioVersion map) {
    registers.deviceFeaturesSelect = in.getInt();
    registers.driverFeaturesSelect = in.getInt();
    registers.queueSelect = in.getInt();
    registers.interruptStatus = SavedForm.range("interrupt status", in.getInt(), 0, INTERRUPT_BITS);
    registers.descriptorTable = in.getLong();
    registers.availRing = in.getLong();
    registers.usedRing = in.getLong();
    registers.driverFeatures = in.getLong();
    registers.guestPageSize = in.getInt();
    registers.queueAlign = in.getInt();
    if (Integer.bitCount(registers.guestPageSize) != 1 || registers.queueAlign == 0) {
      throw new IllegalArgumentException(
          "saved page size "
              + registers.guestPageSize
              + " and alignment "
              + registers.queueAlign
              + "; a power of 2 and anything but 0 are accepted");
    }
    registers.generation = in.getInt();
    registers.queueSize = in.getShort() & 0xffff;
    registers.queueReady = SavedForm.range("queue ready", in.get(), 0, 1) == 1;
    SavedForm.range("register map", in.get(), number(map), number(map));
    int deviceBytes = in.getInt();
    SavedForm.range("length of the device", deviceBytes, in.remaining(), in.remaining());
    byte[] device = new byte[deviceBytes];
    in.get(device);
    return device;
  }
}
