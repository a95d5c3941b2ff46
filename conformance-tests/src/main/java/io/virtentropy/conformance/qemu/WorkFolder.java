package io.virtentropy.conformance.qemu;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** A folder of sockets and logs, private to this user, that goes away with everything in it. */
final class WorkFolder implements AutoCloseable {
  private final Path path;

  private WorkFolder(Path path) {
    this.path = path;
  }

  static WorkFolder make() {
    try {
      return new WorkFolder(Files.createTempDirectory("qtest"));
    } catch (IOException e) {
      throw new QemuStartException("cannot make a folder for QEMU's sockets: " + e.getMessage(), e);
    }
  }

  Path file(String name) {
    return path.resolve(name);
  }

  /** A path as a value among QEMU's options, where a comma ends a value and two are one. */
  static String asOption(Path path) {
    return path.toString().replace(",", ",,");
  }

  @Override
  public void close() throws IOException {
    if (!Files.exists(path)) {
      return;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(path)) {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
    }
    Files.deleteIfExists(path);
  }
}
