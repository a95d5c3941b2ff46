package io.virtentropy.distribution.libvirt;

import java.util.List;
import java.util.Objects;

/**
 * How things are with libvirt and its guests.
 *
 * @param uri which libvirt
 * @param defaultPool the pool of guests that name none
 * @param connection how the connection is
 * @param devices the entropy devices of all domains that run, as far as is known
 */
public record LibvirtReport(
    String uri, String defaultPool, ConnectionReport connection, List<PlacedDevice> devices) {
  /**
   * Copies the list.
   *
   * @param uri which libvirt
   * @param defaultPool the pool of guests that name none
   * @param connection how the connection is
   * @param devices the entropy devices
   */
  public LibvirtReport {
    Objects.requireNonNull(uri, "uri");
    Objects.requireNonNull(defaultPool, "defaultPool");
    Objects.requireNonNull(connection, "connection");
    devices = List.copyOf(devices);
  }
}
