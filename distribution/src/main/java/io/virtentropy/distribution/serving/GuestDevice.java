package io.virtentropy.distribution.serving;

import java.nio.file.Path;
import java.util.Objects;

/**
 * An entropy device of a guest that a pool serves: QEMU listens, and the pool connects.
 *
 * @param name the guest and its device, as {@code builder-1/rng0}
 * @param socket where QEMU listens
 * @param className the leaf class it draws on
 * @param incarnation tells one run of the guest from the next: what is owed to a QEMU is not owed
 *     to the next one
 */
public record GuestDevice(String name, Path socket, String className, String incarnation) {
  /**
   * Checks that nothing is null.
   *
   * @param name the guest and its device
   * @param socket where QEMU listens
   * @param className the leaf class it draws on
   * @param incarnation tells one run of the guest from the next
   */
  public GuestDevice {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(socket, "socket");
    Objects.requireNonNull(className, "className");
    Objects.requireNonNull(incarnation, "incarnation");
  }

  /** Whether it is another's QEMU and device, though perhaps of another class. */
  boolean isSameQemu(GuestDevice other) {
    return socket.equals(other.socket) && incarnation.equals(other.incarnation);
  }
}
