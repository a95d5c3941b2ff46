package io.virtentropy.conformance.model;

/**
 * The capability that reaches BAR 4's registers through configuration space. It ignores the BAR
 * that it is told; the offset is rounded down to a multiple of the length.
 */
final class AccessWindow {
  private static final int OFFSET = 0x8c;
  private static final int LENGTH = 0x90;
  private static final int DATA = 0x94;
  private static final int DATA_BYTES = 4;

  private final ConfigSpace config;
  private final ModernWindow registers;

  AccessWindow(ConfigSpace config, ModernWindow registers) {
    this.config = config;
    this.registers = registers;
  }

  /** Before configuration space is read. */
  void beforeRead(int offset, int size) {
    if (covers(offset, size) && reachesRegisters()) {
      config.store(DATA, length(), registers.read(at(), length()));
    }
  }

  /** After configuration space was written. */
  void afterWrite(int offset, int size) {
    if (covers(offset, size) && reachesRegisters()) {
      registers.write(at(), length(), config.read(DATA, length()));
    }
  }

  private static boolean covers(int offset, int size) {
    return offset < DATA + DATA_BYTES && offset + size > DATA;
  }

  private boolean reachesRegisters() {
    long length = config.read(LENGTH, 4);
    boolean valid = length == 1 || length == 2 || length == 4;
    return valid && config.read(OFFSET, 4) / length * length <= ModernWindow.BYTES - length;
  }

  private int length() {
    return (int) config.read(LENGTH, 4);
  }

  private int at() {
    return (int) config.read(OFFSET, 4) / length() * length();
  }
}
