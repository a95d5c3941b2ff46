package io.virtentropy.virtio.transport.pci;

import static io.virtentropy.virtio.transport.pci.CommonConfigLayout.NO_VECTOR;
import static io.virtentropy.virtio.transport.pci.LegacyHeaderLayout.HEADER_BYTES;
import static io.virtentropy.virtio.transport.pci.LegacyHeaderLayout.MSIX_HEADER_BYTES;
import static io.virtentropy.virtio.transport.pci.LegacyHeaderLayout.PAGE_SHIFT;

import io.virtentropy.virtio.device.DeviceStatus;
import io.virtentropy.virtio.device.QemuVersion;
import io.virtentropy.virtio.device.RngDevice;

/**
 * The registers of the legacy header (virtio 1.3 §4.1.4.10). Decoded like {@link CommonConfig};
 * what is no register reads all ones, as does the device's configuration, which is empty.
 *
 * <p>A driver that writes the status ACKNOWLEDGE | DRIVER gets the Bus Master bit, because Linux
 * before 2.6.34 forgets to set it (QEMU virtio-pci).
 */
final class LegacyHeader {
  private static final int ALL_ONES = -1;

  private final RngDevice device;
  private final CommonConfig common;
  private final InterruptState interrupts;
  private final Runnable onReset;
  private final Runnable onNeedsMaster;

  LegacyHeader(
      RngDevice device,
      CommonConfig common,
      InterruptState interrupts,
      Runnable onReset,
      Runnable onNeedsMaster) {
    this.device = device;
    this.common = common;
    this.interrupts = interrupts;
    this.onReset = onReset;
    this.onNeedsMaster = onNeedsMaster;
  }

  private boolean isInHeader(int at) {
    return at < (interrupts.isMsixEnabled() ? MSIX_HEADER_BYTES : HEADER_BYTES);
  }

  int read(int at) {
    if (!isInHeader(at)) {
      return ALL_ONES;
    }
    boolean exists = common.queueSelect() == 0;
    return switch (at) {
      case LegacyHeaderLayout.DEVICE_FEATURES -> device.legacyFeatures();
      case LegacyHeaderLayout.DRIVER_FEATURES -> (int) device.driverFeatures();
      case LegacyHeaderLayout.QUEUE_ADDRESS ->
          exists ? (int) (device.descriptorTable() >>> PAGE_SHIFT) : 0;
      case LegacyHeaderLayout.QUEUE_SIZE -> exists ? device.queueSize() : 0;
      case LegacyHeaderLayout.QUEUE_SELECT -> common.queueSelect();
      case LegacyHeaderLayout.DEVICE_STATUS -> device.status();
      case LegacyHeaderLayout.ISR_STATUS -> interrupts.readIsr();
      case LegacyHeaderLayout.CONFIG_MSIX_VECTOR -> interrupts.configVector();
      case LegacyHeaderLayout.QUEUE_MSIX_VECTOR -> interrupts.queueVector(common.queueSelect());
      default -> ALL_ONES;
    };
  }

  void write(int at, int value) {
    if (!isInHeader(at)) {
      return;
    }
    switch (at) {
      case LegacyHeaderLayout.DRIVER_FEATURES -> device.writeLegacyFeatures(value);
      case LegacyHeaderLayout.QUEUE_ADDRESS -> placeQueue(value);
      case LegacyHeaderLayout.QUEUE_SELECT -> common.selectQueue(value);
      case LegacyHeaderLayout.QUEUE_NOTIFY -> notifyQueue(value);
      case LegacyHeaderLayout.DEVICE_STATUS -> writeStatus(value);
      case LegacyHeaderLayout.CONFIG_MSIX_VECTOR -> interrupts.chooseConfigVector(value);
      case LegacyHeaderLayout.QUEUE_MSIX_VECTOR ->
          interrupts.chooseQueueVector(common.queueSelect(), value);
      default -> {
        // Read-only, or the middle of a register.
      }
    }
  }

  private void placeQueue(int page) {
    if (page != 0) {
      if (common.queueSelect() == 0) {
        device.placeLegacyQueue(
            (page & 0xffff_ffffL) << PAGE_SHIFT, LegacyHeaderLayout.QUEUE_ALIGN);
      }
    } else if (device.imitatedVersion() != null) {
      device.writeLegacyStatus(0); // QEMU takes it for a reset of the device
      onReset.run();
    } else if (common.queueSelect() == 0) {
      device.disableQueue();
      interrupts.chooseQueueVector(0, NO_VECTOR);
    }
  }

  private void notifyQueue(int value) {
    QemuVersion qemu = device.imitatedVersion();
    device.kick(qemu != null && !qemu.notifiesByLowHalf() ? value : value & 0xffff);
  }

  private void writeStatus(int value) {
    device.writeLegacyStatus(value);
    if ((value & 0xff) == 0) {
      onReset.run();
    } else if (value == (DeviceStatus.ACKNOWLEDGE | DeviceStatus.DRIVER)) {
      onNeedsMaster.run();
    }
  }
}
