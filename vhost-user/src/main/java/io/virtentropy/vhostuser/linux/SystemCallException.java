package io.virtentropy.vhostuser.linux;

import java.io.IOException;

/** A system call failed: which one, on what, and why. */
public final class SystemCallException extends IOException {
  private static final long serialVersionUID = 1L;

  private final int errno;

  private SystemCallException(String message, int errno) {
    super(message);
    this.errno = errno;
  }

  /**
   * Describes the failure of this thread's last call.
   *
   * @param call what was tried, such as {@code bind}
   * @param subject what it was tried on; may be empty
   * @return the exception
   */
  static SystemCallException last(String call, String subject) {
    return of(call, subject, Libc.errno());
  }

  static SystemCallException of(String call, String subject, int errno) {
    String on = subject.isEmpty() ? "" : " " + subject;
    return new SystemCallException(call + on + ": " + Libc.strerror(errno), errno);
  }

  /**
   * Why it failed.
   *
   * @return an error number, see {@link Errno}
   */
  public int errno() {
    return errno;
  }
}
