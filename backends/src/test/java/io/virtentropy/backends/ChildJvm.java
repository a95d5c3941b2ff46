package io.virtentropy.backends;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Stream;

/** A Java program run beside the tests; its output is read line by line. */
final class ChildJvm implements AutoCloseable {
  private final Process process;
  private final BlockingQueue<Optional<String>> output = new LinkedBlockingQueue<>();

  private ChildJvm(List<String> command) throws IOException {
    process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    // Read by a thread beside, so that a test that waits for a line can be interrupted and ends
    // the child: one left behind would keep the build waiting for it.
    Thread reader = new Thread(this::read, "output of a child");
    reader.setDaemon(true);
    reader.start();
  }

  private void read() {
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      lines.lines().forEach(line -> output.add(Optional.of(line)));
    } catch (IOException | UncheckedIOException e) {
      System.err.println("the output of a child has ended: " + e);
    } finally {
      output.add(Optional.empty());
    }
  }

  static ChildJvm start(String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-XX:TieredStopAtLevel=1");
    command.addAll(Arrays.asList(arguments));
    return new ChildJvm(command);
  }

  /**
   * Starts a program as a user who has no rights: root may read everything, so when the tests run
   * as root the program runs as nobody.
   */
  static ChildJvm startWithoutRights(String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    if (isRoot()) {
      command.addAll(List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"));
    }
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-XX:TieredStopAtLevel=1");
    command.addAll(Arrays.asList(arguments));
    return new ChildJvm(command);
  }

  private static boolean isRoot() throws IOException {
    return (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0;
  }

  /** Where the classes of a class are: a directory or a jar. */
  static Path classesOf(Class<?> type) throws URISyntaxException {
    return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
  }

  /** A directory that everybody may read, with copies of the given directories' classes. */
  static Path publicCopy(Path... directories) throws IOException {
    Path copy =
        Files.createTempDirectory(
            Path.of(System.getProperty("java.io.tmpdir")), "virtentropy-classes");
    for (Path directory : directories) {
      try (Stream<Path> files = Files.walk(directory)) {
        for (Path file : (Iterable<Path>) files::iterator) {
          Path target = copy.resolve(directory.relativize(file).toString());
          if (Files.isDirectory(file)) {
            Files.createDirectories(target);
            Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rwxr-xr-x"));
          } else if (!Files.exists(target)) {
            Files.copy(file, target);
            Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rw-r--r--"));
          }
        }
      }
    }
    return copy;
  }

  static void delete(Path tree) throws IOException {
    try (Stream<Path> files = Files.walk(tree)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /** The next line, or null if there is none. */
  String readLine() throws InterruptedException {
    return output.take().orElse(null);
  }

  List<String> readAll() throws IOException, InterruptedException {
    List<String> lines = new ArrayList<>();
    String line;
    while ((line = readLine()) != null) {
      lines.add(line);
    }
    if (process.waitFor() != 0) {
      throw new IOException("the child exited with " + process.exitValue() + " after " + lines);
    }
    return lines;
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
