package io.virtentropy.cli;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.util.concurrent.TimeUnit;

/**
 * Tells systemd that the daemon is at work, if its unit is one of {@code Type=notify}:
 * sd_notify(3), by systemd's own program, since Java 17 has no datagram sockets of this kind. The
 * unit has {@code NotifyAccess=all} for it.
 */
final class SystemdNotify {
  private static final String SOCKET = "NOTIFY_SOCKET";
  private static final String PROGRAM = "systemd-notify";

  /** It waits for systemd itself, 5 seconds at the most. */
  private static final long PATIENCE_SECONDS = 30;

  private SystemdNotify() {}

  /** Says that whoever waited for this service can go on; nothing where nobody has asked for it. */
  static void ready(DaemonLog log) throws InterruptedException {
    if (System.getenv(SOCKET) == null) {
      return;
    }
    try {
      Process program =
          new ProcessBuilder(PROGRAM, "--ready")
              .redirectOutput(Redirect.DISCARD)
              .redirectError(Redirect.INHERIT)
              .start();
      if (!program.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        program.destroyForcibly();
        log.print("trouble: systemd does not listen at " + SOCKET);
      } else if (program.exitValue() != 0) {
        log.print("trouble: " + PROGRAM + " ended with exit code " + program.exitValue());
      }
    } catch (IOException e) {
      log.print("trouble: systemd can't be told that the daemon is ready: " + e.getMessage());
    }
  }
}
