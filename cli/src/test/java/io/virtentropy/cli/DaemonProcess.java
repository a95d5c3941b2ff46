package io.virtentropy.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The daemon as a process on its module path, with definitions in {@code pools} and its control
 * socket {@code control} in a test's folder.
 *
 * @param process the daemon
 * @param lines what it says
 */
record DaemonProcess(Process process, BufferedReader lines) {
  /**
   * Starts it.
   *
   * @param folder the test's
   * @param environment what it has besides this process's
   * @param more options
   */
  static DaemonProcess start(Path folder, Map<String, String> environment, String... more)
      throws IOException {
    Path lib = Path.of(System.getProperty("basedir", "."), "target", "lib");
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=com.sun.jna",
                "-p",
                lib.toString(),
                "-m",
                "io.virtentropy.cli/io.virtentropy.cli.VirtentropyCommand",
                "daemon",
                "--allow-test-sources",
                "--pools",
                folder.resolve("pools").toString(),
                "--control",
                folder.resolve("control").toString()));
    command.addAll(List.of(more));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().putAll(environment);
    Process started = builder.start();
    return new DaemonProcess(started, started.inputReader());
  }

  /** Waits until it says something that begins so. */
  String await(String beginning) throws IOException {
    String line = lines.readLine();
    while (line != null && !line.startsWith(beginning)) {
      line = lines.readLine();
    }
    assertTrue(line != null, "the daemon ended before it said: " + beginning);
    return line;
  }
}
