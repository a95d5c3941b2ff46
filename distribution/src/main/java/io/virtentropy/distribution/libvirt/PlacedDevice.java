package io.virtentropy.distribution.libvirt;

import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

/**
 * What became of one entropy device of a guest.
 *
 * @param domain the guest's name
 * @param uuid the guest's UUID
 * @param alias the name of the device in QEMU
 * @param socket where QEMU listens, if it does
 * @param pool the pool it belongs to; empty for a device that has its entropy from elsewhere
 * @param className the class it draws on; empty if that isn't known
 * @param state whether it is served
 * @param reason why not, in one sentence; empty if it is served
 */
public record PlacedDevice(
    String domain,
    UUID uuid,
    String alias,
    Optional<String> socket,
    String pool,
    String className,
    State state,
    String reason) {
  /** Whether a device is served. */
  public enum State {
    /** A pool connects to it, and again when the connection is lost. */
    SERVED,
    /** It was meant to be served, and can't be. */
    REFUSED,
    /** It has its entropy from somewhere else. */
    OTHER;

    /** {@return the word for it} */
    public String word() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /**
   * Checks that nothing is null.
   *
   * @param domain the guest's name
   * @param uuid the guest's UUID
   * @param alias the name of the device in QEMU
   * @param socket where QEMU listens
   * @param pool the pool it belongs to
   * @param className the class it draws on
   * @param state whether it is served
   * @param reason why not
   */
  public PlacedDevice {
    Objects.requireNonNull(domain, "domain");
    Objects.requireNonNull(uuid, "uuid");
    Objects.requireNonNull(alias, "alias");
    Objects.requireNonNull(socket, "socket");
    Objects.requireNonNull(pool, "pool");
    Objects.requireNonNull(className, "className");
    Objects.requireNonNull(state, "state");
    Objects.requireNonNull(reason, "reason");
  }

  /** {@return the guest and its device, as {@code builder-1/rng0}} */
  public String name() {
    return domain + "/" + alias;
  }
}
