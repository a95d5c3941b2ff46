package io.virtentropy.distribution.rng;

import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.backends.SourceSpec;
import io.virtentropy.backends.egd.EgdAddress;
import io.virtentropy.distribution.rng.CharacterDevice.AtPath;
import io.virtentropy.distribution.rng.CharacterDevice.Mode;
import io.virtentropy.distribution.rng.CharacterDevice.PathKind;
import io.virtentropy.distribution.rng.CharacterDevice.Tcp;
import io.virtentropy.distribution.rng.CharacterDevice.Udp;
import io.virtentropy.distribution.rng.CharacterDevice.UnixSocket;
import io.virtentropy.distribution.rng.RngBackend.Builtin;
import io.virtentropy.distribution.rng.RngBackend.Egd;
import io.virtentropy.distribution.rng.RngBackend.RandomFile;
import io.virtentropy.distribution.xml.ServicePort;
import io.virtentropy.ratelimit.Quota;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What an embedder needs to give a guest the device that libvirt's {@code <rng>} describes, with a
 * device of ours in the place of QEMU's.
 *
 * @param source the string form of the source, for {@code EntropyBackends.open}
 * @param quota the guest's limit, in QEMU's terms
 * @param model the identity on PCI
 * @param driver virtio options; what is absent is off
 */
public record DeviceSettings(
    String source, Optional<Quota> quota, RngModel model, DriverOptions driver) {

  /**
   * Finds the settings of a device.
   *
   * @param device the device
   * @return its settings
   * @throws IllegalArgumentException if we can't reach its source as QEMU would; says what is
   *     accepted
   */
  public static DeviceSettings of(RngDevice device) {
    return new DeviceSettings(
        reachable(device.backend()),
        device.rate().map(rate -> new Quota(rate.bytes(), rate.effectivePeriodMillis())),
        device.model(),
        device.driver());
  }

  private static String reachable(RngBackend backend) {
    try {
      return source(backend);
    } catch (EntropySourceException | InvalidPathException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  private static String source(RngBackend backend) {
    if (backend instanceof Builtin) {
      return "builtin";
    }
    if (backend instanceof RandomFile file) {
      return SourceSpec.of("random", file.path()).toString();
    }
    if (backend instanceof Egd egd) {
      return SourceSpec.of("egd", address(egd.device()).toString()).toString();
    }
    throw new IllegalArgumentException(
        "a backend of model '"
            + backend.model()
            + "'; random, builtin and egd are accepted, and a pool that was translated to egd");
  }

  /** Where QEMU would listen, we do. */
  private static EgdAddress address(CharacterDevice device) {
    if (device instanceof UnixSocket unix) {
      return new EgdAddress.Unix(Path.of(unix.path()), unix.mode() == Mode.BIND);
    }
    if (device instanceof Tcp tcp) {
      return new EgdAddress.Tcp(
          tcp.host(),
          ServicePort.of(tcp.service()),
          tcp.mode() == Mode.BIND,
          tcp.tls().orElse(false));
    }
    if (device instanceof Udp udp) {
      return new EgdAddress.Udp(udp.host().orElse("localhost"), ServicePort.of(udp.service()));
    }
    if (device instanceof AtPath file && file.kind() == PathKind.PIPE) {
      return new EgdAddress.Pipe(Path.of(file.path()));
    }
    if (device instanceof AtPath file && file.kind() == PathKind.DEVICE) {
      return new EgdAddress.Device(Path.of(file.path()));
    }
    throw new IllegalArgumentException(
        "a character device of type '"
            + device.type()
            + "' has no EGD server behind it; unix, tcp, udp, pipe and dev are accepted");
  }
}
