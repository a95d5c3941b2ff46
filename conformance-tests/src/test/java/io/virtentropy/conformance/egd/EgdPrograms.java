package io.virtentropy.conformance.egd;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Other people's EGD programs, which {@code conformance-tests/egd/unpack} has put into the cache.
 */
final class EgdPrograms {
  private EgdPrograms() {}

  private static Path folder() {
    String set = System.getenv("VIRTENTROPY_CACHE");
    Path cache = set != null ? Path.of(set) : Path.of("..", ".cache");
    Path folder = cache.resolve("egd").toAbsolutePath().normalize();
    if (!Files.exists(folder.resolve("versions"))) {
      throw new AssertionError("no " + folder + "; run conformance-tests/egd/unpack");
    }
    return folder;
  }

  /** The packages and their versions, for a test's output. */
  static String versions() throws IOException {
    return Files.readString(folder().resolve("versions")).strip().replace("\n", ", ");
  }

  /** A program and its arguments, ready to be started; what it says is for the caller to place. */
  static ProcessBuilder program(String program, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(folder().resolve("bin").resolve(program).toString());
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).redirectInput(Path.of("/dev/null").toFile());
  }

  /** Starts a program; what it says goes to a file of its name. */
  static Process start(Path work, String program, String... arguments) throws IOException {
    return program(program, arguments)
        .redirectErrorStream(true)
        .redirectOutput(work.resolve(program + ".log").toFile())
        .start();
  }

  /** What a program has said. */
  static String log(Path work, String program) throws IOException {
    return new String(Files.readAllBytes(work.resolve(program + ".log")), StandardCharsets.UTF_8);
  }
}
