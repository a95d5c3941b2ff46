package io.virtentropy.benchmarks;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropyBackends;
import io.virtentropy.ratelimit.RateLimiter;
import io.virtentropy.vhostuser.GuestSocket;
import io.virtentropy.vhostuser.VhostUserRunner;
import io.virtentropy.vhostuser.VhostUserServer;
import io.virtentropy.vhostuser.VhostUserServerBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/** A vhost-user server on a thread of its own, over a folder of its own. */
final class Served implements AutoCloseable {
  private final Path folder = Files.createTempDirectory("ve");
  private final List<Path> sockets = new ArrayList<>();
  private final EntropyBackend source = EntropyBackends.open("builtin");
  private final VhostUserServer server;
  private final VhostUserRunner runner;
  private final Thread thread;

  /** Serves so many sockets, each with a limiter. */
  Served(int guests, Function<GuestSocket, RateLimiter> limiters) throws IOException {
    VhostUserServerBuilder builder = VhostUserServer.builder().source(source).limiters(limiters);
    for (int i = 0; i < guests; i++) {
      sockets.add(folder.resolve("rng" + i));
      builder.listen(sockets.get(i));
    }
    server = builder.build();
    runner = new VhostUserRunner(server);
    thread = new Thread(runner, "vhost-user");
    thread.start();
  }

  /** Where a guest's front-end connects. */
  Path socket(int guest) {
    return sockets.get(guest);
  }

  /** A folder for more files, deleted in the end. */
  Path folder() {
    return folder;
  }

  /** The sockets and what was counted for each. */
  List<GuestSocket> guests() {
    return server.guests();
  }

  @Override
  public void close() throws IOException {
    runner.stop();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    source.close();
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}
