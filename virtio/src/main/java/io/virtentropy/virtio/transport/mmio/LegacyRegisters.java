package io.virtentropy.virtio.transport.mmio;

import io.virtentropy.virtio.device.RngDevice;
import io.virtentropy.virtio.device.VirtioRngDevice;

/** The register map of virtio 0.9 (virtio 1.3 §4.2.4). */
final class LegacyRegisters extends WordRegisters {
  /** What GuestPageSize is until a driver writes it. */
  static final int DEFAULT_PAGE_SIZE = 4096;

  /** What QueueAlign is until a driver writes it. */
  static final int DEFAULT_ALIGN = VirtioRngDevice.LEGACY_ALIGN;

  private final RngDevice device;
  private final RegisterState state;

  LegacyRegisters(RngDevice device, RegisterState state) {
    this.device = device;
    this.state = state;
  }

  @Override
  int register(int at) {
    return switch (at) {
      case MmioLayout.MAGIC_VALUE -> MmioLayout.MAGIC;
      case MmioLayout.VERSION -> MmioLayout.VERSION_1;
      case MmioLayout.DEVICE_ID -> VirtioRngDevice.DEVICE_TYPE;
      case MmioLayout.VENDOR_ID -> MmioLayout.VENDOR;
      case MmioLayout.DEVICE_FEATURES ->
          state.deviceFeaturesSelect == 0 ? device.legacyFeatures() : 0;
      case MmioLayout.QUEUE_SIZE_MAX -> queueExists() ? device.maxQueueSize() : 0;
      case MmioLayout.QUEUE_PFN ->
          queueExists()
              ? (int) Long.divideUnsigned(device.descriptorTable(), state.guestPageSize)
              : 0;
      case MmioLayout.INTERRUPT_STATUS -> state.interruptStatus;
      case MmioLayout.STATUS -> device.status();
      // Write-only registers, the configuration space, and what came with virtio 1.
      default -> 0;
    };
  }

  private boolean queueExists() {
    return state.queueSelect == 0;
  }

  @Override
  void writeRegister(int at, int value) {
    switch (at) {
      case MmioLayout.DEVICE_FEATURES_SEL -> state.deviceFeaturesSelect = value;
      case MmioLayout.DRIVER_FEATURES_SEL -> state.driverFeaturesSelect = value;
      case MmioLayout.DRIVER_FEATURES -> {
        if (state.driverFeaturesSelect == 0) {
          device.writeLegacyFeatures(value);
        }
      }
      case MmioLayout.GUEST_PAGE_SIZE -> {
        if (isPowerOfTwo(value)) {
          state.guestPageSize = value;
        }
      }
      case MmioLayout.QUEUE_SEL -> state.queueSelect = value;
      case MmioLayout.QUEUE_NOTIFY -> device.kick(value);
      case MmioLayout.INTERRUPT_ACK -> state.interruptStatus &= ~value;
      case MmioLayout.STATUS -> {
        device.writeLegacyStatus(value);
        if ((value & 0xff) == 0) {
          state.forget();
        }
      }
      default -> {
        if (queueExists()) {
          writeQueueRegister(at, value);
        }
      }
    }
  }

  private void writeQueueRegister(int at, int value) {
    switch (at) {
      case MmioLayout.QUEUE_SIZE -> device.chooseQueueSize(value);
      case MmioLayout.QUEUE_ALIGN -> {
        if (isPowerOfTwo(value)) {
          state.queueAlign = value;
        }
      }
      case MmioLayout.QUEUE_PFN -> {
        if (value == 0) {
          device.disableQueue();
        } else {
          device.placeLegacyQueue((value & 0xffff_ffffL) * state.guestPageSize, state.queueAlign);
        }
      }
      default -> {
        // Read-only, reserved, or of virtio 1.
      }
    }
  }

  private static boolean isPowerOfTwo(int value) {
    return value > 0 && (value & (value - 1)) == 0;
  }
}
