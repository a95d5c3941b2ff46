package io.virtentropy.conformance.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.conformance.dut.PciFirmware;
import io.virtentropy.conformance.inprocess.PciDevice;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The documents that say which test shows what, held against the tests. */
@DisplayName("A document that names tests")
final class DocumentedTestsTest {
  private static final int MISTAKES = 59;
  private static final Pattern CLASS = Pattern.compile("`(\\w+)`");
  private static final Pattern ONE_TEST = Pattern.compile("`(\\w+)`: (.+)");
  private static final Pattern FEATURE = Pattern.compile("\\(feature (\\d+)\\)");

  private final SourceTree tree = SourceTree.ofThisBuild();
  private final TestNames names = TestNames.of(tree);

  /** The cells of the rows of all tables in a document, without their headings. */
  private List<List<String>> rows(String document) throws IOException {
    List<List<String>> rows = new ArrayList<>();
    List<String> lines = Files.readAllLines(tree.file(document));
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      boolean heading = i + 1 < lines.size() && lines.get(i + 1).startsWith("| ---");
      if (line.startsWith("| ") && !line.startsWith("| ---") && !heading) {
        rows.add(List.of(line.substring(2, line.length() - 2).split(" \\| ", -1)));
      }
    }
    return rows;
  }

  @Test
  @DisplayName("should have all 59 common mistakes, each with tests of that name or a reason")
  void commonMistakes() throws IOException {
    List<List<String>> rows = rows("docs/common-mistakes.md");
    assertEquals(MISTAKES, rows.size());
    for (int i = 0; i < MISTAKES; i++) {
      List<String> row = rows.get(i);
      String entry = String.format("MIST-%02d", i + 1);
      assertEquals(entry, row.get(0));
      Set<String> naming = names.classesNaming(entry);
      if (row.get(2).startsWith("none: ")) {
        assertEquals(Set.of(), naming, () -> entry + " is said to have no test");
      } else {
        Set<String> listed = new TreeSet<>();
        CLASS.matcher(row.get(2)).results().forEach(found -> listed.add(found.group(1)));
        assertFalse(listed.isEmpty(), () -> entry + " names no test and no reason");
        assertEquals(naming, listed, () -> entry + ": the tests that name it, and the table");
      }
    }
  }

  @Test
  @DisplayName("should give no feature as a reason that the device offers")
  void reasons() throws IOException {
    long offered = offeredFeatures();
    assertTrue((offered & 1L << 32) != 0, "VERSION_1");
    Set<Integer> missing = new TreeSet<>();
    for (List<String> row : rows("docs/common-mistakes.md")) {
      if (row.get(2).startsWith("none: ")) {
        List<MatchResult> found = FEATURE.matcher(row.get(2)).results().toList();
        assertEquals(1, found.size(), () -> row.get(0) + " has a reason that nothing checks");
        int feature = Integer.parseInt(found.get(0).group(1));
        missing.add(feature);
        assertEquals(0, offered & 1L << feature, () -> row.get(0) + " applies now");
      }
    }
    assertEquals(Set.of(26, 34, 35, 38), missing);
  }

  private static long offeredFeatures() {
    try (PciDevice device = PciDevice.strict().start()) {
      PciFirmware.bringUp(device);
      long features = 0;
      for (int word = 0; word < 2; word++) {
        device.barWrite(4, 0, 4, word);
        features |= device.barRead(4, 4, 4) << (32 * word);
      }
      return features;
    }
  }

  @Test
  @DisplayName("should name tests that exist, for everything promised to embedders")
  void embedding() throws IOException {
    List<List<String>> rows = rows("docs/embedding.md");
    assertTrue(rows.size() > 30, () -> rows.size() + " rows");
    for (List<String> row : rows) {
      for (String one : row.get(1).split("<br>", -1)) {
        List<MatchResult> found = ONE_TEST.matcher(one).results().toList();
        assertEquals(1, found.size(), () -> "'" + one + "' is no class and test");
        assertTrue(names.has(found.get(0).group(1), found.get(0).group(2)), () -> "no test " + one);
      }
    }
  }

  @Test
  @DisplayName("should be read as it is meant: names in several strings, of properties too")
  void readsNames() {
    TestNames read = new TestNames();
    read.add(
        "ATest", "@DisplayName(\n    \"one \"\n        + \"\\\"two\\\" (MIST-99)\")\nvoid a()");
    read.add("BProperties", "@Label(\"three\") void b() { String s = \"MIST-99\"; }");
    assertTrue(read.has("ATest", "one \\\"two\\\" (MIST-99)"));
    assertTrue(read.has("BProperties", "three"));
    assertEquals(Set.of("ATest"), read.classesNaming("MIST-99"));
  }
}
