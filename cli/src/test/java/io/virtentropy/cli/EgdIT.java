package io.virtentropy.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Server and client as processes, on the module path that the launcher uses. */
@DisplayName("virtentropy egd")
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class EgdIT {
  @TempDir Path folder;

  @Test
  @DisplayName("should serve its own client, and end with 0 and without its socket when told to")
  void servesItself() throws Exception {
    Path socket = folder.resolve("egd");
    Process daemon =
        CommandProcess.start(
            "egd",
            "serve",
            "--listen",
            "unix:" + socket,
            "--listen",
            "tcp:127.0.0.1:0",
            "--mode",
            "0600",
            "--source",
            "counter",
            "--allow-test-sources",
            "--mix-into",
            "none");
    try (BufferedReader out = daemon.inputReader(StandardCharsets.UTF_8)) {
      String announced = out.readLine();
      assertTrue(
          announced.matches(
              "listening on unix:" + socket + ", tcp:127\\.0\\.0\\.1:\\d+, source counter"),
          announced);
      assertEquals(
          "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)));

      assertArrayEquals(words(1, 12_500), ask(0, "get", "100000", "--connect", "unix:" + socket));
      String port = announced.replaceAll(".*(tcp:[0-9.:]+),.*", "$1");
      assertEquals(
          "d530000000000000" + "d630000000000000\n",
          text(ask(0, "get", "16", "--hex", "--connect", port)));
      assertEquals("4096\n", text(ask(0, "level", "--connect", "unix:" + socket)));
      assertEquals(daemon.pid() + "\n", text(ask(0, "pid", "--connect", port)));

      daemon.toHandle().destroy(); // Process.destroy would close our end of its output
      List<String> said = out.lines().toList();
      assertEquals("ended", said.get(said.size() - 1));
      assertEquals(9, said.size(), said::toString); // four clients came and went
      assertTrue(said.get(1).endsWith(": the client left; 100000 bytes delivered"), said.get(1));
      assertNull(out.readLine());
      assertEquals(0, daemon.waitFor());
      try (var left = Files.list(folder)) {
        assertEquals(List.of(), left.toList());
      }
    } finally {
      daemon.destroyForcibly().waitFor();
    }
  }

  private static byte[] ask(int exit, String... question) throws Exception {
    String[] command = new String[question.length + 1];
    command[0] = "egd";
    System.arraycopy(question, 0, command, 1, question.length);
    Process client = CommandProcess.start(command);
    byte[] answer = client.getInputStream().readAllBytes();
    assertEquals(exit, client.waitFor(), () -> text(answer));
    return answer;
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static byte[] words(long first, int count) {
    ByteBuffer words = ByteBuffer.allocate(count * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < count; i++) {
      words.putLong(first + i);
    }
    return words.array();
  }
}
