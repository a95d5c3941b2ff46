package io.virtentropy.conformance.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.conformance.differential.Arrangement;
import io.virtentropy.conformance.differential.Comparison;
import io.virtentropy.conformance.differential.Mismatch;
import io.virtentropy.conformance.differential.Script;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Scripts that once showed a difference, and what is too rare for chance, on every QEMU here. */
@DisplayName("Scripts that once showed a difference")
final class CorpusIT {
  private static final Path CORPUS =
      Path.of("src/test/resources/io/virtentropy/conformance/qemu/corpus");

  @TestFactory
  Stream<DynamicTest> scripts() {
    return Qemus.all().stream()
        .map(qemu -> DynamicTest.dynamicTest("on QEMU " + qemu.version(), () -> replay(qemu)));
  }

  private static void replay(QemuBinary qemu) throws IOException {
    List<String> different = new ArrayList<>();
    Map<Arrangement, Comparison> comparisons = new EnumMap<>(Arrangement.class);
    try {
      for (Path file : files()) {
        Script script = Script.read(file);
        if (script.arrangement().isPossibleWith(qemu)) {
          Optional<Mismatch> found =
              comparisons
                  .computeIfAbsent(script.arrangement(), arrangement -> arrangement.with(qemu))
                  .run(script.steps());
          found.ifPresent(mismatch -> different.add(file.getFileName() + ": " + mismatch));
        }
      }
    } finally {
      comparisons.values().forEach(Comparison::close);
    }
    assertEquals(List.of(), different);
  }

  private static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(CORPUS)) {
      List<Path> found =
          files.filter(file -> file.toString().endsWith(".script")).sorted().toList();
      assertTrue(found.size() >= 10, () -> "scripts in " + CORPUS + ": " + found);
      return found;
    }
  }
}
