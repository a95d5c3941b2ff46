package io.virtentropy.conformance.egd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.CounterBackend;
import io.virtentropy.backends.egd.server.EgdServer;
import io.virtentropy.backends.egd.server.EgdServerBuilder;
import io.virtentropy.backends.egd.server.EgdServerCounter;
import io.virtentropy.backends.egd.server.EgdService;
import io.virtentropy.backends.egd.server.UnixSocketAccess;
import io.virtentropy.conformance.guest.CounterStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * EntropyBroker's {@code eb_server_egd}, which gathers entropy from an EGD server, reads from ours
 * and writes what it gets to a file. It asks by non-blocking reads, which QEMU never does.
 */
@DisplayName("EntropyBroker's EGD client")
@Timeout(
    value = 15,
    unit = TimeUnit.MINUTES) // a hang is a failure; nothing is asserted of the time
class EntropyBrokerIT {
  private static final int READ = 64;
  private static final int ENOUGH = 128 * 1024;

  /** What it may hold and lose when it ends; 2,880 bytes were seen. */
  private static final int HELD = 8192;

  @TempDir Path work;

  private EgdServerBuilder serving() {
    return EgdServer.builder().drainNanos(0);
  }

  private static EgdService counting() {
    return EgdService.builder(new CounterBackend(1)).build();
  }

  @Test
  @DisplayName("should get each word once and in order over a Unix socket")
  void unix() throws Exception {
    Path socket = work.resolve("egd");
    try (EgdServer server =
        serving().listen(socket, UnixSocketAccess.DEFAULT, counting()).build()) {
      readsFrom(server, "-d", socket.toString());
    }
  }

  @Test
  @DisplayName("should get each word once and in order over TCP")
  void tcp() throws Exception {
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    try (EgdServer server = serving().listen(any, counting()).build()) {
      String port = server.endpoints().get(0).replaceAll(".*:", "");
      readsFrom(server, "-t", "127.0.0.1", "-T", port);
    }
  }

  private void readsFrom(EgdServer server, String... where) throws Exception {
    Path gathered = work.resolve("gathered");
    String place = server.endpoints().get(0);
    Process client = EgdPrograms.start(work, "eb_server_egd", arguments(gathered, where));
    try {
      // It reads as fast as it is served.
      while (server.counters().get(EgdServerCounter.BYTES_DELIVERED) < ENOUGH) {
        server.poll(100_000_000L);
        assertTrue(client.isAlive(), () -> said());
      }
    } finally {
      server.close(); // after which it ends by itself, once it has written what it got
      if (!client.waitFor(60, TimeUnit.SECONDS)) {
        client.destroyForcibly().waitFor();
      }
    }
    byte[] bytes = Files.readAllBytes(gathered);
    long delivered = server.counters().get(EgdServerCounter.BYTES_DELIVERED);
    assertTrue(bytes.length >= delivered - HELD, bytes.length + " of " + delivered + ", " + said());
    CounterStream stream = new CounterStream();
    stream.accept(Arrays.copyOf(bytes, bytes.length / Long.BYTES * Long.BYTES));
    assertEquals(stream.words(), stream.last());
    assertEquals(0, stream.gaps());
    assertEquals(delivered, READ * server.counters().get(EgdServerCounter.POLL_COMMANDS));
    System.out.printf(
        "%s: eb_server_egd over %s: %d bytes in %d non-blocking reads of %d%n",
        EgdPrograms.versions(),
        place.replaceAll(":.*", ""),
        bytes.length,
        server.counters().get(EgdServerCounter.POLL_COMMANDS),
        READ);
  }

  private String[] arguments(Path gathered, String... where) throws IOException {
    // It wants the credentials of a broker even where it writes to a file.
    Path credentials = work.resolve("credentials");
    Files.createFile(
        credentials,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(credentials, "nobody\nnothing\n");
    List<String> arguments =
        new ArrayList<>(List.of("-n", "-o", gathered.toString(), "-a", "" + READ, "-b", "0"));
    arguments.addAll(List.of("-X", credentials.toString()));
    // Where it would be otherwise, only root may write.
    arguments.addAll(List.of("-P", work.resolve("pid").toString()));
    arguments.addAll(List.of(where));
    return arguments.toArray(String[]::new);
  }

  private String said() {
    try {
      return "eb_server_egd: " + EgdPrograms.log(work, "eb_server_egd");
    } catch (IOException e) {
      return "eb_server_egd said nothing: " + e.getMessage();
    }
  }
}
