package io.virtentropy.vhostuser;

/** vhost-user works on Linux on x86-64 and aarch64 only; this is something else. */
public final class UnsupportedPlatformException extends UnsupportedOperationException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param platform what this is
   */
  public UnsupportedPlatformException(String platform) {
    super("vhost-user needs Linux on x86-64 or aarch64; this is " + platform);
  }
}
