package io.virtentropy.virtio.driver;

import io.virtentropy.virtio.transport.pci.PciTransport;

/**
 * How a driver reaches a PCI function: its configuration space, and its BARs once they are placed.
 *
 * <p>{@link #of} reaches a function in this process. A test of another emulator implements the four
 * calls over whatever reaches its guest's buses.
 */
public interface PciAccess {
  /**
   * Reads the configuration space.
   *
   * @param offset from its begin
   * @param size 1, 2 or 4 bytes
   * @return the bytes, little-endian, zero-extended
   */
  long configRead(int offset, int size);

  /**
   * Writes the configuration space.
   *
   * @param offset from its begin
   * @param value the bytes, little-endian
   * @param size 1, 2 or 4 bytes
   */
  void configWrite(int offset, long value, int size);

  /**
   * Reads registers.
   *
   * @param bar 0 to 5
   * @param offset from the begin of the BAR
   * @param size 1, 2, 4 or 8 bytes
   * @return the bytes, little-endian, zero-extended
   */
  long barRead(int bar, long offset, int size);

  /**
   * Writes registers.
   *
   * @param bar 0 to 5
   * @param offset from the begin of the BAR
   * @param value the bytes, little-endian
   * @param size 1, 2, 4 or 8 bytes
   */
  void barWrite(int bar, long offset, long value, int size);

  /**
   * Reaches a function in this process.
   *
   * @param function the function
   * @return its four calls
   */
  static PciAccess of(PciTransport function) {
    return new PciAccess() {
      @Override
      public long configRead(int offset, int size) {
        return function.configRead(offset, size);
      }

      @Override
      public void configWrite(int offset, long value, int size) {
        function.configWrite(offset, value, size);
      }

      @Override
      public long barRead(int bar, long offset, int size) {
        return function.barRead(bar, offset, size);
      }

      @Override
      public void barWrite(int bar, long offset, long value, int size) {
        function.barWrite(bar, offset, value, size);
      }
    };
  }
}
