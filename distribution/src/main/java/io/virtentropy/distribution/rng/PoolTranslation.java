package io.virtentropy.distribution.rng;

import io.virtentropy.backends.egd.EgdAddress;
import io.virtentropy.distribution.rng.CharacterDevice.Mode;
import io.virtentropy.distribution.rng.CharacterDevice.UnixSocket;
import io.virtentropy.distribution.rng.RngBackend.Egd;
import io.virtentropy.distribution.rng.RngBackend.Pool;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;

/**
 * Makes of {@code <backend model='pool'>} what a libvirt without pools understands: EGD over a unix
 * socket at which QEMU listens and to which the distribution connects (thesis, section 6.4.5).
 */
public final class PoolTranslation {
  private final Path stateDirectory;
  private final PoolDirectory pools;

  /**
   * Chooses where sockets go.
   *
   * @param stateDirectory an absolute directory that QEMU may make sockets in; each domain gets one
   *     of its own below it
   * @param pools which pools there are
   * @throws IllegalArgumentException if the path is relative
   */
  public PoolTranslation(Path stateDirectory, PoolDirectory pools) {
    if (!stateDirectory.isAbsolute()) {
      throw new IllegalArgumentException(
          "the state directory is " + stateDirectory + "; an absolute path is accepted");
    }
    this.stateDirectory = stateDirectory.normalize();
    this.pools = Objects.requireNonNull(pools, "pools");
  }

  /**
   * Translates one device of a guest that is about to start. Other devices come back as they are.
   *
   * @param device the device
   * @param domain the guest's UUID
   * @param alias the device's name in QEMU, such as {@code rng0}: letters, digits, {@code _} and
   *     {@code -}
   * @return the device as an unmodified libvirt takes it
   * @throws PoolUnusableException if the pool is unknown or inactive, or has no such leaf class
   * @throws IllegalArgumentException if the alias can't be a file's name, or the socket's path
   *     would be too long
   */
  public RngDevice translate(RngDevice device, UUID domain, String alias) {
    if (!(device.backend() instanceof Pool wanted)) {
      return device;
    }
    pools.requireUsable(wanted.pool(), wanted.className());
    UnixSocket socket =
        new UnixSocket(
            Mode.BIND, socketPath(domain, alias).toString(), Optional.empty(), List.of());
    return device.withBackend(new Egd(socket, Optional.empty()));
  }

  /**
   * Where QEMU will listen.
   *
   * @param domain the guest's UUID
   * @param alias the device's name in QEMU
   * @return {@code STATE/entropy/UUID/ALIAS.sock}
   * @throws IllegalArgumentException if the alias can't be a file's name, or the path is too long
   */
  public Path socketPath(UUID domain, String alias) {
    if (!alias.matches("[a-zA-Z0-9_-]{1,64}")) {
      throw new IllegalArgumentException(
          "the alias '"
              + alias
              + "'; 1 to 64 letters, digits, underscores and hyphens are accepted");
    }
    Path path =
        stateDirectory.resolve("entropy").resolve(domain.toString()).resolve(alias + ".sock");
    int length = path.toString().getBytes(StandardCharsets.UTF_8).length;
    if (length > EgdAddress.MAX_SOCKET_PATH) {
      throw new IllegalArgumentException(
          "the socket "
              + path
              + " has a path of "
              + length
              + " bytes; up to "
              + EgdAddress.MAX_SOCKET_PATH
              + " are accepted");
    }
    return path;
  }
}
