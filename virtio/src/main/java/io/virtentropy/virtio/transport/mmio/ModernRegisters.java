package io.virtentropy.virtio.transport.mmio;

import static io.virtentropy.virtio.transport.mmio.MmioLayout.NO_SHARED_MEMORY;

import io.virtentropy.virtio.device.RngDevice;
import io.virtentropy.virtio.device.VirtioRngDevice;

/** The register map of virtio 1 (virtio 1.3 §4.2.2). */
final class ModernRegisters extends WordRegisters {
  private final RngDevice device;
  private final RegisterState state;

  ModernRegisters(RngDevice device, RegisterState state) {
    this.device = device;
    this.state = state;
  }

  @Override
  int register(int at) {
    return switch (at) {
      case MmioLayout.MAGIC_VALUE -> MmioLayout.MAGIC;
      case MmioLayout.VERSION -> MmioLayout.VERSION_2;
      case MmioLayout.DEVICE_ID -> VirtioRngDevice.DEVICE_TYPE;
      case MmioLayout.VENDOR_ID -> MmioLayout.VENDOR;
      case MmioLayout.DEVICE_FEATURES -> offeredWord();
      case MmioLayout.QUEUE_SIZE_MAX -> queueExists() ? device.maxQueueSize() : 0;
      case MmioLayout.QUEUE_READY -> queueExists() && device.isQueueEnabled() ? 1 : 0;
      case MmioLayout.INTERRUPT_STATUS -> state.interruptStatus;
      case MmioLayout.STATUS -> device.status();
      case MmioLayout.SHM_LEN_LOW,
          MmioLayout.SHM_LEN_HIGH,
          MmioLayout.SHM_BASE_LOW,
          MmioLayout.SHM_BASE_HIGH ->
          NO_SHARED_MEMORY;
      // Write-only registers, the configuration space and its generation, QueueReset (a reset is
      // complete at once), and what is reserved.
      default -> 0;
    };
  }

  private int offeredWord() {
    return switch (state.deviceFeaturesSelect) {
      case 0 -> (int) device.offeredFeatures();
      case 1 -> (int) (device.offeredFeatures() >>> 32);
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
      case MmioLayout.DRIVER_FEATURES ->
          device.writeDriverFeatures(state.driverFeaturesSelect, value);
      case MmioLayout.QUEUE_SEL -> state.queueSelect = value;
      case MmioLayout.QUEUE_NOTIFY -> device.kick(value);
      case MmioLayout.INTERRUPT_ACK -> state.interruptStatus &= ~value;
      case MmioLayout.STATUS -> {
        device.writeStatus(value);
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

  /** Registers of the request queue; a driver that names another queue writes into the void. */
  private void writeQueueRegister(int at, int value) {
    switch (at) {
      case MmioLayout.QUEUE_READY -> {
        if (value == 0) {
          device.disableQueue();
        } else if (value == 1) {
          device.enableQueue(state.descriptorTable, state.availRing, state.usedRing);
        }
      }
      case MmioLayout.QUEUE_RESET -> {
        if (value == 1 && device.resetQueue()) {
          state.forgetPlacement();
        }
      }
      default -> {
        // §4.2.2.2: a queue in service is not set up anew.
        if (!device.isQueueEnabled()) {
          setUpQueue(at, value);
        }
      }
    }
  }

  private void setUpQueue(int at, int value) {
    switch (at) {
      case MmioLayout.QUEUE_SIZE -> device.chooseQueueSize(value);
      case MmioLayout.QUEUE_DESC_LOW -> state.descriptorTable = low(state.descriptorTable, value);
      case MmioLayout.QUEUE_DESC_HIGH -> state.descriptorTable = high(state.descriptorTable, value);
      case MmioLayout.QUEUE_DRIVER_LOW -> state.availRing = low(state.availRing, value);
      case MmioLayout.QUEUE_DRIVER_HIGH -> state.availRing = high(state.availRing, value);
      case MmioLayout.QUEUE_DEVICE_LOW -> state.usedRing = low(state.usedRing, value);
      case MmioLayout.QUEUE_DEVICE_HIGH -> state.usedRing = high(state.usedRing, value);
      default -> {
        // Read-only, reserved, or without meaning for an entropy device.
      }
    }
  }

  static long low(long address, int half) {
    return (address & ~0xffff_ffffL) | (half & 0xffff_ffffL);
  }

  static long high(long address, int half) {
    return (address & 0xffff_ffffL) | ((long) half << 32);
  }
}
