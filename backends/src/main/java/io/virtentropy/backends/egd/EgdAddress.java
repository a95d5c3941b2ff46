package io.virtentropy.backends.egd;

import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.backends.EntropySourceException.Reason;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;

/**
 * Where an EGD server is, and who connects to whom. The kinds are those of QEMU's character
 * devices. Which side is the server of EGD has nothing to do with which side listens: a source is
 * always the client, and may all the same be the one that waits to be connected to.
 */
public sealed interface EgdAddress {
  /** The longest path of a socket that Linux takes, in bytes. */
  int MAX_SOCKET_PATH = 107;

  /**
   * Reads the string form of an address, without options other than {@code listen} and {@code
   * input}: what the {@code toString} of an address gives.
   *
   * @param text such as {@code unix:/run/egd.sock}, {@code tcp:localhost:8888} or {@code
   *     tcp::8888?listen}
   * @return the address
   * @throws EntropySourceException with one clear sentence if it is none
   */
  static EgdAddress parse(String text) {
    return new EgdSpec(text).address();
  }

  /**
   * Says whether the source waits for the server to connect.
   *
   * @return false where the source connects, or where there is nothing to connect
   */
  default boolean listen() {
    return false;
  }

  /**
   * A socket in the file system.
   *
   * @param path its path, at most {@value EgdAddress#MAX_SOCKET_PATH} bytes
   * @param listen whether the source makes the socket and waits there
   */
  record Unix(Path path, boolean listen) implements EgdAddress {
    /**
     * Checks the path.
     *
     * @param path see above
     * @param listen see above
     */
    public Unix {
      int length = path.toString().getBytes(StandardCharsets.UTF_8).length;
      if (length == 0 || length > MAX_SOCKET_PATH) {
        throw new EntropySourceException(
            Reason.UNSUITABLE,
            "a socket's path of "
                + length
                + " bytes, '"
                + path
                + "'; 1 to "
                + MAX_SOCKET_PATH
                + " are accepted");
      }
    }

    @Override
    public String toString() {
      return "unix:" + escaped(path) + (listen ? "?listen" : "");
    }
  }

  /**
   * A port of TCP.
   *
   * @param host a name or an address; where the source listens, empty for any
   * @param port 1 to 65535; where the source listens, 0 for any that is free
   * @param listen whether the source waits there
   * @param tls whether TLS is spoken
   */
  record Tcp(String host, int port, boolean listen, boolean tls) implements EgdAddress {
    /**
     * Checks host and port.
     *
     * @param host see above
     * @param port see above
     * @param listen see above
     * @param tls see above
     */
    public Tcp {
      requireEndpoint(host, port, listen);
    }

    @Override
    public String toString() {
      return (tls ? "tls:" : "tcp:") + endpoint(host, port) + (listen ? "?listen" : "");
    }
  }

  /**
   * A port of UDP. A datagram that is lost is asked for again when it has been waited for long
   * enough.
   *
   * @param host a name or an address
   * @param port 1 to 65535
   */
  record Udp(String host, int port) implements EgdAddress {
    /**
     * Checks host and port.
     *
     * @param host see above
     * @param port see above
     */
    public Udp {
      requireEndpoint(host, port, false);
    }

    @Override
    public String toString() {
      return "udp:" + endpoint(host, port);
    }
  }

  /**
   * A pair of named pipes: replies are read from PATH{@code .in}, requests written to PATH{@code
   * .out}. If one of the two is missing, a character device called PATH is used for both.
   *
   * @param path what the two names begin with
   */
  record Pipe(Path path) implements EgdAddress {
    /**
     * Checks the path.
     *
     * @param path see above
     */
    public Pipe {
      Objects.requireNonNull(path, "path");
    }

    @Override
    public String toString() {
      return "pipe:" + escaped(path);
    }
  }

  /**
   * A character device, such as a serial line, in raw mode and without echo.
   *
   * @param path the device
   */
  record Device(Path path) implements EgdAddress {
    /**
     * Checks the path.
     *
     * @param path see above
     */
    public Device {
      Objects.requireNonNull(path, "path");
    }

    @Override
    public String toString() {
      return "dev:" + escaped(path);
    }
  }

  /**
   * Two files, neither of them regular: requests are written to one, replies read from the other.
   *
   * @param requests where requests go
   * @param replies where replies come from
   */
  record Files(Path requests, Path replies) implements EgdAddress {
    /**
     * Checks the paths.
     *
     * @param requests see above
     * @param replies see above
     */
    public Files {
      Objects.requireNonNull(requests, "requests");
      Objects.requireNonNull(replies, "replies");
    }

    @Override
    public String toString() {
      return "file:" + escaped(requests) + "?input=" + escaped(replies);
    }
  }

  private static void requireEndpoint(String host, int port, boolean listen) {
    if (host.isEmpty() && !listen) {
      throw new EntropySourceException(
          Reason.UNSUITABLE, "no host before the port " + port + "; a name or address is accepted");
    }
    int least = listen ? 0 : 1;
    if (port < least || port > 0xffff) {
      throw new EntropySourceException(
          Reason.UNSUITABLE, "a port of " + port + "; " + least + " to 65535 is accepted");
    }
  }

  /**
   * Writes a path as it may stand in an address, or in an option of one.
   *
   * @param path any
   * @return the path with what means something in an address written {@code %XX}
   */
  static String escaped(Path path) {
    return path.toString().replace("%", "%25").replace("?", "%3F").replace("&", "%26");
  }

  private static String endpoint(String host, int port) {
    return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
  }
}
