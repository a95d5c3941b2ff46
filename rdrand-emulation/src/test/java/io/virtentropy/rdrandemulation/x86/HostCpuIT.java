package io.virtentropy.rdrandemulation.x86;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Silicon decides. In a process of its own, because some thousands of illegal instructions are
 * among the cases.
 */
@DisplayName("The emulated instructions, beside the CPU that runs this")
final class HostCpuIT {
  private static final int CASES = 150_000;

  @Test
  @DisplayName("should be as long, change the same and fault alike")
  void differential() throws Exception {
    String platform = System.getProperty("os.name") + " " + System.getProperty("os.arch");
    assumeTrue(platform.equals("Linux amd64"), "needs Linux on x86-64; this is " + platform);
    long seed = Long.getLong("virtentropy.seed", System.nanoTime());
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                HostCpuDifferential.class.getName(),
                Integer.toString(CASES),
                Long.toString(seed))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String said = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int code = child.waitFor();
    System.out.print(said);
    assumeTrue(code != HostCpuDifferential.EXIT_NO_RDRAND, "this CPU has no RDRAND");
    assertEquals(0, code, () -> said + "repeat with -Dvirtentropy.seed=" + seed);
    // A comparison that met only one kind of case would have shown little.
    assertTrue(count(said, "RDRAND") > 10_000, said);
    assertTrue(count(said, "INVALID_OPCODE") > 10_000, said);
    assertTrue(count(said, "NEIGHBOUR") > 1_000, said);
    assertTrue(count(said, "TOO_LONG") > 100, said);
    // Each of 64 bits was both 0 and 1 among thousands of numbers, or the CPU is broken.
    assertTrue(said.contains("both set and clear: 64"), said);
  }

  private static int count(String said, String kind) {
    Matcher matcher = Pattern.compile("\\b" + kind + "=(\\d+)").matcher(said);
    return matcher.find() ? Integer.parseInt(matcher.group(1)) : 0;
  }
}
