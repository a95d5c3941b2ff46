package io.virtentropy.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The command as a process, on the module path that the launcher uses. */
final class CommandProcess {
  private static final Path MODULES = Path.of(System.getProperty("basedir", "."), "target", "lib");

  private CommandProcess() {}

  /** A process with these arguments, to be started. */
  static ProcessBuilder with(List<String> arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=com.sun.jna",
                "--module-path",
                MODULES.toString(),
                "--module",
                "io.virtentropy.cli/io.virtentropy.cli.VirtentropyCommand"));
    command.addAll(arguments);
    return new ProcessBuilder(command);
  }

  /** Starts one that says all that it says in one stream. */
  static Process start(String... arguments) throws IOException {
    return with(List.of(arguments)).redirectErrorStream(true).start();
  }
}
