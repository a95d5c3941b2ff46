package io.virtentropy.virtio.transport.pci;

/**
 * The window that a capability of the configuration space opens on the BARs (virtio 1.3 §4.1.4.9).
 * QEMU ignores which BAR it names and rounds the offset down; with the device of the specification,
 * what a driver must not ask for reads 0 and is not written.
 */
final class AccessWindow {
  /** What is behind the window, whether or not a BAR is decoded. */
  interface Bars {
    long barRead(int bar, long offset, int size);

    void barWrite(int bar, long offset, long value, int size);
  }

  private final Bars bars;
  private final ConfigSpace config;
  private final boolean likeQemu;

  AccessWindow(Bars bars, ConfigSpace config, boolean likeQemu) {
    this.bars = bars;
    this.config = config;
    this.likeQemu = likeQemu;
  }

  /** Puts what it shows into its data, which are about to be read. */
  void beforeRead() {
    int length = config.accessLength();
    boolean legal = length == 1 || length == 2 || length == 4;
    int keep = legal && length < Integer.BYTES ? -1 << (8 * length) : 0;
    if (likeQemu) {
      int at = config.accessOffset() & -length;
      if (legal && isInStructures(at)) {
        long value = bars.barRead(PciConfigLayout.MODERN_BAR, at, length);
        config.setAccessData((config.accessData() & keep) | (int) value);
      }
      return;
    }
    if (!legal || !isAccessible(config.accessBar(), config.accessOffset(), length)) {
      config.setAccessData(0);
      return;
    }
    long value = bars.barRead(config.accessBar(), config.accessOffset() & 0xffff_ffffL, length);
    config.setAccessData((config.accessData() & keep) | (int) value);
  }

  /** Does what its data, just written, ask for. */
  void afterWrite() {
    int length = config.accessLength();
    if (length != 1 && length != 2 && length != 4) {
      return;
    }
    if (likeQemu) {
      int at = config.accessOffset() & -length;
      if (isInStructures(at)) {
        bars.barWrite(PciConfigLayout.MODERN_BAR, at, config.accessData(), length);
      }
    } else if (isAccessible(config.accessBar(), config.accessOffset(), length)) {
      bars.barWrite(
          config.accessBar(), config.accessOffset() & 0xffff_ffffL, config.accessData(), length);
    }
  }

  private static boolean isInStructures(int at) {
    return at >= 0 && at < PciConfigLayout.MODERN_BAR_BYTES;
  }

  private boolean isAccessible(int bar, int offset, int length) {
    return (offset & (length - 1)) == 0
        && bar < PciConfigLayout.BARS
        && (offset & 0xffff_ffffL) < config.barSize(bar);
  }
}
