package io.virtentropy.cli;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.ratelimit.NanoClock;
import io.virtentropy.ratelimit.Quota;
import io.virtentropy.vhostuser.UnsupportedPlatformException;
import io.virtentropy.vhostuser.VhostUserRunner;
import io.virtentropy.vhostuser.VhostUserServer;
import io.virtentropy.vhostuser.VhostUserServerBuilder;
import io.virtentropy.virtio.queue.SplitRingLayout;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code virtentropy serve}: the device for QEMU and other monitors, over vhost-user. */
@Command(
    name = "serve",
    description = "Serves an entropy device to virtual machines over vhost-user.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class ServeCommand implements Callable<Integer> {
  private static final int MOST_SOCKETS = 4096;

  @Option(
      names = {"-s", "--socket-path"},
      paramLabel = "PATH",
      description = "The Unix socket. With --socket-count the sockets are PATH0, PATH1 and so on.")
  private Path socketPath;

  @Option(
      names = {"-c", "--socket-count"},
      paramLabel = "N",
      description = "How many sockets, one for each guest.")
  private Integer socketCount;

  @Option(
      names = "--connect",
      description =
          "Connect to the sockets, where the virtual machines listen (QEMU: server=on), instead of"
              + " listening; again and again while nobody answers.")
  private boolean connect;

  @Mixin private SourceOptions source;

  @Mixin private LimitOptions limit;

  @Option(
      names = "--queue-size",
      paramLabel = "N",
      description =
          "The largest ring a guest may use, a power of 2; ${DEFAULT-VALUE} unless given.",
      defaultValue = "" + VhostUserServer.DEFAULT_QUEUE_SIZE)
  private int queueSize;

  @Option(
      names = "--spin",
      paramLabel = "US",
      description =
          "How many microseconds to look for more requests before sleeping; 0 saves the processor"
              + " and costs the guest latency.")
  private Long spinMicros;

  @Option(
      names = "--print-capabilities",
      description = "Print what this back-end is, as JSON, and do nothing else.")
  private boolean printCapabilities;

  @Spec private CommandSpec spec;

  ServeCommand() {}

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    if (printCapabilities) {
      // QEMU, docs/interop/vhost-user.json
      out.println("{\n  \"type\": \"rng\"\n}");
      return 0;
    }
    List<Path> sockets = sockets();
    if (!SplitRingLayout.isLegalSize(queueSize)) {
      throw refusal("--queue-size " + queueSize + "; a power of 2 from 1 to 32768 is accepted");
    }
    if (spinMicros != null && (spinMicros < 0 || spinMicros > 1_000_000)) {
      throw refusal("--spin " + spinMicros + "; 0 to 1000000 microseconds is accepted");
    }
    Quota share = limit.share(sockets.size());
    try (Termination termination = new Termination()) {
      try (EntropyBackend entropy = source.open();
          VhostUserServer server = open(sockets, share, entropy, out)) {
        VhostUserRunner runner = new VhostUserRunner(server);
        termination.install(runner::stop);
        out.println(announcement(sockets, share));
        out.flush();
        runner.run();
      }
      out.println("ended");
      out.flush();
    }
    return 0;
  }

  private List<Path> sockets() {
    if (socketPath == null) {
      throw refusal("--socket-path is needed: the Unix socket to serve on");
    }
    if (socketCount == null) {
      return List.of(socketPath);
    }
    if (socketCount < 1 || socketCount > MOST_SOCKETS) {
      throw refusal("--socket-count " + socketCount + "; 1 to " + MOST_SOCKETS + " is accepted");
    }
    List<Path> sockets = new ArrayList<>();
    for (int i = 0; i < socketCount; i++) {
      sockets.add(socketPath.resolveSibling(socketPath.getFileName().toString() + i));
    }
    return sockets;
  }

  private VhostUserServer open(
      List<Path> sockets, Quota share, EntropyBackend entropy, PrintWriter out) {
    VhostUserServerBuilder builder =
        VhostUserServer.builder()
            .source(entropy)
            .limiters(guest -> limit.limiter(share, NanoClock.system()))
            .queueSize(queueSize)
            .listener(new ServeLog(out));
    if (spinMicros != null) {
      builder.spinNanos(spinMicros * 1000);
    }
    for (Path socket : sockets) {
      if (connect) {
        builder.connect(socket);
      } else {
        builder.listen(socket);
      }
    }
    try {
      return builder.build();
    } catch (IOException | UnsupportedPlatformException e) {
      throw new UnusableException(e.getMessage(), e);
    }
  }

  private String announcement(List<Path> sockets, Quota share) {
    StringBuilder line = new StringBuilder(connect ? "connecting to " : "listening on ");
    line.append(sockets.get(0));
    if (sockets.size() > 1) {
      line.append(" to ").append(sockets.get(sockets.size() - 1));
    }
    line.append(", source ").append(source.spec());
    if (limit.isLimited()) {
      line.append(", ").append(share.maxBytes()).append(" bytes per guest every ");
      line.append(share.periodMillis()).append(" ms");
    }
    return line.toString();
  }

  private ParameterException refusal(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
