package io.virtentropy.distribution.libvirt;

import io.virtentropy.distribution.libvirt.EntropyDevice.Reachable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Tells sockets at the same path from each other. libvirt makes a new one for each QEMU and each
 * device, while its numbers of domains begin at 1 again when it is started with no domain running:
 * a guest that was stopped and started behind our back may have the number it had.
 */
final class SocketNodes {
  private final Function<Path, Optional<String>> look;

  /**
   * Creates it.
   *
   * @param look tells what stands at a path; empty if that isn't known
   */
  SocketNodes(Function<Path, Optional<String>> look) {
    this.look = look;
  }

  /** Looks at the file system: the number of the node, and when it was made. */
  static SocketNodes inFileSystem() {
    return new SocketNodes(SocketNodes::look);
  }

  private static Optional<String> look(Path socket) {
    try {
      Map<String, Object> node = Files.readAttributes(socket, "unix:ino,lastModifiedTime");
      long made =
          ((FileTime) node.get("lastModifiedTime")).to(java.util.concurrent.TimeUnit.NANOSECONDS);
      return Optional.of(node.get("ino") + "-" + made);
    } catch (IOException | SecurityException e) {
      return Optional.empty(); // it has gone, or isn't ours to see; connecting will say so
    }
  }

  /**
   * Looks at the sockets of a domain.
   *
   * @param now the domain as it was read
   * @param before the domain as it was known, if it was; a socket of the same run that can't be
   *     looked at any more is taken for the one it was, since the connection to it may still stand
   */
  RunningDomain look(RunningDomain now, Optional<RunningDomain> before) {
    List<EntropyDevice> devices =
        now.devices().stream()
            .map(
                device ->
                    device instanceof Reachable reachable
                        ? (EntropyDevice)
                            reachable.withNode(
                                look.apply(reachable.socket())
                                    .or(() -> node(before, now.id(), reachable)))
                        : device)
            .toList();
    return now.withDevices(devices);
  }

  private static Optional<String> node(Optional<RunningDomain> before, long id, Reachable device) {
    return before.filter(domain -> domain.id() == id).stream()
        .flatMap(domain -> domain.devices().stream())
        .filter(Reachable.class::isInstance)
        .map(Reachable.class::cast)
        .filter(d -> d.alias().equals(device.alias()) && d.socket().equals(device.socket()))
        .findFirst()
        .flatMap(Reachable::node);
  }
}
