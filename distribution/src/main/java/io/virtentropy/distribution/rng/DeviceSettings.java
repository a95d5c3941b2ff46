package io.virtentropy.distribution.rng;

import io.virtentropy.distribution.rng.CharacterDevice.AtPath;
import io.virtentropy.distribution.rng.CharacterDevice.Mode;
import io.virtentropy.distribution.rng.CharacterDevice.PathKind;
import io.virtentropy.distribution.rng.CharacterDevice.Tcp;
import io.virtentropy.distribution.rng.CharacterDevice.Udp;
import io.virtentropy.distribution.rng.CharacterDevice.UnixSocket;
import io.virtentropy.distribution.rng.RngBackend.Builtin;
import io.virtentropy.distribution.rng.RngBackend.Egd;
import io.virtentropy.distribution.rng.RngBackend.RandomFile;
import io.virtentropy.ratelimit.Quota;
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
        source(device.backend()),
        device.rate().map(rate -> new Quota(rate.bytes(), rate.effectivePeriodMillis())),
        device.model(),
        device.driver());
  }

  private static String source(RngBackend backend) {
    if (backend instanceof Builtin) {
      return "builtin";
    }
    if (backend instanceof RandomFile file) {
      return "random:" + file.path();
    }
    if (backend instanceof Egd egd) {
      return "egd:" + address(egd.device());
    }
    throw new IllegalArgumentException(
        "a backend of model '"
            + backend.model()
            + "'; random, builtin and egd are accepted, and a pool that was translated to egd");
  }

  private static String address(CharacterDevice device) {
    if (device instanceof UnixSocket unix) {
      requireConnect(unix.mode());
      return "unix:" + unix.path();
    }
    if (device instanceof Tcp tcp) {
      String kind = tcp.tls().orElse(false) ? "tls:" : "tcp:";
      String listen = tcp.mode() == Mode.BIND ? "listen:" : "";
      return kind + listen + host(tcp.host()) + ":" + tcp.service();
    }
    if (device instanceof Udp udp) {
      return "udp:" + host(udp.host().orElse("localhost")) + ":" + udp.service();
    }
    if (device instanceof AtPath file && file.kind() != PathKind.FILE) {
      return (file.kind() == PathKind.PIPE ? "pipe:" : "file:") + file.path();
    }
    throw new IllegalArgumentException(
        "a character device of type '"
            + device.type()
            + "' has no EGD server behind it; unix, tcp, udp, pipe and dev are accepted");
  }

  private static void requireConnect(Mode mode) {
    if (mode != Mode.CONNECT) {
      throw new IllegalArgumentException(
          "a unix socket of mode '" + mode.xmlName() + "'; connect is accepted");
    }
  }

  private static String host(String host) {
    return host.indexOf(':') >= 0 ? "[" + host + "]" : host;
  }
}
