package io.virtentropy.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What {@code docs/pools.md} tells to type, typed in its order. */
@DisplayName("The examples with curl")
@Timeout(value = 10, unit = TimeUnit.MINUTES)
final class CurlExamplesIT {
  private static final String CONTROL = "/run/virtentropy/control.sock";

  @TempDir Path folder;

  private DaemonProcess daemon;
  private List<String> examples;

  @BeforeEach
  void start() throws IOException {
    Path manual = Path.of(System.getProperty("basedir", "."), "..", "docs", "pools.md");
    examples = Files.readAllLines(manual).stream().filter(l -> l.startsWith("curl ")).toList();
    Files.writeString(
        folder.resolve("pool.xml"),
        "<entropypool><name>default</name><source type='backend'><backend>counter</backend>"
            + "</source><classes default='guests'><class name='guests'/></classes></entropypool>");
    daemon = DaemonProcess.start(folder, Map.of());
    daemon.await("managed at ");
  }

  @AfterEach
  void end() {
    daemon.process().destroyForcibly();
  }

  private Process type(String example) throws IOException {
    assertTrue(example.contains(CONTROL), example);
    String here = example.replace(CONTROL, "'" + folder.resolve("control") + "'");
    return new ProcessBuilder("sh", "-c", "exec " + here.replace("curl ", "curl -sS --fail "))
        .directory(folder.toFile())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  private String answer(int example) throws IOException, InterruptedException {
    Process curl = type(examples.get(example));
    String answer = new String(curl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, curl.waitFor(), examples.get(example));
    return answer;
  }

  @Test
  @DisplayName("should list, define and start a pool, follow events, and read metrics")
  void all() throws IOException, InterruptedException {
    assertEquals(5, examples.size(), examples.toString());
    assertFalse(answer(0).contains("\"default\""));
    assertTrue(answer(1).contains("\"default\""));
    Process events = type(examples.get(3));
    try (BufferedReader lines = events.inputReader()) {
      assertEquals("", lines.readLine()); // nothing is missed from here on
      answer(2);
      String first = lines.readLine();
      while ("".equals(first)) {
        first = lines.readLine(); // a sign of life, every ten seconds
      }
      assertTrue(first.contains("\"started\""), first);
    } finally {
      events.destroyForcibly();
    }
    assertTrue(answer(0).contains("\"default\""));
    assertTrue(answer(4).contains("virtentropy_"));
  }
}
