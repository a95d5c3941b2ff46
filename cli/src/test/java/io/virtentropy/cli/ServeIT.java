package io.virtentropy.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The daemon as a process. */
@DisplayName("virtentropy serve")
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class ServeIT {
  @TempDir Path folder;

  @Test
  @DisplayName("should listen on each socket, and end with 0 and without them when told to")
  void endsOrderly() throws Exception {
    Path base = folder.resolve("rng");
    Process daemon =
        CommandProcess.start("serve", "-s", base.toString(), "-c", "3", "-m", "3000", "-p", "1000");
    try (BufferedReader out = daemon.inputReader(StandardCharsets.UTF_8)) {
      assertEquals(
          "listening on "
              + base
              + "0 to "
              + base
              + "2, source builtin, 1000 bytes per guest every 1000 ms",
          out.readLine());
      for (int i = 0; i < 3; i++) {
        assertTrue(Files.exists(Path.of(base.toString() + i)));
      }
      assertFalse(Files.exists(base));
      daemon.toHandle().destroy(); // Process.destroy would close our end of its output
      assertEquals("ended", out.readLine());
      assertNull(out.readLine());
      assertEquals(0, daemon.waitFor());
      try (var left = Files.list(folder)) {
        assertEquals(List.of(), left.toList());
      }
    } finally {
      daemon.destroyForcibly().waitFor();
    }
  }

  @Test
  @DisplayName("should take the place of a daemon that died, not of one that lives")
  void takesOverDeadSockets() throws Exception {
    Path socket = folder.resolve("rng");
    Process first = CommandProcess.start("serve", "-s", socket.toString());
    Process second = null;
    try (BufferedReader out = first.inputReader(StandardCharsets.UTF_8)) {
      assertEquals("listening on " + socket + ", source builtin", out.readLine());
      Process rival = CommandProcess.start("serve", "-s", socket.toString());
      String complaint = rival.inputReader(StandardCharsets.UTF_8).readLine();
      assertEquals(2, rival.waitFor());
      assertTrue(complaint.contains(socket.toString()), complaint);

      first.destroyForcibly().waitFor();
      assertTrue(Files.exists(socket), "a killed process leaves its socket");
      second = CommandProcess.start("serve", "-s", socket.toString());
      assertEquals(
          "listening on " + socket + ", source builtin",
          second.inputReader(StandardCharsets.UTF_8).readLine());
    } finally {
      first.destroyForcibly().waitFor();
      if (second != null) {
        second.destroyForcibly().waitFor();
      }
    }
  }

  @Test
  @DisplayName("should take its entropy from an EGD daemon that is not there yet")
  void servesFromEgd() throws Exception {
    Path socket = folder.resolve("rng");
    Path egd = folder.resolve("egd");
    Process daemon =
        CommandProcess.start("serve", "-s", socket.toString(), "--source", "egd:unix:" + egd);
    try (BufferedReader out = daemon.inputReader(StandardCharsets.UTF_8)) {
      String line;
      List<String> seen = new ArrayList<>();
      do {
        line = out.readLine();
        seen.add(line);
      } while (line != null && !line.startsWith("listening on "));
      assertEquals(
          "listening on " + socket + ", source egd:unix:" + egd, line, () -> seen.toString());
      try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
        server.bind(UnixDomainSocketAddress.of(egd));
        server.accept().close(); // it keeps trying
        server.accept().close();
      }
      daemon.toHandle().destroy();
      assertEquals(0, daemon.waitFor());
    } finally {
      daemon.destroyForcibly().waitFor();
    }
  }
}
