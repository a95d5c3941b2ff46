package io.virtentropy.distribution.pool;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/** Whom a pool serves: {@code <output>}. */
public sealed interface OutputDefinition {
  /** {@return the name of the leaf class that is drawn on} */
  String className();

  /** Which side opens a connection. */
  enum Mode {
    /** We listen. */
    BIND,
    /** We connect, and again when the connection is lost. */
    CONNECT;

    /** {@return the value of the attribute} */
    public String xmlName() {
      return this == BIND ? "bind" : "connect";
    }
  }

  /** {@return who has one share of the class} */
  default Share share() {
    return Share.CONNECTION;
  }

  /** Who has a share of a class, as large as any other's. */
  enum Share {
    /** Each connection. */
    CONNECTION,
    /**
     * All connections of one peer together: of one user on a unix socket, of one distinguished name
     * with TLS.
     */
    PEER;

    /** {@return the value of the attribute} */
    public String xmlName() {
      return this == PEER ? "peer" : "connection";
    }
  }

  /**
   * Permits guests that libvirt runs to draw on a class. Which class a guest draws on, it says
   * itself.
   *
   * @param className the class
   * @param guest the one guest that may; absent means all
   */
  record Domain(String className, Optional<Guest> guest) implements OutputDefinition {
    /**
     * Checks that nothing is null.
     *
     * @param className the class
     * @param guest the one guest that may
     */
    public Domain {
      Objects.requireNonNull(className, "className");
      Objects.requireNonNull(guest, "guest");
    }
  }

  /** How a guest is told from others. */
  sealed interface Guest {
    /**
     * By its UUID.
     *
     * @param uuid the UUID
     */
    record ByUuid(UUID uuid) implements Guest {}

    /**
     * By its name.
     *
     * @param name the name
     */
    record ByName(String name) implements Guest {}
  }

  /**
   * A unix socket.
   *
   * @param className the class its clients draw on
   * @param share who has one share of it
   * @param mode which side connects
   * @param path its absolute path
   * @param permissions what is set on a socket that we make
   */
  record UnixSocket(
      String className, Share share, Mode mode, String path, Optional<Permissions> permissions)
      implements OutputDefinition {
    /**
     * Checks that nothing is null.
     *
     * @param className the class its clients draw on
     * @param share who has one share of it
     * @param mode which side connects
     * @param path its absolute path
     * @param permissions what is set on it
     */
    public UnixSocket {
      Objects.requireNonNull(className, "className");
      Objects.requireNonNull(share, "share");
      Objects.requireNonNull(mode, "mode");
      Objects.requireNonNull(path, "path");
      Objects.requireNonNull(permissions, "permissions");
    }
  }

  /**
   * A TCP port.
   *
   * @param className the class its clients draw on
   * @param share who has one share of it
   * @param mode which side connects
   * @param host the name or address
   * @param service the port
   * @param tls how it is encrypted; absent means not at all, which a loopback address may be
   */
  record Tcp(
      String className, Share share, Mode mode, String host, String service, Optional<Tls> tls)
      implements OutputDefinition {
    /**
     * Checks that nothing is null.
     *
     * @param className the class its clients draw on
     * @param share who has one share of it
     * @param mode which side connects
     * @param host the name or address
     * @param service the port
     * @param tls how it is encrypted
     */
    public Tcp {
      Objects.requireNonNull(className, "className");
      Objects.requireNonNull(share, "share");
      Objects.requireNonNull(mode, "mode");
      Objects.requireNonNull(host, "host");
      Objects.requireNonNull(service, "service");
      Objects.requireNonNull(tls, "tls");
    }
  }

  /**
   * How a port is encrypted.
   *
   * @param directory where keys and certificates are, laid out as QEMU's {@code tls-creds-x509}
   * @param verify whether a client needs a certificate; always true where we connect
   * @param allowedSubjects the distinguished names of those who may be at the other side
   * @param allowedHosts the hosts, as their certificates name them, that may; with both lists
   *     empty, whoever has a certificate
   */
  record Tls(
      String directory, boolean verify, List<String> allowedSubjects, List<String> allowedHosts) {
    /** Where keys and certificates are looked for unless the definition says. */
    public static final String DEFAULT_DIRECTORY = "/etc/pki/virtentropy";

    /**
     * Copies the lists.
     *
     * @param directory where keys and certificates are
     * @param verify whether a client needs a certificate
     * @param allowedSubjects who may be there by name
     * @param allowedHosts who may be there by host
     */
    public Tls {
      Objects.requireNonNull(directory, "directory");
      allowedSubjects = List.copyOf(allowedSubjects);
      allowedHosts = List.copyOf(allowedHosts);
    }
  }

  /**
   * Who may open a socket.
   *
   * @param mode the file mode, 0 to 07777
   * @param owner the owner's number; absent means the daemon's
   * @param group the group's number; absent means the daemon's
   */
  record Permissions(int mode, OptionalLong owner, OptionalLong group) {}
}
