package io.virtentropy.vhostuser.linux;

/** Error numbers that are acted upon; the same on x86-64 and aarch64. */
public final class Errno {
  /** No such file or directory. */
  public static final int ENOENT = 2;

  /** Interrupted by a signal: the call is made again. */
  public static final int EINTR = 4;

  /** Nothing to be had, or no room, without waiting. */
  public static final int EAGAIN = 11;

  /** The system's table of open files is full. */
  public static final int ENFILE = 23;

  /** The process has as many open files as it may. */
  public static final int EMFILE = 24;

  /** The other side of a connection is gone. */
  public static final int EPIPE = 32;

  /** The other side went without reading everything. */
  public static final int ECONNRESET = 104;

  /** The other side went before it was accepted. */
  public static final int ECONNABORTED = 103;

  /** Nobody listens. */
  public static final int ECONNREFUSED = 111;

  private Errno() {}
}
