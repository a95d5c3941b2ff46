package io.virtentropy.vhostuser.linux;

/**
 * Brings on an {@link InternalError} for memory that could not be accessed. Compiled code only
 * marks the fault; the error is thrown where the thread comes back from the JVM or from native
 * code.
 */
public final class LateFaults {
  private LateFaults() {}

  /**
   * Comes back from native code: a few nanoseconds, no system call.
   *
   * @throws InternalError if memory was accessed before whose file is too short
   */
  public static void deliver() {
    Libc.errno();
  }
}
