package io.virtentropy.conformance.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.conformance.guest.GuestAgent.Reply;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The daemon is killed while a guest runs, and comes back. That works where QEMU listens and we
 * connect, with QEMU 7.2; later ones abort by themselves.
 */
@DisplayName("A real Linux guest whose daemon is killed")
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class GuestSurvivesRestartIT {
  private static final int READS = 1024;

  @Test
  @DisplayName("should read on when the daemon is back, with nothing delivered twice")
  void readsOn() throws Exception {
    Path work = Files.createTempDirectory("ve");
    Path socket = work.resolve("rng");
    Process daemon = serve(socket, 1);
    try (GuestMachine guest =
        GuestMachine.boot(
            RealGuest.SCRIPTS, work, List.of("--vhost-user-server", socket.toString()))) {
      CounterStream stream = new CounterStream();
      stream.accept(guest.agent().read(64, READS).bytes());

      daemon.destroyForcibly().waitFor();
      // The new process can't know how far the old one's source had come; it starts far beyond.
      long restartedAt = 1L << 40;
      assertTrue(stream.last() < restartedAt);
      guest.agent().send("read 64 " + READS); // waits inside the guest for the device
      daemon = serve(socket, restartedAt);
      Reply reply = guest.agent().receive();
      assertEquals(64 * READS, reply.bytes().length);
      stream.accept(reply.bytes());
      assertTrue(stream.last() > restartedAt, "nothing came from the new process");
      assertEquals("virtio_rng.0", guest.agent().status().value("rng_current"));
    } finally {
      daemon.destroyForcibly().waitFor();
      RealGuest.deleteRecursively(work);
    }
  }

  private static Process serve(Path socket, long firstWord) throws IOException {
    List<String> arguments =
        List.of(
            "serve",
            "--connect",
            "--socket-path",
            socket.toString(),
            "--allow-test-sources",
            "--source",
            "counter:" + firstWord);
    Process process = CommandProcess.with(arguments).start();
    BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
    StringBuilder said = new StringBuilder();
    String line;
    do {
      line = out.readLine();
      said.append(line).append('\n');
    } while (line != null && !line.startsWith("connecting to "));
    if (line == null) {
      throw new IOException("the daemon ended: " + said);
    }
    return process;
  }
}
