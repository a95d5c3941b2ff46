package io.virtentropy.distribution.libvirt;

import java.nio.file.Path;
import java.util.Optional;

/** An entropy device of a domain that runs, as it stands in the domain's XML. */
sealed interface EntropyDevice {
  /** The name of the device in QEMU. */
  String alias();

  /**
   * QEMU listens for its entropy on a unix socket, and we can connect.
   *
   * @param alias the name of the device in QEMU
   * @param socket where QEMU listens
   * @param wish what the domain's metadata say
   * @param node tells this socket from any other that stands at the same path before or after it;
   *     empty if that isn't known
   */
  record Reachable(String alias, Path socket, PoolWish wish, Optional<String> node)
      implements EntropyDevice {
    Reachable withNode(Optional<String> newNode) {
      return new Reachable(alias, socket, wish, newNode);
    }
  }

  /**
   * It has its entropy from somewhere else.
   *
   * @param alias the name of the device in QEMU
   * @param reason one sentence
   */
  record Other(String alias, String reason) implements EntropyDevice {}

  /**
   * It may have been meant for us, but can't be served.
   *
   * @param alias the name of the device in QEMU
   * @param reason one sentence
   */
  record Unusable(String alias, String reason) implements EntropyDevice {}
}
