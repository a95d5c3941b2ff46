package io.virtentropy.distribution.rng;

import io.virtentropy.distribution.rng.CharacterDevice.AtPath;
import io.virtentropy.distribution.rng.CharacterDevice.Channel;
import io.virtentropy.distribution.rng.CharacterDevice.Mode;
import io.virtentropy.distribution.rng.CharacterDevice.NullModem;
import io.virtentropy.distribution.rng.CharacterDevice.PathKind;
import io.virtentropy.distribution.rng.CharacterDevice.Plain;
import io.virtentropy.distribution.rng.CharacterDevice.PlainKind;
import io.virtentropy.distribution.rng.CharacterDevice.Protocol;
import io.virtentropy.distribution.rng.CharacterDevice.Reconnect;
import io.virtentropy.distribution.rng.CharacterDevice.Tcp;
import io.virtentropy.distribution.rng.CharacterDevice.Udp;
import io.virtentropy.distribution.rng.CharacterDevice.UnixSocket;
import io.virtentropy.distribution.rng.CharacterDevice.Vdagent;
import io.virtentropy.distribution.rng.RngBackend.Builtin;
import io.virtentropy.distribution.rng.RngBackend.Egd;
import io.virtentropy.distribution.rng.RngBackend.LogFile;
import io.virtentropy.distribution.rng.RngBackend.Pool;
import io.virtentropy.distribution.rng.RngBackend.RandomFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * The part of QEMU's command line that makes entropy devices, as libvirt's QEMU driver writes it
 * (9.0 to 11.3). Names are libvirt's: {@code rng0}, {@code objrng0}, {@code charrng0}.
 */
public final class QemuArguments {
  /** How {@code -object} and {@code -device} are written; {@code -chardev} has one form only. */
  public enum Form {
    /** Names and values, for every QEMU; what libvirt writes for those before 6.0 and 6.2. */
    OPTIONS,
    /** JSON, what libvirt writes for newer ones. */
    JSON
  }

  /** How QEMU is told to connect again. */
  public enum ReconnectUnit {
    /** {@code reconnect}, in seconds, as long as QEMU has it: up to 9.1. */
    SECONDS,
    /** {@code reconnect-ms}, from 9.2 on. */
    MILLISECONDS
  }

  private final Form form;
  private final ReconnectUnit reconnectUnit;
  private final String rootBus;

  /**
   * Chooses what QEMU understands.
   *
   * @param form how objects and devices are written
   * @param reconnectUnit how QEMU is told to connect again
   * @param rootBus QEMU's name of PCI bus 0: {@code pci.0} for {@code pc} machines, {@code pcie.0}
   *     for {@code q35}
   */
  public QemuArguments(Form form, ReconnectUnit reconnectUnit, String rootBus) {
    this.form = Objects.requireNonNull(form, "form");
    this.reconnectUnit = Objects.requireNonNull(reconnectUnit, "reconnectUnit");
    this.rootBus = Objects.requireNonNull(rootBus, "rootBus");
  }

  /**
   * Writes the devices of a guest. Those without an alias are numbered, as in libvirt, from one
   * more than the greatest number that is taken.
   *
   * @param devices in the order of the domain's XML
   * @return options and their values in turn, each a whole argument
   * @throws IllegalArgumentException if QEMU can't have such a device; says why
   */
  public List<String> of(List<RngDevice> devices) {
    List<String> arguments = new ArrayList<>();
    long next = 0;
    for (RngDevice device : devices) {
      next = Math.max(next, device.alias().map(QemuArguments::numberAfter).orElse(0L));
    }
    for (RngDevice device : devices) {
      String alias = device.alias().orElse(null);
      if (alias == null) {
        alias = "rng" + next++;
      }
      write(device, alias, arguments);
    }
    return arguments;
  }

  private static long numberAfter(String alias) {
    if (!alias.matches("rng[0-9]{1,9}")) {
      return 0;
    }
    return Long.parseLong(alias.substring("rng".length())) + 1;
  }

  private void write(RngDevice device, String alias, List<String> arguments) {
    String object = "obj" + alias;
    QemuProperties properties;
    if (device.backend() instanceof RandomFile file) {
      properties =
          new QemuProperties("qom-type", "rng-random")
              .with("id", object)
              .with("filename", file.path());
    } else if (device.backend() instanceof Builtin) {
      properties = new QemuProperties("qom-type", "rng-builtin").with("id", object);
    } else if (device.backend() instanceof Egd egd) {
      String chardev = "char" + alias;
      properties =
          new QemuProperties("qom-type", "rng-egd").with("id", object).with("chardev", chardev);
      writeCharacterDevice(egd, chardev, arguments);
    } else {
      Pool pool = (Pool) device.backend();
      throw new IllegalArgumentException(
          "QEMU has no entropy pools, such as '"
              + pool.pool()
              + "'; a device that was translated to egd is accepted");
    }
    arguments.add("-object");
    arguments.add(form(properties));
    arguments.add("-device");
    arguments.add(form(device(device, alias, object)));
  }

  private String form(QemuProperties properties) {
    return form == Form.JSON ? properties.asJson() : properties.asOptions();
  }

  private QemuProperties device(RngDevice device, String alias, String object) {
    String bus = device.address().map(DeviceAddress::type).orElse("pci");
    String driver =
        switch (bus) {
          case "pci" -> "virtio-rng-pci" + device.model().driverSuffix();
          case "ccw" -> "virtio-rng-ccw";
          case "virtio-mmio" -> "virtio-rng-device";
          default ->
              throw new IllegalArgumentException(
                  "an entropy device with an address of type '"
                      + bus
                      + "'; pci, ccw and virtio-mmio are accepted");
        };
    QemuProperties properties = new QemuProperties("driver", driver);
    DriverOptions options = device.driver();
    options.iommu().ifPresent(on -> properties.with("iommu_platform", on));
    options.ats().ifPresent(on -> properties.with("ats", on));
    options.packed().ifPresent(on -> properties.with("packed", on));
    options.pagePerVq().ifPresent(on -> properties.with("page-per-vq", on));
    properties.with("rng", object).with("id", alias);
    device
        .rate()
        .ifPresent(
            rate ->
                properties
                    .with("max-bytes", rate.bytes())
                    .with("period", rate.effectivePeriodMillis()));
    device.address().ifPresent(address -> QemuAddress.add(address, rootBus, properties));
    device.acpiIndex().ifPresent(index -> properties.with("acpi-index", index));
    return properties;
  }

  // ---- character devices

  private void writeCharacterDevice(Egd egd, String id, List<String> arguments) {
    QemuProperties properties = new QemuProperties("backend", qemuName(egd.device()));
    properties.with("id", id);
    switch (egd.device().type()) {
      case "tcp" -> tcp((Tcp) egd.device(), id, properties, arguments);
      case "udp" -> udp((Udp) egd.device(), properties);
      case "unix" -> unix((UnixSocket) egd.device(), properties);
      case "file", "dev", "pipe" -> atPath((AtPath) egd.device(), properties);
      case "spiceport" -> properties.with("name", ((Channel) egd.device()).channel());
      case "dbus" -> properties.with("name", ((Channel) egd.device()).channel());
      case "spicevmc" -> properties.with("name", "vdagent");
      case "qemu-vdagent" -> vdagent((Vdagent) egd.device(), properties);
      default -> {
        // pty, null, stdio and vc are complete
      }
    }
    egd.log().ifPresent(log -> log(log, properties));
    arguments.add("-chardev");
    arguments.add(properties.asOptions());
  }

  private static String qemuName(CharacterDevice device) {
    if (device instanceof Tcp || device instanceof UnixSocket) {
      return "socket";
    }
    if (device instanceof AtPath file && file.kind() == PathKind.DEVICE) {
      return "serial";
    }
    if (device instanceof NullModem) {
      throw new IllegalArgumentException("unsupported chardev 'nmdm': QEMU has none");
    }
    return device instanceof Plain plain && plain.kind() == PlainKind.SPICEVMC
        ? "spicevmc"
        : device.type();
  }

  private void tcp(Tcp tcp, String id, QemuProperties properties, List<String> arguments) {
    if (tcp.protocol() == Protocol.TLS || tcp.protocol() == Protocol.TELNETS) {
      throw new IllegalArgumentException(
          "tcp chardev protocol '"
              + tcp.protocol().xmlName()
              + "' not supported; raw and telnet are accepted, and tls='yes' at the source");
    }
    properties.with("host", tcp.host()).with("port", tcp.service());
    if (tcp.protocol() == Protocol.TELNET) {
      properties.with("telnet", true);
    }
    listen(tcp.mode(), properties);
    reconnect(tcp.reconnect(), properties);
    if (tcp.tls().orElse(false)) {
      String credentials = "obj" + id + "_tls0";
      arguments.add("-object");
      arguments.add(
          form(
              new QemuProperties("qom-type", "tls-creds-x509")
                  .with("id", credentials)
                  .with("dir", "/etc/pki/qemu")
                  .with("endpoint", tcp.mode() == Mode.BIND ? "server" : "client")
                  .with("verify-peer", tcp.mode() == Mode.CONNECT)));
      properties.with("tls-creds", credentials);
    }
  }

  private static void listen(Mode mode, QemuProperties properties) {
    if (mode == Mode.BIND) {
      properties.with("server", true).with("wait", false);
    }
  }

  private void reconnect(Optional<Reconnect> reconnect, QemuProperties properties) {
    if (reconnect.isEmpty()) {
      return;
    }
    long seconds = reconnect.get().timeoutSeconds().orElse(0);
    if (reconnectUnit == ReconnectUnit.SECONDS) {
      properties.with("reconnect", seconds);
    } else {
      properties.with("reconnect-ms", Math.multiplyExact(seconds, 1000L));
    }
  }

  private static void udp(Udp udp, QemuProperties properties) {
    properties
        .with("host", udp.host().orElse(""))
        .with("port", udp.service())
        .with("localaddr", udp.bindHost().orElse(""))
        .with("localport", udp.bindService().orElse("0"));
  }

  private void unix(UnixSocket unix, QemuProperties properties) {
    properties.with("path", unix.path());
    listen(unix.mode(), properties);
    reconnect(unix.reconnect(), properties);
  }

  private static void atPath(AtPath file, QemuProperties properties) {
    properties.with("path", file.path());
    file.append().ifPresent(on -> properties.with("append", on));
  }

  private static void vdagent(Vdagent agent, QemuProperties properties) {
    properties.with("name", "vdagent");
    agent.clipboardCopyPaste().ifPresent(on -> properties.with("clipboard", on));
    agent.mouseMode().ifPresent(mode -> properties.with("mouse", mode.equals("client")));
  }

  private static void log(LogFile log, QemuProperties properties) {
    properties.with("logfile", log.path());
    log.append().ifPresent(on -> properties.with("logappend", on));
  }
}
