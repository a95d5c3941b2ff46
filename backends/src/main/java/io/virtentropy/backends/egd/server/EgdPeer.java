package io.virtentropy.backends.egd.server;

import java.nio.file.attribute.UserPrincipal;
import java.security.Principal;
import java.util.Optional;

/**
 * One connection's other end: who it is, as far as can be known, and what it got. Made when the
 * connection is, never used for another.
 *
 * <p>The figures are written by the thread that polls the server and may be read by any.
 */
public final class EgdPeer {
  private final long number;
  private final String endpoint;
  private final String address;
  private final UserPrincipal user;
  private Connection connection;
  private volatile Principal certified;
  private volatile long delivered;
  private volatile long owed;

  EgdPeer(long number, String endpoint, String address, UserPrincipal user) {
    this.number = number;
    this.endpoint = endpoint;
    this.address = address;
    this.user = user;
  }

  /**
   * Which connection of its server this is.
   *
   * @return 1 for the first
   */
  public long number() {
    return number;
  }

  /**
   * Where it connected, or was connected to.
   *
   * @return as {@code unix:/run/egd.sock} or {@code tcp:127.0.0.1:8888}
   */
  public String endpoint() {
    return endpoint;
  }

  /**
   * The user that the kernel says connected, or listens where we connected to: what SO_PEERCRED
   * told when the connection was made. Equal to what the file system's lookup service gives for the
   * user's name, or for its number in digits.
   *
   * @return empty unless this is a Unix socket of a system that tells
   */
  public Optional<UserPrincipal> user() {
    return Optional.ofNullable(user);
  }

  /**
   * Who the peer's certificate says it is.
   *
   * @return empty without TLS, before its handshake is over, and if the peer sent no certificate
   */
  public Optional<Principal> certified() {
    return Optional.ofNullable(certified);
  }

  /**
   * How many bytes of entropy it was given.
   *
   * @return 0 or more; no length bytes among them
   */
  public long delivered() {
    return delivered;
  }

  /**
   * How many bytes it has asked for with blocking reads and not been given: what is still owed. At
   * the end of a connection this is what its other end still waits for, should it be one that
   * remembers.
   *
   * @return 0 or more
   */
  public long owed() {
    return owed;
  }

  /** What it is connected by, or was; null before. */
  Connection connection() {
    return connection;
  }

  void setConnection(Connection value) {
    connection = value;
  }

  void setCertified(Principal principal) {
    certified = principal;
  }

  void setFigures(long deliveredBytes, long owedBytes) {
    delivered = deliveredBytes;
    owed = owedBytes;
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("client ").append(number).append(" of ");
    text.append(endpoint);
    if (!address.isEmpty()) {
      text.append(" from ").append(address);
    }
    if (user != null) {
      text.append(", user ").append(user.getName());
    }
    Principal principal = certified;
    if (principal != null) {
      text.append(", certified ").append(principal.getName());
    }
    return text.toString();
  }
}
