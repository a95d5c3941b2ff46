package io.virtentropy.cli;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropyBackends;
import io.virtentropy.distribution.daemon.EventStream;
import io.virtentropy.distribution.daemon.PoolControl;
import io.virtentropy.distribution.libvirt.HypervisorException;
import io.virtentropy.distribution.libvirt.LibvirtGuests;
import io.virtentropy.distribution.libvirt.LibvirtUri;
import io.virtentropy.distribution.management.ManagementServer;
import io.virtentropy.distribution.registry.DirectoryStore;
import io.virtentropy.distribution.registry.PoolException;
import io.virtentropy.distribution.registry.PoolRegistry.Filter;
import io.virtentropy.ratelimit.NanoClock;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code virtentropy daemon}: entropy pools, managed over a control socket. */
@Command(
    name = "daemon",
    description = "Serves entropy pools to many guests, and is managed with the pool-* commands.",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    preprocessor = ConfigFile.Preprocessor.class)
final class DaemonCommand implements Callable<Integer> {
  /** Held here, since the JDK forgets what was set on a logger that nobody holds. */
  private static final Logger HTTP_LOG = Logger.getLogger("org.eclipse.jetty");

  /** Here for the help; ConfigFile reads it before the other options are. */
  @Option(
      names = ConfigFile.OPTION,
      paramLabel = "FILE",
      description =
          "Where options that are not given are looked up, as NAME=VALUE; "
              + ConfigFile.DEFAULT
              + ", if that exists, unless given.")
  @SuppressWarnings("unused")
  private Path config;

  @Option(
      names = "--pools",
      paramLabel = "FOLDER",
      description = "Where definitions are kept; ${DEFAULT-VALUE} unless given.",
      defaultValue = "/var/lib/virtentropy/pools")
  private Path pools;

  @Mixin private ControlOptions control;

  @Mixin private SocketFileOptions socketFile;

  @Option(
      names = "--manager",
      paramLabel = "USER",
      split = ",",
      splitSynopsisLabel = ",",
      description =
          "Let this user only manage pools, as the kernel knows the caller. May be given several"
              + " times; whoever the socket's mode lets in unless given.")
  private List<String> managers = new ArrayList<>();

  @Option(
      names = "--libvirt",
      paramLabel = "URI",
      description =
          "Serve the guests of this libvirt, such as qemu:///system. It is followed for as long as"
              + " the daemon runs, and pools do without it while it is away.")
  private String libvirtUri;

  @Option(
      names = "--libvirt-pool",
      paramLabel = "NAME",
      description = "The pool of guests that name none; ${DEFAULT-VALUE} unless given.",
      defaultValue = "default")
  private String libvirtPool;

  @Option(
      names = "--allow-test-sources",
      hidden = true,
      description = "Accept sources of predictable bytes.")
  private boolean allowTestSources;

  @Spec private CommandSpec spec;

  DaemonCommand() {}

  @Override
  public Integer call() throws InterruptedException {
    HTTP_LOG.setLevel(Level.WARNING);
    Optional<LibvirtUri> uri = libvirt();
    PrintWriter out = spec.commandLine().getOut();
    EventStream events = new EventStream(InstantSource.system());
    CountDownLatch ended = new CountDownLatch(1);
    try (Termination termination = new Termination();
        DaemonLog log = new DaemonLog(out)) {
      events.subscribe(log::tell);
      try (PoolControl poolControl = open(events);
          LibvirtGuests guests = libvirtGuests(uri, poolControl);
          ManagementServer server = serve(poolControl, guests)) {
        termination.install(ended::countDown);
        poolControl.autostart();
        log.print(announcement(server, poolControl));
        if (guests != null) {
          guests.start(); // what it tells comes after that line
        }
        SystemdNotify.ready(log);
        ended.await();
      }
      log.print("ended");
    }
    return 0;
  }

  private String announcement(ManagementServer server, PoolControl poolControl) {
    return "managed at "
        + server.socket()
        + ", "
        + poolControl.list(Filter.ALL).size()
        + " pools defined in "
        + pools
        + ", "
        + poolControl.list(Filter.ACTIVE).size()
        + " active";
  }

  private PoolControl open(EventStream events) {
    Function<String, EntropyBackend> sources =
        allowTestSources ? EntropyBackends::openForTests : EntropyBackends::open;
    try {
      return new PoolControl(
          new DirectoryStore(pools), sources, NanoClock.system(), DaemonCommand::thread, events);
    } catch (PoolException e) {
      throw new UnusableException("--pools " + pools + ": " + e.getMessage(), e);
    }
  }

  private static Thread thread(Runnable pool) {
    return new Thread(pool, "virtentropy-pool");
  }

  private Optional<LibvirtUri> libvirt() {
    try {
      return Optional.ofNullable(libvirtUri).map(LibvirtUri::new);
    } catch (IllegalArgumentException e) {
      throw new UnusableException("--libvirt: " + e.getMessage(), e);
    }
  }

  /** Null if libvirt isn't asked for: nothing of it is touched then. */
  private LibvirtGuests libvirtGuests(Optional<LibvirtUri> uri, PoolControl poolControl) {
    if (uri.isEmpty()) {
      return null;
    }
    try {
      return LibvirtGuests.of(
          uri.get(), libvirtPool, poolControl, NanoClock.system(), DaemonCommand::libvirtThread);
    } catch (HypervisorException e) {
      throw new UnusableException("--libvirt: " + e.getMessage(), e);
    }
  }

  private static Thread libvirtThread(Runnable work) {
    Thread thread = new Thread(work, "virtentropy-libvirt");
    thread.setDaemon(true);
    return thread;
  }

  private ManagementServer serve(PoolControl poolControl, LibvirtGuests guests) {
    ManagementServer.Access access =
        new ManagementServer.Access(socketFile.access(), Set.copyOf(managers));
    try {
      return ManagementServer.start(
          control.socketToMake(),
          access,
          poolControl,
          Optional.ofNullable(guests).map(g -> g::report));
    } catch (IOException e) {
      throw new UnusableException(e.getMessage(), e);
    }
  }
}
