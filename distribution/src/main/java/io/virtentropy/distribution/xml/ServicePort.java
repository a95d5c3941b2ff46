package io.virtentropy.distribution.xml;

/** What libvirt's XML calls a service, where it has to be a number. */
public final class ServicePort {
  private static final int MAX = 0xffff;

  private ServicePort() {}

  /**
   * Reads a port.
   *
   * @param service up to five digits
   * @return 0 to 65535; whether 0 makes sense depends on who binds it
   * @throws IllegalArgumentException if it is none
   */
  public static int of(String service) {
    if (service.matches("[0-9]{1,5}") && Integer.parseInt(service) <= MAX) {
      return Integer.parseInt(service);
    }
    throw new IllegalArgumentException(
        "the service '" + service + "'; a port from 0 to " + MAX + " is accepted");
  }
}
