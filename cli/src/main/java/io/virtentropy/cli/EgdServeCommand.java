package io.virtentropy.cli;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropySink;
import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.backends.KernelPool;
import io.virtentropy.backends.egd.PemCredentials;
import io.virtentropy.backends.egd.TlsPeers;
import io.virtentropy.backends.egd.server.EgdPeer;
import io.virtentropy.backends.egd.server.EgdServer;
import io.virtentropy.backends.egd.server.EgdServerBuilder;
import io.virtentropy.backends.egd.server.EgdServerRunner;
import io.virtentropy.backends.egd.server.EgdService;
import io.virtentropy.backends.egd.server.EgdTls;
import io.virtentropy.ratelimit.NanoClock;
import io.virtentropy.ratelimit.Quota;
import io.virtentropy.ratelimit.RateLimiter;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code virtentropy egd serve}: any source, for any number of EGD clients. */
@Command(
    name = "serve",
    description = "Serves a source of entropy to EGD clients, such as QEMU's rng-egd.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class EgdServeCommand implements Callable<Integer> {
  private static final String NO_SINK = "none";

  /** What a Linux guest may have asked for when a former process of ours ended. */
  private static final int LINUX_REQUEST_BYTES = 64;

  @Option(
      names = "--listen",
      paramLabel = "PLACE",
      description =
          "Where clients connect: unix:PATH, tcp:HOST:PORT on a loopback address, or"
              + " tls:HOST:PORT. May be given several times.")
  private List<String> listen = new ArrayList<>();

  @Option(
      names = "--connect",
      paramLabel = "PLACE",
      description =
          "Where a client listens (QEMU: server=on), unix:PATH or tcp:HOST:PORT: it is connected"
              + " to, again and again while nobody answers. May be given several times.")
  private List<String> connect = new ArrayList<>();

  @Mixin private SourceOptions source;

  @Mixin private LimitOptions limit;

  @Mixin private SocketFileOptions socketFile;

  @Option(
      names = "--admit-uid",
      paramLabel = "USER",
      description =
          "On Unix sockets, admit this user only: a name or a number. May be given several times;"
              + " whoever the socket's mode lets in unless given.")
  private List<String> admit = new ArrayList<>();

  @Option(
      names = "--trust-uid",
      paramLabel = "USER",
      description =
          "On Unix sockets, credit what this user contributes: a name or a number. May be given"
              + " several times; nobody is trusted unless given.")
  private List<String> trust = new ArrayList<>();

  @Option(
      names = "--mix-into",
      paramLabel = "DEVICE",
      description =
          "Where contributions go: a device that mixes what is written to it, or none to drop"
              + " them; ${DEFAULT-VALUE} unless given.",
      defaultValue = "/dev/random")
  private String mixInto;

  @Option(
      names = "--tls",
      paramLabel = "FOLDER",
      description =
          "For tls: places, the folder with ca-cert.pem, and server-cert.pem and server-key.pem to"
              + " listen, client-cert.pem and client-key.pem to connect.")
  private Path tls;

  @Option(
      names = "--tls-any-client",
      description = "On tls: places, admit clients without a certificate too.")
  private boolean tlsAnyClient;

  @Option(
      names = "--max-connections",
      paramLabel = "N",
      description = "The most clients at a time; ${DEFAULT-VALUE} unless given.",
      defaultValue = "" + EgdServer.DEFAULT_MAX_CONNECTIONS)
  private int maxConnections;

  @Option(
      names = "--stall-timeout",
      paramLabel = "S",
      description =
          "How many seconds a client may leave its replies unread; ${DEFAULT-VALUE} unless given.",
      defaultValue = "30")
  private int stallSeconds;

  @Option(names = "--hide-pid", description = "Tell clients 0 for the number of this process.")
  private boolean hidePid;

  @Spec private CommandSpec spec;

  EgdServeCommand() {}

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    if (listen.isEmpty() && connect.isEmpty()) {
      throw refusal("--listen or --connect is needed: where clients are served");
    }
    requireRange("--max-connections", maxConnections, 1, 1_000_000);
    requireRange("--stall-timeout", stallSeconds, 1, 86_400);
    Quota share = limit.share(1);
    try (Termination termination = new Termination();
        EntropyBackend entropy = source.open();
        Sink sink = openSink();
        EgdServer server = open(entropy, sink.mixing(), share, out)) {
      EgdServerRunner runner = new EgdServerRunner(server);
      termination.install(runner::stop);
      out.println(announcement(server, share));
      out.flush();
      runner.run();
      out.println("ended");
      out.flush();
    }
    return 0;
  }

  private void requireRange(String option, int value, int least, int most) {
    if (value < least || value > most) {
      throw refusal(option + " " + value + "; " + least + " to " + most + " is accepted");
    }
  }

  /** Where contributions go, and what is to be closed afterwards. */
  private record Sink(EntropySink mixing, KernelPool pool) implements AutoCloseable {
    @Override
    public void close() {
      if (pool != null) {
        pool.close();
      }
    }
  }

  private Sink openSink() {
    if (mixInto.equals(NO_SINK)) {
      return new Sink(EntropySink.discarding(), null);
    }
    try {
      KernelPool pool = KernelPool.open(Path.of(mixInto));
      return new Sink(pool, pool);
    } catch (EntropySourceException e) {
      throw new UnusableException("--mix-into " + e.getMessage() + ", or none", e);
    }
  }

  private EgdService.Builder service(
      EntropyBackend entropy, EntropySink sink, RateLimiter limiter) {
    EgdService.Builder builder =
        EgdService.builder(entropy)
            .limiter(limiter)
            .sink(sink)
            .trusted(isOneOf(SocketFileOptions.users("--trust-uid", trust)));
    if (!admit.isEmpty()) {
      // Who comes over a port has no user; who may come there is said by the port being open.
      Predicate<EgdPeer> known = isOneOf(SocketFileOptions.users("--admit-uid", admit));
      builder.admitted(peer -> peer.endpoint().startsWith("tcp:") || known.test(peer));
    }
    return builder;
  }

  private static Predicate<EgdPeer> isOneOf(Set<UserPrincipal> users) {
    return peer -> peer.user().filter(users::contains).isPresent();
  }

  private EgdServer open(EntropyBackend entropy, EntropySink sink, Quota share, PrintWriter out) {
    RateLimiter limiter = limit.limiter(share, NanoClock.system());
    EgdService service = service(entropy, sink, limiter).build();
    // Who listens for a server is QEMU.
    EgdService remembering =
        service(entropy, sink, limiter).rememberingClients(LINUX_REQUEST_BYTES).build();
    EgdServerBuilder builder =
        EgdServer.builder()
            .maxConnections(maxConnections)
            .stallNanos(stallSeconds * 1_000_000_000L)
            .listener(new EgdServeLog(out));
    if (hidePid) {
      builder.pid(0);
    }
    try {
      for (String place : listen) {
        listen(builder, EgdPlace.parse("--listen", place), service);
      }
      for (String place : connect) {
        connect(builder, EgdPlace.parse("--connect", place), remembering);
      }
      return builder.build();
    } catch (IOException | IllegalArgumentException | EntropySourceException e) {
      throw new UnusableException(e.getMessage(), e);
    }
  }

  private void listen(EgdServerBuilder builder, EgdPlace place, EgdService service) {
    if (place instanceof EgdPlace.Unix unix) {
      builder.listen(unix.path(), socketFile.access(), service);
    } else if (place instanceof EgdPlace.Tcp tcp && tcp.tls()) {
      requireCertificates("--listen", tcp);
      builder.listen(tcp.address(), new EgdTls(certificates(true), !tlsAnyClient), service);
    } else if (place instanceof EgdPlace.Tcp tcp) {
      builder.listen(tcp.address(), service);
    }
  }

  private PemCredentials certificates(boolean listening) {
    PrintWriter out = spec.commandLine().getOut();
    return PemCredentials.open(
        tls,
        listening,
        TlsPeers.ALL,
        NanoClock.system(),
        what -> {
          out.println(what);
          out.flush();
        });
  }

  private void requireCertificates(String option, EgdPlace.Tcp place) {
    if (tls == null) {
      throw refusal(option + " " + place + " needs --tls: the folder with the certificates");
    }
  }

  private void connect(EgdServerBuilder builder, EgdPlace place, EgdService service) {
    if (place instanceof EgdPlace.Unix unix) {
      builder.connect(unix.path(), service);
    } else if (place instanceof EgdPlace.Tcp tcp && tcp.tls()) {
      requireCertificates("--connect", tcp);
      builder.connect(tcp.address(), new EgdTls(certificates(false), true), service);
    } else if (place instanceof EgdPlace.Tcp tcp) {
      builder.connect(tcp.address(), service);
    }
  }

  private String announcement(EgdServer server, Quota share) {
    List<String> places = server.endpoints();
    StringBuilder line = new StringBuilder();
    if (!listen.isEmpty()) {
      line.append("listening on ").append(String.join(", ", places.subList(0, listen.size())));
    }
    if (!connect.isEmpty()) {
      line.append(line.length() == 0 ? "" : ", ").append("connecting to ");
      line.append(String.join(", ", places.subList(listen.size(), places.size())));
    }
    line.append(", source ").append(source.spec());
    if (limit.isLimited()) {
      line.append(", ").append(share.maxBytes()).append(" bytes for all every ");
      line.append(share.periodMillis()).append(" ms");
    }
    return line.toString();
  }

  private ParameterException refusal(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
