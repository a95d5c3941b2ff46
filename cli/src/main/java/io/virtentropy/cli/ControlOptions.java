package io.virtentropy.cli;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Where the daemon is. */
final class ControlOptions {
  static final String DEFAULT_SOCKET = "/run/virtentropy/control.sock";

  @Option(
      names = "--control",
      paramLabel = "PATH",
      description = "The daemon's control socket; ${DEFAULT-VALUE} unless given.",
      defaultValue = DEFAULT_SOCKET)
  private Path socket;

  Path socket() {
    return socket;
  }

  ControlClient connect() {
    return new ControlClient(socket);
  }
}
