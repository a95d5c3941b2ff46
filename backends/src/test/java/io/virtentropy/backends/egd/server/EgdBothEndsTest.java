package io.virtentropy.backends.egd.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropyBackends;
import io.virtentropy.backends.EntropyRequest;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("Our EGD client at our EGD server")
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class EgdBothEndsTest {
  private static final int LARGEST = 5000;

  @TempDir Path folder;

  @Test
  @DisplayName("should get the server's stream, by requests of any size, without a gap")
  void wholeStream() throws Exception {
    Path path = folder.resolve("egd");
    SplittableRandom random = new SplittableRandom(3);
    MeteredSource source = new MeteredSource(MeteredSource.PLENTY);
    EgdServer server =
        EgdServer.builder()
            .clock(() -> 0) // a client that is kept from reading has not stalled
            .listen(path, UnixSocketAccess.DEFAULT, EgdService.builder(source).build())
            .build();
    EgdServerRunner runner = new EgdServerRunner(server);
    Thread serving = new Thread(runner, "egd");
    serving.start();
    long position = 0;
    try (EntropyBackend client = EntropyBackends.open("egd:unix:" + path)) {
      Semaphore done = new Semaphore(0);
      EntropyRequest request = new EntropyRequest(LARGEST, done::release);
      for (int i = 0; i < 200; i++) {
        request.submitTo(client, random.nextInt(1, LARGEST + 1));
        done.acquire();
        byte[] got = new byte[request.delivered()];
        request.bytes().get(0, got);
        request.release();
        assertArrayEquals(MeteredSource.stream(position, got.length), got, "request " + i);
        position += got.length;
      }
    } finally {
      runner.stop();
      serving.join();
    }
    assertEquals(position, server.counters().get(EgdServerCounter.BYTES_DELIVERED));
    assertEquals(position, source.drawn());
  }
}
