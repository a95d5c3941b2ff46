package io.virtentropy.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The daemon as a process, with definitions in {@code pools} and its control socket {@code control}
 * in a test's folder.
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
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "daemon",
                "--allow-test-sources",
                "--pools",
                folder.resolve("pools").toString(),
                "--control",
                folder.resolve("control").toString()));
    arguments.addAll(List.of(more));
    ProcessBuilder builder =
        CommandProcess.with(arguments).redirectError(ProcessBuilder.Redirect.INHERIT);
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
