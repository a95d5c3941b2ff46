package io.virtentropy.conformance.guest;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The command as users run it, in a process that can be killed. */
public final class CommandProcess {
  private static final Path MODULES = Path.of("..", "cli", "target", "lib");

  private CommandProcess() {}

  /**
   * A process to be started, which says all that it says in one stream.
   *
   * @param arguments the command's
   * @return its builder, whose command may be added to
   */
  public static ProcessBuilder with(List<String> arguments) {
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
    return new ProcessBuilder(command).redirectErrorStream(true);
  }
}
