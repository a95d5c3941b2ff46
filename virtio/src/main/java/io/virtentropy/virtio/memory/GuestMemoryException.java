package io.virtentropy.virtio.memory;

/**
 * An address outside the guest's RAM was accessed. The one way in which {@link GuestMemory} fails.
 *
 * <p>The device catches it and turns it into a fault of the guest's, so it carries no stack trace:
 * a hostile guest can provoke one with every request.
 */
public final class GuestMemoryException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final long address;
  private final long length;

  /**
   * Creates the exception.
   *
   * @param address the first guest-physical address of the access, unsigned
   * @param length how many bytes it spans
   */
  public GuestMemoryException(long address, long length) {
    super(null, null, false, false);
    this.address = address;
    this.length = length;
  }

  /**
   * Where the access began.
   *
   * @return a guest-physical address, unsigned
   */
  public long address() {
    return address;
  }

  /**
   * How far it reached.
   *
   * @return the number of bytes
   */
  public long length() {
    return length;
  }

  @Override
  public String getMessage() {
    return length + " bytes at 0x" + Long.toHexString(address) + " are not all in guest RAM";
  }
}
