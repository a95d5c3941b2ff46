package io.virtentropy.virtio.standalone;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.ratelimit.RateLimiter;
import io.virtentropy.virtio.memory.GuestMemory;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * An embedder who brings his own source and memory needs no third-party class at run time, neither
 * on the class path nor on the module path, with assertions or without.
 */
@DisplayName("A guest in a JVM with nothing but the JDK and our three modules")
@Timeout(value = 600, unit = TimeUnit.SECONDS)
final class InProcessGigabyteTest {
  private static final long GIB = 1L << 30;

  /** A line of -Xlog:class+load: the class, then where it came from. */
  private static final Pattern LOADED = Pattern.compile("^\\[[^]]*] (\\S+) source: (.*)$");

  @TempDir Path directory;

  @Test
  @DisplayName("should read 1 GiB in order on the class path, without assertions")
  void classPath() throws Exception {
    String path = String.join(File.pathSeparator, ours()) + File.pathSeparator + directoryOfGuest();
    assertReads("false", List.of("-da", "-cp", path));
  }

  @Test
  @DisplayName("should read 1 GiB in order on the module path, with assertions")
  void modulePath() throws Exception {
    assertReads(
        "true",
        List.of(
            "-ea",
            "-p",
            String.join(File.pathSeparator, ours()),
            "--add-modules",
            "io.virtentropy.virtio",
            "-cp",
            directoryOfGuest()));
  }

  private void assertReads(String assertions, List<String> options) throws Exception {
    Path loaded = directory.resolve("loaded");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx64m", "-Xlog:class+load:file=" + loaded + ":uptime"));
    command.addAll(options);
    command.addAll(List.of(GigabyteGuest.class.getName(), Long.toString(GIB)));
    Path output = directory.resolve("output");
    Process child =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      int exit = child.waitFor();
      String text = Files.readString(output);
      assertEquals(0, exit, text);
      Matcher matcher =
          Pattern.compile("read (\\d+) bytes, last word (\\d+), assertions (\\w+)\\s*")
              .matcher(text);
      assertTrue(matcher.find(), text);
      long bytes = Long.parseLong(matcher.group(1));
      assertTrue(bytes >= GIB, text);
      assertEquals(bytes / 8, Long.parseLong(matcher.group(2)));
      assertEquals(assertions, matcher.group(3));
    } finally {
      child.destroyForcibly();
    }
    assertOnlyOurs(loaded);
  }

  private static void assertOnlyOurs(Path log) throws IOException {
    TreeSet<String> foreign = new TreeSet<>();
    TreeSet<String> known = new TreeSet<>();
    for (String line : Files.readAllLines(log)) {
      Matcher matcher = LOADED.matcher(line);
      if (matcher.matches()) {
        String name = matcher.group(1);
        String source = matcher.group(2);
        if (name.startsWith("io.virtentropy.")) {
          known.add(name);
        } else if (!name.matches("(java|javax|jdk|sun|com\\.sun)\\..*")
            || source.startsWith("file:")) {
          foreign.add(line);
        }
      }
    }
    assertEquals(new TreeSet<String>(), foreign);
    assertTrue(known.contains(GigabyteGuest.class.getName()), "the log was understood");
    assertTrue(known.contains("io.virtentropy.virtio.device.RequestLoop"), known::toString);
  }

  private static List<String> ours() throws URISyntaxException {
    List<String> places = new ArrayList<>();
    for (Class<?> type : List.of(RateLimiter.class, EntropyBackend.class, GuestMemory.class)) {
      places.add(
          Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString());
    }
    return places;
  }

  /** The guest's class alone, away from the tests' other classes. */
  private String directoryOfGuest() throws IOException, URISyntaxException {
    String file = GigabyteGuest.class.getName().replace('.', '/') + ".class";
    Path tests =
        Path.of(GigabyteGuest.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    Path alone = directory.resolve("guest");
    Files.createDirectories(alone.resolve(file).getParent());
    Files.copy(tests.resolve(file), alone.resolve(file));
    try (Stream<Path> files = Files.walk(alone)) {
      assertEquals(1, files.filter(Files::isRegularFile).count());
    }
    return alone.toString();
  }
}
