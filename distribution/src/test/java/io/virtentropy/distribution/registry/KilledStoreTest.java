package io.virtentropy.distribution.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.distribution.registry.PoolStore.Contents;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("Definitions of a daemon that is killed while it writes them")
final class KilledStoreTest {
  private static final int KILLS = 8;

  /** Writes one definition after another until it is killed; says each that is kept. */
  public static final class Writer {
    private Writer() {}

    /**
     * Runs.
     *
     * @param arguments the directory and the first number
     */
    public static void main(String[] arguments) {
      DirectoryStore store = new DirectoryStore(Path.of(arguments[0]));
      for (long i = Long.parseLong(arguments[1]); ; i++) {
        store.save(DirectoryStoreTest.pool("a", 1, "number " + i));
        System.out.println(i);
      }
    }
  }

  @Test
  @DisplayName("should be whole, and no older than what it had said was kept")
  void survives(@TempDir Path directory) throws IOException, InterruptedException {
    long next = 0;
    for (int kill = 0; kill < KILLS; kill++) {
      Process writer =
          new ProcessBuilder(
                  List.of(
                      Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                      "-XX:TieredStopAtLevel=1",
                      "-cp",
                      System.getProperty("java.class.path"),
                      Writer.class.getName(),
                      directory.toString(),
                      Long.toString(next)))
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      long said = -1;
      try (var lines = writer.inputReader()) {
        // Another instant of its work each time.
        for (int i = 0; i < 5 + kill * 3; i++) {
          said = Long.parseLong(lines.readLine());
        }
      } finally {
        writer.destroyForcibly().waitFor();
      }
      Contents found = new DirectoryStore(directory).load();
      assertEquals(List.of(), found.problems());
      String title = found.pools().get(0).definition().title().orElseThrow();
      long kept = Long.parseLong(title.substring("number ".length()));
      assertTrue(kept >= said, kept + " after " + said);
      next = kept + 1;
    }
  }
}
