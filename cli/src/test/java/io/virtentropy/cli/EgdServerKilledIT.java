package io.virtentropy.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropyBackends;
import io.virtentropy.backends.EntropyRequest;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A server that is killed by the kernel, in the middle of what it sends, and started again. */
@DisplayName("A reader of an EGD server that is killed")
@Timeout(
    value = 10,
    unit = TimeUnit.MINUTES) // a hang is a failure; nothing is asserted of the time
class EgdServerKilledIT {
  private static final int KILLS = 6;
  private static final int LARGEST = 64 * 1024;

  /** As many bytes of a server's stream tell it from another's. */
  private static final int MARK = 2 * Long.BYTES;

  @TempDir Path folder;

  private final SplittableRandom random = new SplittableRandom(20261125);
  private final ByteArrayOutputStream received = new ByteArrayOutputStream();
  private final Semaphore done = new Semaphore(0);
  private final EntropyRequest request = new EntropyRequest(LARGEST, done::release);

  @Test
  @DisplayName("should get all it asks for from the next one, and no byte twice")
  void readsOn() throws Exception {
    Path socket = folder.resolve("egd");
    int unfinished = 0;
    Process server = serve(socket, 0);
    try (EntropyBackend client =
        EntropyBackends.open("egd:unix:" + socket + "?retry=10ms..100ms")) {
      for (int kill = 0; kill < KILLS; kill++) {
        for (int whole = random.nextInt(1, 10); whole > 0; whole--) {
          request.submitTo(client, random.nextInt(1, 5000));
          collect();
        }
        // Many round trips: the kill comes somewhere among them.
        request.submitTo(client, LARGEST);
        for (long spin = random.nextInt(200_000); spin > 0; spin--) {
          Thread.onSpinWait();
        }
        unfinished += request.isDone() ? 0 : 1;
        server.destroyForcibly().waitFor();
        server = serve(socket, kill + 1);
        collect();
      }
      request.submitTo(client, LARGEST); // or the last server is asked for nothing, if it came late
      collect();
    } finally {
      server.destroyForcibly().waitFor();
    }
    int[] starts = starts(received.toByteArray());
    System.out.printf(
        "server killed %d times, %d times with a request under way: %d bytes received, each server's"
            + " from its first on without a gap; a new server from byte %s on%n",
        KILLS, unfinished, received.size(), Arrays.toString(starts));
  }

  private void collect() throws InterruptedException {
    done.acquire();
    assertNull(request.failure());
    byte[] bytes = new byte[request.delivered()];
    request.bytes().get(0, bytes);
    request.release();
    received.writeBytes(bytes);
  }

  /** Where each server's stream begins; each is there from its beginning on, without a gap. */
  private static int[] starts(byte[] all) {
    int[] starts = new int[KILLS + 1];
    for (int server = 0; server <= KILLS; server++) {
      byte[] stream = stream(server, all.length - starts[server]);
      int same = Arrays.mismatch(stream, Arrays.copyOfRange(all, starts[server], all.length));
      if (server == KILLS) {
        assertEquals(-1, same, "what the last server sent is there to the end");
      } else {
        starts[server + 1] = start(all, starts[server] + same, server + 1);
      }
    }
    return starts;
  }

  /** The first bytes of the next stream may happen to go on as the last one would have. */
  private static int start(byte[] all, int differing, int server) {
    byte[] mark = stream(server, MARK);
    for (int at = differing; at > differing - MARK && at >= 0; at--) {
      if (at + MARK <= all.length && Arrays.equals(mark, Arrays.copyOfRange(all, at, at + MARK))) {
        return at;
      }
    }
    throw new AssertionError(
        "byte " + differing + " is not the next of a stream, nor does stream " + server + " begin");
  }

  private static long first(int server) {
    return ((server + 1L) << 48) + 1;
  }

  private static byte[] stream(int server, int length) {
    ByteBuffer words = ByteBuffer.allocate(length + Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (long word = first(server); words.remaining() >= Long.BYTES; word++) {
      words.putLong(word);
    }
    return Arrays.copyOf(words.array(), length);
  }

  private static Process serve(Path socket, int number) throws IOException {
    Process server =
        CommandProcess.start(
            "egd",
            "serve",
            "--listen",
            "unix:" + socket,
            "--source",
            "counter:" + first(number),
            "--allow-test-sources",
            "--mix-into",
            "none");
    BufferedReader out = server.inputReader(StandardCharsets.UTF_8);
    String said = out.readLine();
    assertNotNull(said, "the server ended");
    assertTrue(said.startsWith("listening on unix:" + socket), said);
    return server;
  }
}
