package io.virtentropy.conformance.guest;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.ratelimit.RateLimiter;
import io.virtentropy.vhostuser.GuestSocket;
import io.virtentropy.vhostuser.VhostUserRunner;
import io.virtentropy.vhostuser.VhostUserServer;
import io.virtentropy.virtio.device.DeviceCounter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

/** A real Linux guest whose entropy device is served by this JVM, on a thread of its own. */
final class RealGuest implements AutoCloseable {
  static final Path SCRIPTS = Path.of("guest").toAbsolutePath();

  private final Path work;
  private final VhostUserServer server;
  private final Thread serving;
  private final VhostUserRunner runner;
  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private final GuestMachine machine;

  RealGuest(EntropyBackend source) throws IOException {
    this(source, RateLimiter.unlimited());
  }

  RealGuest(EntropyBackend source, RateLimiter limiter) throws IOException {
    this(source, limiter, List.of());
  }

  /**
   * Boots a guest.
   *
   * @param options further options of {@code guest/boot}
   */
  RealGuest(EntropyBackend source, RateLimiter limiter, List<String> options) throws IOException {
    work = Files.createTempDirectory("ve");
    Path socket = work.resolve("rng");
    server =
        VhostUserServer.builder().source(source).limiters(guest -> limiter).listen(socket).build();
    runner = new VhostUserRunner(server);
    serving = new Thread(this::serve, "served-guest");
    serving.start();
    try {
      List<String> arguments = new ArrayList<>(List.of("--vhost-user", socket.toString()));
      arguments.addAll(options);
      machine = GuestMachine.boot(SCRIPTS, work, arguments);
    } catch (IOException | RuntimeException e) {
      stopServing();
      throw e;
    }
  }

  private void serve() {
    try {
      runner.run();
    } catch (Throwable e) {
      failure.set(e);
    }
  }

  GuestAgent agent() {
    return machine.agent();
  }

  GuestSocket socket() {
    return server.guests().get(0);
  }

  long counter(DeviceCounter which) {
    return socket().counters().get(which);
  }

  String console() {
    return machine.console();
  }

  private void stopServing() {
    runner.stop();
    boolean interrupted = false;
    while (serving.isAlive()) {
      try {
        serving.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() throws IOException {
    try {
      machine.close();
    } finally {
      stopServing();
      deleteRecursively(work);
    }
    if (failure.get() != null) {
      throw new AssertionError("serving the guest failed", failure.get());
    }
  }

  static void deleteRecursively(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}
