package io.virtentropy.virtio.transport.pci;

import io.virtentropy.virtio.device.RngDevice;
import io.virtentropy.virtio.device.VirtioRngDevice;
import java.util.Arrays;

/**
 * The registers of the common configuration structure (virtio 1.3 §4.1.4.3).
 *
 * <p>A register answers at its own offset, whatever the width of the access; its neighbours are not
 * merged in. A wider write than the register changes the register alone, a narrower one clears the
 * rest of it. That is how QEMU decodes, and natural accesses see nothing of it.
 */
final class CommonConfig {
  /** QEMU keeps registers for so many queues, though the device has one. */
  static final int QEMU_QUEUES = 1024;

  /** What the driver wrote for a queue; in force when it is enabled. */
  static final class QueueRegisters {
    long table;
    long avail;
    long used;
    int size;
    boolean enabled;

    void clear() {
      table = 0;
      avail = 0;
      used = 0;
      size = 0;
      enabled = false;
    }
  }

  private final RngDevice device;
  private final InterruptState interrupts;
  private final boolean likeQemu;
  private final QueueRegisters[] queues;
  private final Runnable onReset;

  private int deviceFeatureSelect;
  private int driverFeatureSelect;
  private int queueSelect;

  CommonConfig(RngDevice device, InterruptState interrupts, Runnable onReset) {
    this.device = device;
    this.interrupts = interrupts;
    this.likeQemu = device.imitatedVersion() != null;
    this.onReset = onReset;
    this.queues = new QueueRegisters[likeQemu ? QEMU_QUEUES : VirtioRngDevice.QUEUES];
    Arrays.setAll(queues, queue -> new QueueRegisters());
  }

  // ---- reading

  int read(int at) {
    return switch (at) {
      case CommonConfigLayout.DEVICE_FEATURE_SELECT -> deviceFeatureSelect;
      case CommonConfigLayout.DEVICE_FEATURE -> offeredWord();
      case CommonConfigLayout.DRIVER_FEATURE_SELECT -> driverFeatureSelect;
      case CommonConfigLayout.DRIVER_FEATURE -> device.driverFeatures(driverFeatureSelect);
      case CommonConfigLayout.CONFIG_MSIX_VECTOR -> interrupts.configVector();
      case CommonConfigLayout.NUM_QUEUES -> VirtioRngDevice.QUEUES;
      case CommonConfigLayout.DEVICE_STATUS -> device.status();
      case CommonConfigLayout.CONFIG_GENERATION -> interrupts.generation();
      case CommonConfigLayout.QUEUE_SELECT -> queueSelect;
      case CommonConfigLayout.QUEUE_SIZE -> queueSelect == 0 ? device.queueSize() : 0;
      case CommonConfigLayout.QUEUE_MSIX_VECTOR -> interrupts.queueVector(queueSelect);
      case CommonConfigLayout.QUEUE_NOTIFY_OFF -> queueSelect;
      default -> readQueue(at);
    };
  }

  private int offeredWord() {
    return switch (deviceFeatureSelect) {
      case 0 -> (int) device.offeredFeatures();
      case 1 -> (int) (device.offeredFeatures() >>> 32);
      default -> 0;
    };
  }

  private int readQueue(int at) {
    if (queueSelect >= queues.length) {
      return 0;
    }
    QueueRegisters queue = queues[queueSelect];
    return switch (at) {
      case CommonConfigLayout.QUEUE_ENABLE -> isEnabled(queue) ? 1 : 0;
      case CommonConfigLayout.QUEUE_DESC -> (int) queue.table;
      case CommonConfigLayout.QUEUE_DESC + 4 -> (int) (queue.table >>> 32);
      case CommonConfigLayout.QUEUE_DRIVER -> (int) queue.avail;
      case CommonConfigLayout.QUEUE_DRIVER + 4 -> (int) (queue.avail >>> 32);
      case CommonConfigLayout.QUEUE_DEVICE -> (int) queue.used;
      case CommonConfigLayout.QUEUE_DEVICE + 4 -> (int) (queue.used >>> 32);
      // QUEUE_RESET is complete at once, QUEUE_NOTIF_CONFIG_DATA never negotiated; the rest is
      // reserved, or the middle of a register.
      default -> 0;
    };
  }

  private boolean isEnabled(QueueRegisters queue) {
    return likeQemu ? queue.enabled : device.isQueueEnabled();
  }

  // ---- writing

  void write(int at, int value) {
    switch (at) {
      case CommonConfigLayout.DEVICE_FEATURE_SELECT -> deviceFeatureSelect = value;
      case CommonConfigLayout.DRIVER_FEATURE_SELECT -> driverFeatureSelect = value;
      case CommonConfigLayout.DRIVER_FEATURE ->
          device.writeDriverFeatures(driverFeatureSelect, value);
      case CommonConfigLayout.CONFIG_MSIX_VECTOR -> interrupts.chooseConfigVector(value);
      case CommonConfigLayout.DEVICE_STATUS -> writeStatus(value);
      case CommonConfigLayout.QUEUE_SELECT -> selectQueue(value);
      case CommonConfigLayout.QUEUE_MSIX_VECTOR -> interrupts.chooseQueueVector(queueSelect, value);
      default -> {
        if (queueSelect < queues.length) {
          writeQueue(queues[queueSelect], at, value);
        }
      }
    }
  }

  /** QEMU refuses what it has no queue for; the specification has such a queue read size 0. */
  void selectQueue(int value) {
    if (!likeQemu) {
      queueSelect = value & 0xffff;
    } else if (value >= 0 && value < QEMU_QUEUES) {
      queueSelect = value;
    }
  }

  int queueSelect() {
    return queueSelect;
  }

  private void writeStatus(int value) {
    device.writeStatus(value);
    if ((value & 0xff) == 0) {
      onReset.run();
    }
  }

  private void writeQueue(QueueRegisters queue, int at, int value) {
    switch (at) {
      case CommonConfigLayout.QUEUE_ENABLE -> enable(queue, value);
      case CommonConfigLayout.QUEUE_RESET -> resetQueue(queue, value);
      default -> {
        // §4.1.4.3.2: everything is set before the queue is enabled. QEMU takes it later, too.
        if (likeQemu || !device.isQueueEnabled()) {
          setUp(queue, at, value);
        }
      }
    }
  }

  private void setUp(QueueRegisters queue, int at, int value) {
    switch (at) {
      case CommonConfigLayout.QUEUE_SIZE -> chooseSize(queue, value & 0xffff);
      case CommonConfigLayout.QUEUE_DESC -> queue.table = withLow(queue.table, value);
      case CommonConfigLayout.QUEUE_DESC + 4 -> queue.table = withHigh(queue.table, value);
      case CommonConfigLayout.QUEUE_DRIVER -> queue.avail = withLow(queue.avail, value);
      case CommonConfigLayout.QUEUE_DRIVER + 4 -> queue.avail = withHigh(queue.avail, value);
      case CommonConfigLayout.QUEUE_DEVICE -> queue.used = withLow(queue.used, value);
      case CommonConfigLayout.QUEUE_DEVICE + 4 -> queue.used = withHigh(queue.used, value);
      default -> {
        // Read-only, reserved, or the middle of a register.
      }
    }
  }

  private void chooseSize(QueueRegisters queue, int size) {
    boolean taken = queueSelect == 0 && device.chooseQueueSize(size);
    if (taken || likeQemu) { // QEMU remembers also what it refused, until the queue is enabled
      queue.size = size;
    }
  }

  private void enable(QueueRegisters queue, int value) {
    if (!likeQemu) {
      // §4.1.4.3.2: a driver writes nothing but 1, and only once.
      if (value == 1) {
        device.enableQueue(queue.table, queue.avail, queue.used);
      }
      return;
    }
    if (value != 1) {
      device.refuseQueueEnable(value);
      return;
    }
    queue.enabled = true;
    if (queueSelect == 0) {
      // QEMU applies the size that was written last, though the queue may have been reset since.
      device.disableQueue(); // its old place is not looked at with the new size
      if (queue.size != 0) {
        device.chooseQueueSize(queue.size);
      }
      device.enableQueue(queue.table, queue.avail, queue.used);
    }
  }

  private void resetQueue(QueueRegisters queue, int value) {
    if (value != 1) {
      return;
    }
    if (queueSelect == 0 && !device.resetQueue()) {
      return; // not negotiated
    }
    interrupts.queueReset(queueSelect);
    queue.enabled = false;
    if (!likeQemu) {
      queue.clear(); // §2.6.1.1.1: all of it; QEMU keeps size and addresses for the next time
    }
  }

  private static long withLow(long address, int half) {
    return (address & ~0xffff_ffffL) | (half & 0xffff_ffffL);
  }

  private static long withHigh(long address, int half) {
    return (address & 0xffff_ffffL) | ((long) half << 32);
  }

  /** The device was reset. QEMU keeps which words of the features were selected. */
  void reset() {
    if (!likeQemu) {
      deviceFeatureSelect = 0;
      driverFeatureSelect = 0;
    }
    queueSelect = 0;
    for (QueueRegisters queue : queues) {
      queue.clear();
    }
  }

  // ---- saving

  int deviceFeatureSelect() {
    return deviceFeatureSelect;
  }

  int driverFeatureSelect() {
    return driverFeatureSelect;
  }

  QueueRegisters queue(int index) {
    return queues[index];
  }

  int queueCount() {
    return queues.length;
  }

  void restoreSelectors(int deviceFeatures, int driverFeatures, int queue) {
    deviceFeatureSelect = deviceFeatures;
    driverFeatureSelect = driverFeatures;
    queueSelect = queue;
  }
}
