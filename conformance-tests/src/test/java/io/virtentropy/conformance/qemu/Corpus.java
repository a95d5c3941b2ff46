package io.virtentropy.conformance.qemu;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.conformance.differential.Script;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The scripts that once showed a difference, and what is too rare for chance. */
public final class Corpus {
  private static final Path FOLDER =
      Path.of("src/test/resources/io/virtentropy/conformance/qemu/corpus");

  private Corpus() {}

  /** All of them, by the names of their files. */
  public static SortedMap<String, Script> scripts() throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(FOLDER)) {
      files = all.filter(file -> file.toString().endsWith(".script")).toList();
    }
    assertTrue(files.size() >= 10, () -> "scripts in " + FOLDER + ": " + files);
    SortedMap<String, Script> scripts = new TreeMap<>();
    for (Path file : files) {
      scripts.put(file.getFileName().toString(), Script.read(file));
    }
    return scripts;
  }
}
