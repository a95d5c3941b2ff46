package io.virtentropy.distribution.rng;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How QEMU reaches an EGD server: the character devices that libvirt accepts in {@code <backend
 * model='egd' type='…'>}. Some make no sense for entropy and are accepted by libvirt all the same.
 */
public sealed interface CharacterDevice {
  /** {@return the value of the attribute {@code type}} */
  String type();

  /** Which side opens the connection. */
  enum Mode {
    /** QEMU connects. */
    CONNECT("connect"),
    /** QEMU listens. */
    BIND("bind");

    private final String xmlName;

    Mode(String xmlName) {
      this.xmlName = xmlName;
    }

    /** {@return the value of the attribute} */
    public String xmlName() {
      return xmlName;
    }

    static Optional<Mode> of(String xmlName) {
      for (Mode mode : values()) {
        if (mode.xmlName.equals(xmlName)) {
          return Optional.of(mode);
        }
      }
      return Optional.empty();
    }
  }

  /** What is spoken over TCP beneath EGD. */
  enum Protocol {
    /** Nothing. */
    RAW("raw"),
    /** Telnet, which alters the bytes 0xff. */
    TELNET("telnet"),
    /** Telnet over TLS; QEMU's driver in libvirt refuses it. */
    TELNETS("telnets"),
    /** TLS; QEMU's driver in libvirt refuses it here and wants {@code tls='yes'}. */
    TLS("tls");

    private final String xmlName;

    Protocol(String xmlName) {
      this.xmlName = xmlName;
    }

    /** {@return the value of the attribute} */
    public String xmlName() {
      return xmlName;
    }

    static Optional<Protocol> of(String xmlName) {
      for (Protocol protocol : values()) {
        if (protocol.xmlName.equals(xmlName)) {
          return Optional.of(protocol);
        }
      }
      return Optional.empty();
    }
  }

  /**
   * Whether QEMU connects again when the connection is lost.
   *
   * @param enabled whether it does
   * @param timeoutSeconds how long it waits before it does, in seconds; there if enabled
   */
  record Reconnect(boolean enabled, OptionalLong timeoutSeconds) {}

  /**
   * A label for the host's access control on what a source names.
   *
   * @param model whose label, such as {@code dac} or {@code selinux}
   * @param relabel whether it is put on the file
   * @param labelSkip whether libvirt found that it can't be
   * @param labels the labels
   */
  record SecurityLabel(
      Optional<String> model,
      Optional<String> relabel,
      Optional<String> labelSkip,
      List<String> labels) {
    /**
     * Copies the labels.
     *
     * @param model whose label
     * @param relabel whether it is put on the file
     * @param labelSkip whether it can't be
     * @param labels the labels
     */
    public SecurityLabel {
      labels = List.copyOf(labels);
    }
  }

  /**
   * TCP.
   *
   * @param mode which side connects
   * @param host the name or address to connect to or to listen at
   * @param service the port or service name
   * @param protocol what is spoken beneath
   * @param tls whether TLS is used; absent means as libvirt's configuration says
   * @param reconnect whether QEMU connects again; for {@link Mode#CONNECT} only
   */
  record Tcp(
      Mode mode,
      String host,
      String service,
      Protocol protocol,
      Optional<Boolean> tls,
      Optional<Reconnect> reconnect)
      implements CharacterDevice {
    @Override
    public String type() {
      return "tcp";
    }
  }

  /**
   * UDP, where what is lost stays lost.
   *
   * @param host where datagrams go; absent means this host
   * @param service the port they go to
   * @param bindHost where answers are received
   * @param bindService the port they are received at; absent means any
   */
  record Udp(
      Optional<String> host,
      String service,
      Optional<String> bindHost,
      Optional<String> bindService)
      implements CharacterDevice {
    @Override
    public String type() {
      return "udp";
    }
  }

  /**
   * A unix socket.
   *
   * @param mode which side connects
   * @param path the socket; absent where libvirt is to choose one, which it does for {@link
   *     Mode#BIND} of channels only
   * @param reconnect whether QEMU connects again; for {@link Mode#CONNECT} only
   * @param labels labels for the socket
   */
  record UnixSocket(
      Mode mode, String path, Optional<Reconnect> reconnect, List<SecurityLabel> labels)
      implements CharacterDevice {
    /**
     * Copies the labels.
     *
     * @param mode which side connects
     * @param path the socket
     * @param reconnect whether QEMU connects again
     * @param labels labels for the socket
     */
    public UnixSocket {
      labels = List.copyOf(labels);
    }

    @Override
    public String type() {
      return "unix";
    }
  }

  /** What is opened by its path. */
  enum PathKind {
    /** A file that requests are written to, and that nobody answers from. */
    FILE("file"),
    /** A serial line or another character device. */
    DEVICE("dev"),
    /** A pair of named pipes, {@code PATH.in} and {@code PATH.out}, or one for both directions. */
    PIPE("pipe");

    private final String xmlName;

    PathKind(String xmlName) {
      this.xmlName = xmlName;
    }

    /** {@return the value of the attribute {@code type}} */
    public String xmlName() {
      return xmlName;
    }
  }

  /**
   * A file, device or pipe.
   *
   * @param kind which of them
   * @param path its path
   * @param append whether an existing file is appended to; for {@link PathKind#FILE} only
   * @param labels labels for it
   */
  record AtPath(PathKind kind, String path, Optional<Boolean> append, List<SecurityLabel> labels)
      implements CharacterDevice {
    /**
     * Copies the labels.
     *
     * @param kind which of them
     * @param path its path
     * @param append whether an existing file is appended to
     * @param labels labels for it
     */
    public AtPath {
      labels = List.copyOf(labels);
    }

    @Override
    public String type() {
      return kind.xmlName();
    }
  }

  /** Character devices that need no source. */
  enum PlainKind {
    /** A pseudo-terminal that QEMU makes. */
    PTY("pty"),
    /** Nothing at all: the guest waits for ever. */
    NULL("null"),
    /** QEMU's standard input and output. */
    STDIO("stdio"),
    /** A virtual console of QEMU's. */
    VC("vc"),
    /** A Spice agent's channel. */
    SPICEVMC("spicevmc");

    private final String xmlName;

    PlainKind(String xmlName) {
      this.xmlName = xmlName;
    }

    /** {@return the value of the attribute {@code type}} */
    public String xmlName() {
      return xmlName;
    }
  }

  /**
   * A character device without a source.
   *
   * @param kind which
   */
  record Plain(PlainKind kind) implements CharacterDevice {
    @Override
    public String type() {
      return kind.xmlName();
    }
  }

  /** Channels that are found by a name. */
  enum ChannelKind {
    /** A Spice port. */
    SPICEPORT("spiceport"),
    /** A channel of QEMU's D-Bus display. */
    DBUS("dbus");

    private final String xmlName;

    ChannelKind(String xmlName) {
      this.xmlName = xmlName;
    }

    /** {@return the value of the attribute {@code type}} */
    public String xmlName() {
      return xmlName;
    }
  }

  /**
   * A channel with a name.
   *
   * @param kind which sort of channel
   * @param channel its name
   */
  record Channel(ChannelKind kind, String channel) implements CharacterDevice {
    @Override
    public String type() {
      return kind.xmlName();
    }
  }

  /**
   * FreeBSD's null modem, a pair of devices.
   *
   * @param master QEMU's end
   * @param slave the other end
   */
  record NullModem(String master, String slave) implements CharacterDevice {
    @Override
    public String type() {
      return "nmdm";
    }
  }

  /**
   * QEMU's built-in Spice agent.
   *
   * @param clipboardCopyPaste whether the clipboard is shared
   * @param mouseMode {@code client} or {@code server}
   */
  record Vdagent(Optional<Boolean> clipboardCopyPaste, Optional<String> mouseMode)
      implements CharacterDevice {
    @Override
    public String type() {
      return "qemu-vdagent";
    }
  }
}
