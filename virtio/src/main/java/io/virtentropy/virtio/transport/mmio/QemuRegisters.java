package io.virtentropy.virtio.transport.mmio;

import static io.virtentropy.virtio.transport.mmio.MmioLayout.CONFIG;
import static io.virtentropy.virtio.transport.mmio.MmioLayout.NO_SHARED_MEMORY;

import io.virtentropy.virtio.device.DeviceStatus;
import io.virtentropy.virtio.device.QemuVersion;
import io.virtentropy.virtio.device.RngDevice;
import io.virtentropy.virtio.device.VirtioFeature;
import io.virtentropy.virtio.device.VirtioRngDevice;

/**
 * Both register maps as QEMU decodes them (QEMU 7.2, 10.0, 11.1 virtio-mmio).
 *
 * <p>The bus cuts accesses into naturally aligned pieces of at most 32 bits; a register answers to
 * 32 bits at its own offset and reads 0 otherwise. The configuration space reads all ones. Every
 * selector of features but 0 means 1. The modern map's features are in force when the status is
 * written with FEATURES_OK, and its QueueReady takes no queue out of service.
 */
final class QemuRegisters implements RegisterMap {
  private static final int QUEUES = 1024;

  private final RngDevice device;
  private final RegisterState state;
  private final boolean legacy;
  private final QemuVersion version;

  QemuRegisters(RngDevice device, RegisterState state, boolean legacy) {
    this.device = device;
    this.state = state;
    this.legacy = legacy;
    this.version = device.imitatedVersion();
  }

  @Override
  public long read(int at, int size) {
    long value = 0;
    for (int done = 0; done < size; ) {
      int piece = pieceSize(at + done, size - done);
      long one =
          at + done >= CONFIG
              ? 0xffff_ffffL
              : piece == Integer.BYTES ? register(at + done) & 0xffff_ffffL : 0;
      value |= (one & (1L << (8 * piece)) - 1) << (8 * done);
      done += piece;
    }
    return value;
  }

  @Override
  public void write(int at, long value, int size) {
    for (int done = 0; done < size; ) {
      int piece = pieceSize(at + done, size - done);
      if (piece == Integer.BYTES && at + done < CONFIG) {
        writeRegister(at + done, (int) (value >>> (8 * done)));
      }
      done += piece;
    }
  }

  private static int pieceSize(int at, int left) {
    int aligned = (at & 1) != 0 ? 1 : (at & 2) != 0 ? 2 : 4;
    return left >= aligned ? aligned : left >= 2 ? 2 : 1;
  }

  private int register(int at) {
    return switch (at) {
      case MmioLayout.MAGIC_VALUE -> MmioLayout.MAGIC;
      case MmioLayout.VERSION -> legacy ? MmioLayout.VERSION_1 : MmioLayout.VERSION_2;
      case MmioLayout.DEVICE_ID -> VirtioRngDevice.DEVICE_TYPE;
      case MmioLayout.VENDOR_ID -> MmioLayout.VENDOR;
      case MmioLayout.DEVICE_FEATURES -> offeredWord();
      case MmioLayout.QUEUE_SIZE_MAX -> queueExists() ? version.mmioQueueSizeMax() : 0;
      case MmioLayout.QUEUE_PFN -> legacy && queueExists() ? page() : 0;
      case MmioLayout.QUEUE_READY -> !legacy && queueExists() && state.queueReady ? 1 : 0;
      case MmioLayout.INTERRUPT_STATUS -> state.interruptStatus;
      case MmioLayout.STATUS -> device.status();
      case MmioLayout.SHM_LEN_LOW, MmioLayout.SHM_LEN_HIGH -> NO_SHARED_MEMORY;
      case MmioLayout.CONFIG_GENERATION -> legacy ? 0 : state.generation;
      default -> 0;
    };
  }

  private int offeredWord() {
    if (legacy) {
      // Bit 30 is the PCI transport's.
      int features = device.legacyFeatures() & (int) ~VirtioFeature.BAD_FEATURE;
      return state.deviceFeaturesSelect == 0 ? features : 0;
    }
    return (int) (device.offeredFeatures() >>> (32 * state.deviceFeaturesSelect));
  }

  private int page() {
    return (int) Long.divideUnsigned(device.descriptorTable(), state.guestPageSize & 0xffff_ffffL);
  }

  private boolean queueExists() {
    return state.queueSelect == 0;
  }

  private void writeRegister(int at, int value) {
    switch (at) {
      case MmioLayout.DEVICE_FEATURES_SEL -> state.deviceFeaturesSelect = value == 0 ? 0 : 1;
      case MmioLayout.DRIVER_FEATURES_SEL -> state.driverFeaturesSelect = value == 0 ? 0 : 1;
      case MmioLayout.DRIVER_FEATURES -> writeFeatures(value);
      case MmioLayout.QUEUE_SEL -> {
        if (value >= 0 && value < QUEUES) {
          state.queueSelect = value;
        }
      }
      case MmioLayout.QUEUE_NOTIFY -> device.kick(value);
      case MmioLayout.INTERRUPT_ACK -> state.interruptStatus &= ~value;
      case MmioLayout.STATUS -> writeStatus(value);
      default -> {
        if (legacy) {
          writeLegacyRegister(at, value);
        } else if (queueExists()) {
          writeModernRegister(at, value);
        }
      }
    }
  }

  private void writeFeatures(int value) {
    if (!legacy) {
      state.driverFeatures =
          state.driverFeaturesSelect == 0
              ? ModernRegisters.low(state.driverFeatures, value)
              : ModernRegisters.high(state.driverFeatures, value);
    } else if (state.driverFeaturesSelect == 0) {
      device.writeLegacyFeatures(value & (int) ~VirtioFeature.BAD_FEATURE);
    }
  }

  private void writeStatus(int value) {
    if (!legacy && (value & DeviceStatus.FEATURES_OK) != 0) {
      long offeredByMmio = state.driverFeatures & ~VirtioFeature.BAD_FEATURE;
      device.writeDriverFeatures(0, (int) offeredByMmio);
      device.writeDriverFeatures(1, (int) (offeredByMmio >>> 32));
    }
    device.writeStatus(value);
    if ((value & 0xff) == 0) {
      forgetSession();
    }
  }

  private void forgetSession() {
    state.forgetSession();
    if (version.resetClearsFeatureRegisters()) {
      state.driverFeatures = 0;
    }
  }

  private void writeLegacyRegister(int at, int value) {
    switch (at) {
      case MmioLayout.GUEST_PAGE_SIZE ->
          state.guestPageSize = value == 0 ? 1 : Integer.lowestOneBit(value);
      case MmioLayout.QUEUE_SIZE -> {
        if (queueExists() && device.chooseQueueSize(value) && device.descriptorTable() != 0) {
          device.placeLegacyQueue(device.descriptorTable(), state.queueAlign);
        }
      }
      case MmioLayout.QUEUE_ALIGN -> {
        if (queueExists() && value != 0) {
          state.queueAlign = value;
          if (device.descriptorTable() != 0) {
            device.placeLegacyQueue(device.descriptorTable(), value);
          }
        }
      }
      case MmioLayout.QUEUE_PFN -> {
        if (value == 0) {
          device.writeLegacyStatus(0);
          forgetSession();
        } else if (queueExists()) {
          device.placeLegacyQueue(
              (value & 0xffff_ffffL) * (state.guestPageSize & 0xffff_ffffL), state.queueAlign);
        }
      }
      default -> {
        // Read-only, reserved, or of the other map.
      }
    }
  }

  private void writeModernRegister(int at, int value) {
    switch (at) {
      case MmioLayout.QUEUE_SIZE -> {
        device.chooseQueueSize(value);
        state.queueSize = value & 0xffff;
      }
      case MmioLayout.QUEUE_READY -> {
        state.queueReady = value != 0;
        if (value != 0) {
          device.disableQueue(); // its old place is not looked at with the new size
          device.chooseQueueSize(state.queueSize);
          device.enableQueue(state.descriptorTable, state.availRing, state.usedRing);
        }
      }
      case MmioLayout.QUEUE_DESC_LOW ->
          state.descriptorTable = ModernRegisters.low(state.descriptorTable, value);
      case MmioLayout.QUEUE_DESC_HIGH ->
          state.descriptorTable = ModernRegisters.high(state.descriptorTable, value);
      case MmioLayout.QUEUE_DRIVER_LOW ->
          state.availRing = ModernRegisters.low(state.availRing, value);
      case MmioLayout.QUEUE_DRIVER_HIGH ->
          state.availRing = ModernRegisters.high(state.availRing, value);
      case MmioLayout.QUEUE_DEVICE_LOW ->
          state.usedRing = ModernRegisters.low(state.usedRing, value);
      case MmioLayout.QUEUE_DEVICE_HIGH ->
          state.usedRing = ModernRegisters.high(state.usedRing, value);
      default -> {
        // Read-only, reserved, or of the other map; QEMU has no QueueReset here.
      }
    }
  }
}
