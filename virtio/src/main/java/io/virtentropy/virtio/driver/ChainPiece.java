package io.virtentropy.virtio.driver;

/**
 * One descriptor's worth of a buffer.
 *
 * @param address guest-physical address
 * @param length length in bytes, an unsigned 32-bit number
 * @param writable whether the device is to write it
 */
public record ChainPiece(long address, int length, boolean writable) {
  /**
   * A piece for the device to write.
   *
   * @param address guest-physical address
   * @param length length in bytes
   * @return the piece
   */
  public static ChainPiece writable(long address, int length) {
    return new ChainPiece(address, length, true);
  }

  /**
   * A piece for the device to read, which an entropy device never does.
   *
   * @param address guest-physical address
   * @param length length in bytes
   * @return the piece
   */
  public static ChainPiece readable(long address, int length) {
    return new ChainPiece(address, length, false);
  }
}
