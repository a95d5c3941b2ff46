package io.virtentropy.virtio.device;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** docs/qemu-differences.md against the tests of its rows. */
@DisplayName("The document of differences from QEMU")
class QemuDifferencesTest {
  private static final List<Class<?>> TESTS =
      List.of(
          QemuQueueDifferencesTest.class,
          QemuRegisterDifferencesTest.class,
          QemuPciDifferencesTest.class,
          QemuExceptionsTest.class);

  @Test
  @DisplayName("should have a test for every row, and a row for every test")
  void document() throws IOException {
    TreeSet<String> rows = new TreeSet<>();
    for (String line : Files.readAllLines(Path.of("../docs/qemu-differences.md"))) {
      if (line.startsWith("| ") && !line.startsWith("| ---")) {
        rows.add(line.substring(2, line.indexOf(" |", 2)));
      }
    }
    rows.remove("difference");
    rows.remove("exception");
    TreeSet<String> tests = new TreeSet<>();
    TESTS.stream()
        .flatMap(test -> Arrays.stream(test.getDeclaredMethods()))
        .filter(method -> method.isAnnotationPresent(Test.class))
        .map(method -> method.getAnnotation(DisplayName.class).value())
        .forEach(tests::add);
    assertEquals(rows, tests);
  }
}
