package io.virtentropy.distribution.libvirt;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Set;

/**
 * Names a libvirt on this machine, as {@code qemu:///system}. One on another machine would tell
 * paths of sockets there.
 *
 * @param value the URI
 */
public record LibvirtUri(String value) {
  private static final Set<String> THIS_MACHINE = Set.of("localhost", "127.0.0.1", "[::1]");

  /**
   * Checks the form; whether a libvirt is there is found out by connecting.
   *
   * @param value the URI
   * @throws IllegalArgumentException with one sentence if it can't be one
   */
  public LibvirtUri {
    URI uri;
    try {
      uri = new URI(value);
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException(
          "'"
              + value
              + "' is not a URI ("
              + e.getReason()
              + "); one like qemu:///system is"
              + " accepted",
          e);
    }
    if (uri.getScheme() == null || uri.isOpaque()) {
      throw new IllegalArgumentException(
          "'" + value + "' names no driver of libvirt's; a URI like qemu:///system is accepted");
    }
    if (uri.getRawAuthority() != null
        && (uri.getHost() == null || !THIS_MACHINE.contains(uri.getHost()))) {
      throw new IllegalArgumentException(
          "'"
              + value
              + "' is on another machine, whose guests have no sockets here; a URI like"
              + " qemu:///system is accepted");
    }
  }

  @Override
  public String toString() {
    return value;
  }
}
