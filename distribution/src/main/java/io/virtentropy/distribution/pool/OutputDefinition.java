package io.virtentropy.distribution.pool;

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
   * @param mode which side connects
   * @param path its absolute path
   * @param permissions what is set on a socket that we make
   */
  record UnixSocket(String className, Mode mode, String path, Optional<Permissions> permissions)
      implements OutputDefinition {
    /**
     * Checks that nothing is null.
     *
     * @param className the class its clients draw on
     * @param mode which side connects
     * @param path its absolute path
     * @param permissions what is set on it
     */
    public UnixSocket {
      Objects.requireNonNull(className, "className");
      Objects.requireNonNull(mode, "mode");
      Objects.requireNonNull(path, "path");
      Objects.requireNonNull(permissions, "permissions");
    }
  }

  /**
   * A TCP port.
   *
   * @param className the class its clients draw on
   * @param mode which side connects
   * @param host the name or address
   * @param service the port
   */
  record Tcp(String className, Mode mode, String host, String service) implements OutputDefinition {
    /**
     * Checks that nothing is null.
     *
     * @param className the class its clients draw on
     * @param mode which side connects
     * @param host the name or address
     * @param service the port
     */
    public Tcp {
      Objects.requireNonNull(className, "className");
      Objects.requireNonNull(mode, "mode");
      Objects.requireNonNull(host, "host");
      Objects.requireNonNull(service, "service");
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
