package io.virtentropy.conformance.model;

/**
 * BAR 4: 4 KiB each of common configuration, ISR, device configuration and notifications. The ISR
 * is at every byte of its part. The notifications' data doesn't matter, their place does.
 */
final class ModernWindow implements RegisterWindow {
  static final int BYTES = 0x4000;

  private static final int PART = 0x1000;
  private static final int NOTIFY_STRIDE = 4;

  private final CommonConfig common;
  private final Interrupts interrupts;
  private final RequestLoop loop;

  ModernWindow(CommonConfig common, Interrupts interrupts, RequestLoop loop) {
    this.common = common;
    this.interrupts = interrupts;
    this.loop = loop;
  }

  @Override
  public long read(int offset, int size) {
    return switch (offset / PART) {
      case 0 -> common.read(offset % PART, size);
      case 1 -> interrupts.readIsr();
      case 2 -> -1;
      default -> 0;
    };
  }

  @Override
  public void write(int offset, int size, long value) {
    switch (offset / PART) {
      case 0 -> common.write(offset % PART, size, value);
      case 3 -> {
        if (offset % PART / NOTIFY_STRIDE == 0) {
          loop.kicked();
        }
      }
      default -> {
        // nothing to write
      }
    }
  }
}
