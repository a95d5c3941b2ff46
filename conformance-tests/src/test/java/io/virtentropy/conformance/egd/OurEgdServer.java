package io.virtentropy.conformance.egd;

import io.virtentropy.backends.egd.server.EgdServer;
import io.virtentropy.backends.egd.server.EgdServerCounter;
import io.virtentropy.backends.egd.server.EgdServerRunner;
import io.virtentropy.backends.egd.server.EgdService;
import io.virtentropy.backends.egd.server.UnixSocketAccess;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Our server, on a Unix socket, with a thread of its own. It trusts everybody. */
final class OurEgdServer implements EgdServerUnderTest {
  private final FedSource source = new FedSource();
  private final List<EgdModel.Contribution> contributions = new CopyOnWriteArrayList<>();
  private final Path folder;
  private final EgdServer server;
  private final EgdServerRunner runner;
  private final Thread thread;

  OurEgdServer() throws IOException {
    folder = Files.createTempDirectory("egd");
    EgdService service =
        EgdService.builder(source)
            .trusted(peer -> true)
            .sink(
                (bytes, index, count, bits) ->
                    contributions.add(new EgdModel.Contribution(count, bits)))
            .build();
    server =
        EgdServer.builder()
            .drainNanos(0)
            .listen(socket(), UnixSocketAccess.DEFAULT, service)
            .build();
    runner = new EgdServerRunner(server);
    thread = new Thread(runner, "egd");
    thread.start();
  }

  private Path socket() {
    return folder.resolve("pool");
  }

  @Override
  public SocketAddress address() {
    return UnixDomainSocketAddress.of(socket());
  }

  @Override
  public void supply(byte[] bytes) {
    source.feed(bytes);
  }

  long drawn() {
    return source.drawn();
  }

  List<EgdModel.Contribution> contributions() {
    return List.copyOf(contributions);
  }

  /** What went to clients or was destroyed. To be called once the server is closed. */
  long accountedFor() {
    return server.counters().get(EgdServerCounter.BYTES_DELIVERED)
        + server.counters().get(EgdServerCounter.BYTES_DESTROYED);
  }

  @Override
  public void close() throws IOException {
    runner.stop();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while the server ends", e);
    }
    Files.deleteIfExists(folder);
  }
}
