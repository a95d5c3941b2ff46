package io.virtentropy.cli;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where EGD is spoken, as the command line names it: {@code unix:PATH}, {@code tcp:HOST:PORT} or,
 * encrypted, {@code tls:HOST:PORT}. Who serves, and who connects, is said elsewhere.
 */
sealed interface EgdPlace {
  /** What is accepted, for messages and help. */
  String USAGE = "unix:PATH, tcp:HOST:PORT and tls:HOST:PORT";

  /** A socket in the file system. */
  record Unix(Path path) implements EgdPlace {
    @Override
    public String toString() {
      return "unix:" + path;
    }
  }

  /** A port. */
  record Tcp(String host, int port, boolean tls) implements EgdPlace {
    /** Looks the host up. */
    InetSocketAddress address() {
      try {
        return new InetSocketAddress(InetAddress.getByName(host), port);
      } catch (UnknownHostException e) {
        throw new UnusableException("the host '" + host + "' is unknown", e);
      }
    }

    @Override
    public String toString() {
      String name = host.indexOf(':') < 0 ? host : "[" + host + "]";
      return (tls ? "tls:" : "tcp:") + name + ":" + port;
    }
  }

  /** Reads a place. */
  static EgdPlace parse(String option, String text) {
    if (text.startsWith("unix:") && text.length() > "unix:".length()) {
      try {
        return new Unix(Path.of(text.substring("unix:".length())));
      } catch (InvalidPathException e) {
        throw refused(option, text);
      }
    }
    Matcher port = Port.PATTERN.matcher(text);
    if (!port.matches() || Integer.parseInt(port.group(4)) > 65_535) {
      throw refused(option, text);
    }
    String host = port.group(2) != null ? port.group(2) : port.group(3);
    return new Tcp(host, Integer.parseInt(port.group(4)), port.group(1).equals("tls"));
  }

  private static UnusableException refused(String option, String text) {
    return new UnusableException(option + " " + text + "; " + USAGE + " are accepted", null);
  }

  /** How a port is written; an IPv6 address in brackets. */
  final class Port {
    private static final Pattern PATTERN =
        Pattern.compile("(tcp|tls):(?:\\[([0-9a-fA-F:.%]+)\\]|([^:\\[\\]]+)):(\\d{1,5})");

    private Port() {}
  }
}
