package io.virtentropy.cli;

import io.virtentropy.distribution.daemon.DaemonEvent;
import java.io.PrintWriter;

/** Prints a line for each event, for the journal. */
final class DaemonLog {
  private final PrintWriter out;

  DaemonLog(PrintWriter out) {
    this.out = out;
  }

  void tell(DaemonEvent event) {
    StringBuilder line = new StringBuilder();
    if (!event.pool().isEmpty()) {
      line.append("pool ").append(event.pool()).append(": ");
    }
    line.append(event.kind().word());
    if (!event.detail().isEmpty()) {
      line.append(": ").append(event.detail());
    }
    out.println(line);
    out.flush();
  }
}
