package io.virtentropy.conformance.model;

import java.util.HashMap;
import java.util.Map;

/**
 * The common configuration structure. A register answers at its first byte and nowhere else,
 * whatever the width; a narrow write clears the rest of its register.
 */
final class CommonConfig implements RegisterWindow {
  private final VirtioState device;
  private final RequestLoop loop;
  private final VectorChoice vectors;
  private final Runnable reset;
  private final long[] driverFeatures = new long[2];
  private final Map<Integer, QueueRegisters> queues = new HashMap<>();
  private long deviceFeatureSelect;
  private long driverFeatureSelect;

  /**
   * Makes the registers.
   *
   * @param reset of the whole device, this included
   */
  CommonConfig(VirtioState device, RequestLoop loop, VectorChoice vectors, Runnable reset) {
    this.device = device;
    this.loop = loop;
    this.vectors = vectors;
    this.reset = reset;
  }

  /** The device was reset. The selectors stay, and in some releases the driver's features. */
  void deviceReset() {
    queues.clear();
    if (device.release.resetClearsDriverFeatures) {
      driverFeatures[0] = 0;
      driverFeatures[1] = 0;
    }
  }

  private QueueRegisters queue() {
    return queues.computeIfAbsent(device.queueSelect, unused -> new QueueRegisters());
  }

  @Override
  public long read(int offset, int size) {
    return switch (offset) {
      case 0x00 -> deviceFeatureSelect;
      case 0x04 -> deviceFeatures();
      case 0x08 -> driverFeatureSelect;
      case 0x0c -> driverFeatureSelect < 2 ? driverFeatures[(int) driverFeatureSelect] : 0;
      case 0x10 -> device.configVector;
      case 0x12 -> 1;
      case 0x14 -> device.status;
      case 0x15 -> device.generation;
      case 0x16 -> device.queueSelect;
      case 0x18 -> device.queueSize(device.queueSelect);
      case 0x1a -> device.queueVector(device.queueSelect);
      case 0x1c -> queue().enabled ? 1 : 0;
      case 0x1e -> device.queueSelect;
      case 0x20, 0x24, 0x28, 0x2c, 0x30, 0x34 -> queue().addressWords[(offset - 0x20) / 4];
      default -> 0;
    };
  }

  private long deviceFeatures() {
    long shown = device.offered & ~VirtioState.LEGACY_ONLY;
    if (deviceFeatureSelect == 0) {
      return shown & 0xffff_ffffL;
    }
    return deviceFeatureSelect == 1 ? shown >>> 32 : 0;
  }

  @Override
  public void write(int offset, int size, long value) {
    switch (offset) {
      case 0x00 -> deviceFeatureSelect = value;
      case 0x08 -> driverFeatureSelect = value;
      case 0x0c -> {
        if (driverFeatureSelect < 2) {
          driverFeatures[(int) driverFeatureSelect] = value;
          device.accept(driverFeatures[0] | driverFeatures[1] << 32);
        }
      }
      case 0x10 -> device.configVector = vectors.replace(device.configVector, value);
      case 0x14 -> {
        loop.setStatus((int) value & 0xff);
        if (device.status == 0) {
          reset.run();
        }
      }
      case 0x16 -> {
        if (value < VirtioState.MOST_QUEUES) {
          device.queueSelect = (int) value;
        }
      }
      case 0x18 -> {
        queue().size = (int) value & 0xffff;
        device.setQueueSize(device.queueSelect, queue().size);
        if (device.queueSelect == 0 && device.release.mapsRingsOnResize) {
          device.mapRings();
        }
      }
      case 0x1a -> {
        int queue = device.queueSelect;
        device.setQueueVector(queue, vectors.replace(device.queueVector(queue), value));
      }
      case 0x1c -> {
        if (value == 1) {
          enable();
        } else {
          device.fail();
        }
      }
      case 0x20, 0x24, 0x28, 0x2c, 0x30, 0x34 -> queue().addressWords[(offset - 0x20) / 4] = value;
      case 0x3a -> {
        if (value == 1) {
          device.resetQueue(device.queueSelect);
          queue().enabled = false;
        }
      }
      default -> {
        // read-only, or no register
      }
    }
  }

  private void enable() {
    device.setQueueSize(device.queueSelect, queue().size);
    if (device.queueSelect == 0) {
      device.vring.desc = queue().address(0);
      device.vring.avail = queue().address(1);
      device.vring.used = queue().address(2);
      device.mapRings();
    }
    queue().enabled = true;
  }
}
