package io.virtentropy.conformance.model;

/**
 * The legacy header in I/O space, whose registers answer at their first byte as {@link
 * CommonConfig}'s do. With MSI-X on it is 4 bytes longer. Behind it there would be the device's
 * configuration, which an entropy device hasn't got.
 */
final class LegacyHeader implements RegisterWindow {
  private static final int LENGTH = 0x14;
  private static final int LENGTH_WITH_VECTORS = 0x18;
  private static final long NOTHING = 0xffff_ffffL;
  private static final int PAGE_SHIFT = 12;
  private static final long RING_ALIGN = 4096;
  private static final int ACKNOWLEDGE_AND_DRIVER = 3;

  private final VirtioState device;
  private final RequestLoop loop;
  private final VectorChoice vectors;
  private final ConfigSpace config;
  private final Interrupts interrupts;
  private final Runnable reset;

  LegacyHeader(
      VirtioState device,
      RequestLoop loop,
      VectorChoice vectors,
      ConfigSpace config,
      Interrupts interrupts,
      Runnable reset) {
    this.device = device;
    this.loop = loop;
    this.vectors = vectors;
    this.config = config;
    this.interrupts = interrupts;
    this.reset = reset;
  }

  private boolean isRegister(int offset) {
    return offset < (config.isMsixEnabled() ? LENGTH_WITH_VECTORS : LENGTH);
  }

  @Override
  public long read(int offset, int size) {
    if (!isRegister(offset)) {
      return NOTHING;
    }
    return switch (offset) {
      case 0x00 -> device.offered & 0xffff_ffffL;
      case 0x04 -> device.features & 0xffff_ffffL;
      case 0x08 -> device.queueSelect == 0 ? device.vring.desc >>> PAGE_SHIFT : 0;
      case 0x0c -> device.queueSize(device.queueSelect);
      case 0x0e -> device.queueSelect;
      case 0x12 -> device.status;
      case 0x13 -> interrupts.readIsr();
      case 0x14 -> device.configVector;
      case 0x16 -> device.queueVector(device.queueSelect);
      default -> NOTHING;
    };
  }

  @Override
  public void write(int offset, int size, long value) {
    if (!isRegister(offset)) {
      return;
    }
    switch (offset) {
      case 0x04 -> device.accept((value & VirtioState.BAD_FEATURE) == 0 ? value : 0);
      case 0x08 -> {
        if (value == 0) {
          reset.run();
        } else if (device.queueSelect == 0) {
          place(value << PAGE_SHIFT);
        }
      }
      case 0x0e -> {
        if (value < VirtioState.MOST_QUEUES) {
          device.queueSelect = (int) value;
        }
      }
      case 0x10 -> {
        if ((value & ((1L << device.release.legacyNotifyBits) - 1)) == 0) {
          loop.kicked();
        }
      }
      case 0x12 -> {
        loop.setStatus((int) value & 0xff);
        if (device.status == 0) {
          reset.run();
        }
        if (value == ACKNOWLEDGE_AND_DRIVER) {
          config.setBusMaster(); // for old drivers that don't
        }
      }
      case 0x14 -> device.configVector = vectors.replace(device.configVector, value);
      case 0x16 -> {
        int queue = device.queueSelect;
        device.setQueueVector(queue, vectors.replace(device.queueVector(queue), value));
      }
      default -> {
        // read-only, or no register
      }
    }
  }

  /** Table, available ring and used ring in a row, the last on a boundary. */
  private void place(long address) {
    device.vring.desc = address;
    device.vring.avail = address + (long) Descriptor.BYTES * device.vring.size;
    long availEnd = device.vring.avail + 4 + 2L * device.vring.size;
    device.vring.used = Long.divideUnsigned(availEnd + RING_ALIGN - 1, RING_ALIGN) * RING_ALIGN;
    device.mapRings();
  }
}
