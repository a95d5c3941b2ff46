package io.virtentropy.virtio.transport.pci;

import io.virtentropy.virtio.state.SavedForm;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The saved form of a PCI function, version 1. Little-endian.
 *
 * <pre>
 *    0  8 bytes  "VERNGPC" and the version
 *    8  le32     lengths: configuration space, MSI-X table and pending bits, device; queues
 *   24  le32     device_feature_select, driver_feature_select
 *   32  le16     queue_select, config vector; u8 ISR, generation; le16 0
 *   40  24+8 per queue  le64 descriptor table, available ring, used ring; le16 size, vector,
 *                       1 if enabled, 0
 *    …  the three parts, one behind the other
 * </pre>
 *
 * <p>Only queues with something in their registers are saved beyond the first; a queue's number is
 * its place.
 */
@SuppressWarnings("ArrayRecordComponent") // passed on and never compared
record PciState(
    byte[] config,
    byte[] msix,
    byte[] device,
    int deviceFeatureSelect,
    int driverFeatureSelect,
    int queueSelect,
    int configVector,
    int isr,
    int generation,
    long[] queueWords) {

  static final int WORDS_PER_QUEUE = 4;

  private static final long MAGIC_VERSION_1 = 0x01_4350_474e_5245_56L;
  private static final int FIXED_BYTES = 40;

  byte[] toBytes() {
    ByteBuffer out =
        ByteBuffer.allocate(
                FIXED_BYTES
                    + Long.BYTES * queueWords.length
                    + config.length
                    + msix.length
                    + device.length)
            .order(ByteOrder.LITTLE_ENDIAN);
    out.putLong(MAGIC_VERSION_1);
    out.putInt(config.length).putInt(msix.length).putInt(device.length);
    out.putInt(queueWords.length / WORDS_PER_QUEUE);
    out.putInt(deviceFeatureSelect).putInt(driverFeatureSelect);
    out.putShort((short) queueSelect).putShort((short) configVector);
    out.put((byte) isr).put((byte) generation).putShort((short) 0);
    for (long word : queueWords) {
      out.putLong(word);
    }
    return out.put(config).put(msix).put(device).array();
  }

  /**
   * Reads what {@link #toBytes} wrote, or anything.
   *
   * @throws IllegalArgumentException if it is not that, for a function with these lengths
   */
  static PciState parse(byte[] saved, int configBytes, int msixBytes, int mostQueues) {
    return SavedForm.read(
        saved, "function", MAGIC_VERSION_1, "", in -> read(in, configBytes, msixBytes, mostQueues));
  }

  private static PciState read(ByteBuffer in, int configBytes, int msixBytes, int mostQueues) {
    SavedForm.range("length of the configuration space", in.getInt(), configBytes, configBytes);
    SavedForm.range("length of the MSI-X table", in.getInt(), msixBytes, msixBytes);
    int deviceBytes = in.getInt();
    int queues = SavedForm.range("number of queues", in.getInt(), 1, mostQueues);
    int deviceFeatureSelect = in.getInt();
    int driverFeatureSelect = in.getInt();
    int queueSelect = in.getShort() & 0xffff;
    int configVector = in.getShort() & 0xffff;
    int isr =
        SavedForm.range("ISR", in.get(), 0, InterruptState.ISR_USED | InterruptState.ISR_CONFIG);
    int generation = in.get() & 0xff;
    in.getShort();
    long[] queueWords = new long[WORDS_PER_QUEUE * queues];
    for (int i = 0; i < queueWords.length; i++) {
      queueWords[i] = in.getLong();
    }
    SavedForm.range(
        "length of the device",
        deviceBytes,
        in.remaining() - configBytes - msixBytes,
        in.remaining() - configBytes - msixBytes);
    byte[] config = new byte[configBytes];
    byte[] msix = new byte[msixBytes];
    byte[] device = new byte[Math.max(0, deviceBytes)];
    in.get(config).get(msix).get(device);
    return new PciState(
        config,
        msix,
        device,
        deviceFeatureSelect,
        driverFeatureSelect,
        queueSelect,
        configVector,
        isr,
        generation,
        queueWords);
  }
}
