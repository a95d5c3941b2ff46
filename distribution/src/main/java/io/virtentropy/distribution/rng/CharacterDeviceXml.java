package io.virtentropy.distribution.rng;

import io.virtentropy.distribution.rng.CharacterDevice.AtPath;
import io.virtentropy.distribution.rng.CharacterDevice.Channel;
import io.virtentropy.distribution.rng.CharacterDevice.ChannelKind;
import io.virtentropy.distribution.rng.CharacterDevice.Mode;
import io.virtentropy.distribution.rng.CharacterDevice.NullModem;
import io.virtentropy.distribution.rng.CharacterDevice.PathKind;
import io.virtentropy.distribution.rng.CharacterDevice.Plain;
import io.virtentropy.distribution.rng.CharacterDevice.PlainKind;
import io.virtentropy.distribution.rng.CharacterDevice.Protocol;
import io.virtentropy.distribution.rng.CharacterDevice.Reconnect;
import io.virtentropy.distribution.rng.CharacterDevice.SecurityLabel;
import io.virtentropy.distribution.rng.CharacterDevice.Tcp;
import io.virtentropy.distribution.rng.CharacterDevice.Udp;
import io.virtentropy.distribution.rng.CharacterDevice.UnixSocket;
import io.virtentropy.distribution.rng.CharacterDevice.Vdagent;
import io.virtentropy.distribution.rng.RngBackend.LogFile;
import io.virtentropy.distribution.xml.XmlElement;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Reads the character device of {@code <backend model='egd'>}, as libvirt does. */
final class CharacterDeviceXml {
  private static final String KIND = " for char device";

  private CharacterDeviceXml() {}

  static CharacterDevice parse(XmlElement backend) {
    String type =
        backend
            .attribute("type")
            .orElseThrow(
                () ->
                    backend.invalid(
                        "missing EGD backend type: unix, tcp, udp, pipe, file, dev or another"
                            + " character device of libvirt's is accepted"));
    return switch (type) {
      case "tcp" -> tcp(backend);
      case "udp" -> udp(backend);
      case "unix" -> unix(backend);
      case "file" -> atPath(backend, PathKind.FILE);
      case "dev" -> atPath(backend, PathKind.DEVICE);
      case "pipe" -> atPath(backend, PathKind.PIPE);
      case "pty" -> new Plain(PlainKind.PTY);
      case "null" -> new Plain(PlainKind.NULL);
      case "stdio" -> new Plain(PlainKind.STDIO);
      case "vc" -> new Plain(PlainKind.VC);
      case "spicevmc" -> new Plain(PlainKind.SPICEVMC);
      case "spiceport" -> channel(backend, ChannelKind.SPICEPORT);
      case "dbus" -> channel(backend, ChannelKind.DBUS);
      case "nmdm" -> nullModem(backend);
      case "qemu-vdagent" -> vdagent(backend);
      default -> throw backend.invalid("unknown backend type '" + type + "' for egd");
    };
  }

  static Optional<LogFile> parseLog(XmlElement backend) {
    return only(backend, "log")
        .map(log -> new LogFile(log.required("file"), RngXmlParser.onOff(log, "append")));
  }

  private static Optional<XmlElement> only(XmlElement backend, String name) {
    List<XmlElement> all = backend.children(name);
    if (all.size() > 1) {
      throw all.get(1).invalid("only one " + name + " element is allowed for character device");
    }
    return all.stream().findFirst();
  }

  private static Optional<XmlElement> source(XmlElement backend) {
    return only(backend, "source");
  }

  /** An attribute of the source that the device can't do without. */
  private static String needed(XmlElement backend, Optional<XmlElement> source, String attribute) {
    return source
        .flatMap(s -> s.attribute(attribute))
        .orElseThrow(
            () ->
                source
                    .orElse(backend)
                    .invalid("Missing source " + attribute + " attribute" + KIND));
  }

  private static Mode mode(XmlElement source) {
    return source.attribute("mode", Mode::of, "connect or bind").orElse(Mode.CONNECT);
  }

  private static CharacterDevice tcp(XmlElement backend) {
    Optional<XmlElement> source = source(backend);
    Mode mode = source.map(CharacterDeviceXml::mode).orElse(Mode.CONNECT);
    Protocol protocol =
        only(backend, "protocol")
            .flatMap(p -> p.attribute("type", Protocol::of, "raw, telnet, telnets or tls"))
            .orElse(Protocol.RAW);
    return new Tcp(
        mode,
        needed(backend, source, "host"),
        needed(backend, source, "service"),
        protocol,
        source.flatMap(s -> RngXmlParser.yesNo(s, "tls")),
        source.flatMap(s -> reconnect(s, mode)));
  }

  private static Optional<Reconnect> reconnect(XmlElement source, Mode mode) {
    Optional<XmlElement> reconnect = source.child("reconnect");
    if (reconnect.isEmpty()) {
      return Optional.empty();
    }
    XmlElement element = reconnect.get();
    Optional<Boolean> enabled = RngXmlParser.yesNo(element, "enabled");
    if (enabled.isEmpty()) {
      return Optional.empty();
    }
    if (!enabled.get()) {
      return Optional.of(new Reconnect(false, OptionalLong.empty()));
    }
    if (mode != Mode.CONNECT) {
      throw element.invalid("chardev reconnect is possible only for connect mode");
    }
    element.required("timeout");
    OptionalLong timeout = RngXmlParser.number(element, "timeout", "chardev reconnect timeout");
    if (timeout.orElse(0) == 0) {
      throw element.invalid("chardev reconnect source timeout cannot be '0'");
    }
    return Optional.of(new Reconnect(true, timeout));
  }

  private static CharacterDevice udp(XmlElement backend) {
    List<XmlElement> sources = backend.children("source");
    if (sources.size() > 2) {
      throw sources.get(2).invalid("only two source elements are allowed for character device");
    }
    Optional<XmlElement> connect = Optional.empty();
    Optional<XmlElement> bind = Optional.empty();
    for (XmlElement source : sources) {
      if (mode(source) == Mode.CONNECT) {
        connect = Optional.of(source);
      } else {
        bind = Optional.of(source);
      }
    }
    Optional<XmlElement> to = connect;
    return new Udp(
        to.flatMap(s -> s.attribute("host")),
        needed(backend, to, "service"),
        bind.flatMap(s -> s.attribute("host")),
        bind.flatMap(s -> s.attribute("service")));
  }

  private static CharacterDevice unix(XmlElement backend) {
    Optional<XmlElement> source = source(backend);
    Mode mode = source.map(CharacterDeviceXml::mode).orElse(Mode.CONNECT);
    return new UnixSocket(
        mode,
        needed(backend, source, "path"),
        source.flatMap(s -> reconnect(s, mode)),
        source.map(CharacterDeviceXml::labels).orElse(List.of()));
  }

  private static CharacterDevice atPath(XmlElement backend, PathKind kind) {
    Optional<XmlElement> source = source(backend);
    return new AtPath(
        kind,
        needed(backend, source, "path"),
        kind == PathKind.FILE
            ? source.flatMap(s -> RngXmlParser.onOff(s, "append"))
            : Optional.empty(),
        source.map(CharacterDeviceXml::labels).orElse(List.of()));
  }

  private static List<SecurityLabel> labels(XmlElement source) {
    return source.children("seclabel").stream()
        .map(
            label ->
                new SecurityLabel(
                    label.attribute("model"),
                    label.attribute("relabel"),
                    label.attribute("labelskip"),
                    label.children("label").stream().map(XmlElement::text).toList()))
        .toList();
  }

  private static CharacterDevice channel(XmlElement backend, ChannelKind kind) {
    return new Channel(kind, needed(backend, source(backend), "channel"));
  }

  private static CharacterDevice nullModem(XmlElement backend) {
    Optional<XmlElement> source = source(backend);
    Optional<String> master = source.flatMap(s -> s.attribute("master"));
    Optional<String> slave = source.flatMap(s -> s.attribute("slave"));
    if (master.isEmpty() || slave.isEmpty()) {
      throw source
          .orElse(backend)
          .invalid("Should define both master and slave path attributes for nmdm device");
    }
    return new NullModem(master.get(), slave.get());
  }

  private static CharacterDevice vdagent(XmlElement backend) {
    Optional<XmlElement> source = source(backend);
    return new Vdagent(
        source.flatMap(s -> s.child("clipboard")).flatMap(c -> RngXmlParser.yesNo(c, "copypaste")),
        source
            .flatMap(s -> s.child("mouse"))
            .flatMap(
                m ->
                    m.attribute(
                        "mode",
                        v ->
                            v.equals("client") || v.equals("server")
                                ? Optional.of(v)
                                : Optional.empty(),
                        "client or server")));
  }
}
