package io.virtentropy.conformance.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.virtentropy.backends.CounterBackend;
import io.virtentropy.backends.egd.EgdAddress;
import io.virtentropy.backends.egd.EgdBackend;
import io.virtentropy.backends.egd.EgdCounter;
import io.virtentropy.backends.egd.EgdLoop;
import io.virtentropy.backends.egd.server.EgdServer;
import io.virtentropy.backends.egd.server.EgdServerRunner;
import io.virtentropy.backends.egd.server.EgdService;
import io.virtentropy.backends.egd.server.UnixSocketAccess;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An unmodified Debian kernel reads what our EGD client asked our EGD server for. */
@DisplayName("A real Linux guest behind the egd source")
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class GuestThroughEgdIT {
  private static final int SIZE = 64 * 1024;

  @TempDir Path folder;

  @Test
  @DisplayName("should read 64 KiB, every word once and in order")
  void readsInOrder() throws Exception {
    Path socket = folder.resolve("egd");
    EgdServer server =
        EgdServer.builder()
            .listen(
                socket, UnixSocketAccess.DEFAULT, EgdService.builder(new CounterBackend(1)).build())
            .build();
    EgdServerRunner runner = new EgdServerRunner(server);
    Thread serving = new Thread(runner, "egd-server");
    serving.start();
    try (EgdLoop loop = EgdLoop.start(Thread::new);
        EgdBackend source = EgdBackend.builder(new EgdAddress.Unix(socket, false), loop).open();
        RealGuest guest = new RealGuest(source)) {
      CounterStream stream = new CounterStream();
      stream.accept(guest.agent().read(SIZE, 1).bytes());
      assertEquals(SIZE / Long.BYTES, stream.words());
      assertEquals(0, stream.gaps());
      assertEquals(1, source.count(EgdCounter.CONNECTIONS));
    } finally {
      runner.stop();
      serving.join();
    }
  }
}
