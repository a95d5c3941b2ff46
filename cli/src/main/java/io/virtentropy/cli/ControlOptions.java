package io.virtentropy.cli;

import java.io.IOException;
import java.nio.file.Files;
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

  /**
   * The socket, whose folder is there: that of the default is made if it isn't, since the system
   * forgets it whenever it is started.
   *
   * @throws UnusableException if it can't be made
   */
  Path socketToMake() {
    Path folder = socket.getParent();
    if (socket.toString().equals(DEFAULT_SOCKET) && !Files.exists(folder)) {
      try {
        Files.createDirectory(folder);
      } catch (IOException e) {
        throw new UnusableException(
            "--control " + socket + ": the folder " + folder + " can't be made: " + e.getMessage(),
            e);
      }
    }
    return socket;
  }

  ControlClient connect() {
    return new ControlClient(socket);
  }
}
