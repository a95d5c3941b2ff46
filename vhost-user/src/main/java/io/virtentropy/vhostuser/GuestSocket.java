package io.virtentropy.vhostuser;

import io.virtentropy.virtio.device.DeviceCounters;
import java.nio.file.Path;

/**
 * One socket of a server, and the guest behind it. It outlives the connections: what is counted and
 * limited is counted and limited for all of them together.
 *
 * <p>May be read by any thread.
 */
public final class GuestSocket {
  /** Who calls whom. */
  public enum Role {
    /** The server listens and the front-end connects. */
    LISTENS,
    /** The front-end listens, such as QEMU with {@code server=on}, and the server connects. */
    CONNECTS
  }

  private final int index;
  private final Path path;
  private final Role role;
  private final DeviceCounters counters = new DeviceCounters();
  private volatile boolean connected;

  GuestSocket(int index, Path path, Role role) {
    this.index = index;
    this.path = path;
    this.role = role;
  }

  /**
   * The socket's place among the server's.
   *
   * @return 0 or more, in the order of the builder's calls
   */
  public int index() {
    return index;
  }

  /**
   * Where the socket is.
   *
   * @return as given to the builder
   */
  public Path path() {
    return path;
  }

  /**
   * Who calls whom.
   *
   * @return the server's role
   */
  public Role role() {
    return role;
  }

  /**
   * What was counted.
   *
   * @return live values; {@code INTERRUPTS} counts notifications the driver asked for
   */
  public DeviceCounters counters() {
    return counters;
  }

  /**
   * Says whether a front-end is connected.
   *
   * @return true if one is
   */
  public boolean isConnected() {
    return connected;
  }

  void setConnected(boolean now) {
    connected = now;
  }

  @Override
  public String toString() {
    return path.toString();
  }
}
