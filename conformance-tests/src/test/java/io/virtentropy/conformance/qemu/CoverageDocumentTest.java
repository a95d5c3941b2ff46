package io.virtentropy.conformance.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.virtentropy.conformance.differential.Arrangement;
import io.virtentropy.conformance.differential.KnownDifference;
import io.virtentropy.conformance.differential.Verb;
import io.virtentropy.conformance.spec.Deviation;
import io.virtentropy.conformance.spec.QemuSubjects;
import io.virtentropy.conformance.spec.SpecSuite;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The documents of the comparison with QEMU")
final class CoverageDocumentTest {
  private static final Path DOCS = Path.of("..", "docs");
  private static final Pattern ROW = Pattern.compile("\\| (\\d+) \\| [^|]+ \\| ([^|]+) \\|");
  private static final Pattern NAMED = Pattern.compile("`([^`]+)`");

  /** A row of one of the two tables. */
  private record Row(int number, List<String> named) {}

  private static List<Row> rows() throws IOException {
    List<Row> rows = new ArrayList<>();
    for (String line : Files.readAllLines(DOCS.resolve("qemu-coverage.md"))) {
      Matcher row = ROW.matcher(line);
      if (row.matches()) {
        List<String> named =
            NAMED.matcher(row.group(2)).results().map(found -> found.group(1)).toList();
        rows.add(new Row(Integer.parseInt(row.group(1)), named));
      }
    }
    return rows;
  }

  @Test
  @DisplayName("should have 18 steps and 20 points, each covered by something")
  void complete() throws IOException {
    List<Integer> expected =
        IntStream.concat(IntStream.rangeClosed(1, 18), IntStream.rangeClosed(1, 20))
            .boxed()
            .toList();
    assertEquals(expected, rows().stream().map(Row::number).toList());
    for (Row row : rows()) {
      assertFalse(row.named().isEmpty(), () -> "row " + row.number() + " names nothing");
    }
  }

  @Test
  @DisplayName("should name nothing that isn't there")
  void named() throws IOException {
    Set<String> there = new HashSet<>();
    for (Verb verb : Verb.values()) {
      there.add(verb.word());
    }
    for (Arrangement arrangement : Arrangement.values()) {
      there.add(arrangement.word());
    }
    SpecSuite.checks().forEach(check -> there.add(check.requirement().id()));
    QemuBinary oldest = new QemuBinary(Path.of("any"), new QemuVersion(7, 2, 22), false);
    for (Deviation deviation : QemuSubjects.of(oldest).get(0).deviations()) {
      there.add(deviation.id());
    }
    for (Path sources :
        List.of(Path.of("src"), Path.of("..", "virtio", "src"), Path.of("..", "vhost-user"))) {
      try (Stream<Path> files = Files.walk(sources)) {
        files
            .map(file -> file.getFileName().toString())
            .filter(name -> name.endsWith(".java") || name.endsWith(".script"))
            .forEach(name -> there.add(name.substring(0, name.lastIndexOf('.'))));
      }
    }
    List<String> missing =
        rows().stream()
            .flatMap(row -> row.named().stream())
            .filter(name -> !there.contains(name))
            .toList();
    assertEquals(List.of(), missing);
  }

  @Test
  @DisplayName("should have a row for all that scripts leave out")
  void knownDifferences() throws IOException {
    String text = Files.readString(DOCS.resolve("qemu-differences.md"));
    List<KnownDifference> missing =
        Stream.of(KnownDifference.values())
            .filter(known -> !text.contains("\n| " + known.row() + " |"))
            .toList();
    assertEquals(List.of(), missing);
  }
}
