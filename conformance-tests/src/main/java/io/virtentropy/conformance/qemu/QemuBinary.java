package io.virtentropy.conformance.qemu;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A QEMU for x86, and what it can do.
 *
 * @param path the program
 * @param version its release
 * @param qtestAccelerator whether it runs machines without any CPU at work ({@code -accel qtest}),
 *     and so with a clock that a test moves. Debian leaves that out of its 7.2 and 10.0, without
 *     which machines run under TCG with a firmware that halts, and with the wall's clock
 */
public record QemuBinary(Path path, QemuVersion version, boolean qtestAccelerator) {
  private static final String NAME = "qemu-system-x86_64";
  private static final int SECONDS = 120;

  /**
   * Looks at a QEMU by running it.
   *
   * @param path the program
   * @return what it is
   * @throws QemuStartException if it can't be run, or is something else
   */
  public static QemuBinary at(Path path) {
    QemuVersion version = QemuVersion.parse(outputOf(List.of(path.toString(), "--version")));
    // A machine that has nothing, not even a CPU; it steps its clock or says that it can't.
    String said =
        outputOf(
            List.of(
                path.toString(),
                "-machine",
                "none,accel=qtest",
                "-nodefaults",
                "-display",
                "none",
                "-S",
                "-no-user-config",
                "-qmp",
                "stdio"),
            "{'execute':'qmp_capabilities'}{'execute':'quit'}");
    return new QemuBinary(path, version, said.contains("\"return\""));
  }

  /**
   * Looks for the QEMU that is installed.
   *
   * @return empty if there is none on PATH
   */
  public static Optional<QemuBinary> installed() {
    String path = System.getenv("PATH");
    if (path != null) {
      for (String folder : path.split(File.pathSeparator, -1)) {
        Path program = Path.of(folder, NAME);
        if (Files.isExecutable(program)) {
          return Optional.of(at(program));
        }
      }
    }
    return Optional.empty();
  }

  private static String outputOf(List<String> command, String... lines) {
    Process process = null;
    try {
      process = new ProcessBuilder(command).redirectErrorStream(true).start();
      try (var in = process.getOutputStream()) {
        in.write(String.join("\n", lines).getBytes(StandardCharsets.US_ASCII));
      } catch (IOException e) {
        // It has ended without reading; what it printed says why.
      }
      // What it says fits the pipe, so it can end before it is read.
      if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
        throw new QemuStartException(command.get(0) + " did not end within " + SECONDS + " s");
      }
      return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new QemuStartException("interrupted while " + command.get(0) + " was tried", e);
    } catch (IOException e) {
      throw new QemuStartException("cannot run " + command.get(0) + ": " + e.getMessage(), e);
    } finally {
      if (process != null) {
        process.destroyForcibly();
      }
    }
  }

  /**
   * The newest machine type of a chipset that this QEMU has, by its full name: the short name means
   * another machine with each release.
   *
   * @param chipset such as {@code q35} or {@code i440fx}
   * @return such as {@code pc-q35-7.2}
   */
  public String machineType(String chipset) {
    return "pc-" + chipset + "-" + version.major() + "." + version.minor();
  }
}
