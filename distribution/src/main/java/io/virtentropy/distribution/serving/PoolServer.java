package io.virtentropy.distribution.serving;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.backends.derived.SourceListener;
import io.virtentropy.backends.derived.SupervisedSources;
import io.virtentropy.backends.egd.server.EgdDisconnection;
import io.virtentropy.backends.egd.server.EgdPeer;
import io.virtentropy.backends.egd.server.EgdServer;
import io.virtentropy.backends.egd.server.EgdServerBuilder;
import io.virtentropy.backends.egd.server.EgdServerListener;
import io.virtentropy.backends.egd.server.EgdService;
import io.virtentropy.distribution.pool.OutputDefinition;
import io.virtentropy.distribution.pool.PoolDefinition;
import io.virtentropy.distribution.pool.PoolDefinition.SourceUse;
import io.virtentropy.distribution.registry.PoolActivator.ActivePool;
import io.virtentropy.distribution.registry.PoolException;
import io.virtentropy.distribution.registry.PoolException.Reason;
import io.virtentropy.ratelimit.NanoClock;
import io.virtentropy.ratelimit.htb.Leaf;
import java.io.IOException;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadFactory;

/**
 * A pool that serves, on a thread of its own.
 *
 * <p>All methods may be called by any thread, and by none of a listener's.
 */
public final class PoolServer implements ActivePool {
  /** What a guest is given unasked when it is first connected to: what a Linux guest waits for. */
  public static final int PRIMER_BYTES = 64;

  /**
   * The most clients that are connected to a pool at a time; beyond it they are sent away, or tried
   * again later if they are guests. At some 10 KiB each they cost 160 MiB.
   */
  public static final int MAX_CLIENTS = 16_384;

  /** How long a graceful stop goes on serving what was asked for. */
  public static final long GRACE_NANOS = 5_000_000_000L;

  /** The longest time between two looks at the sources, which are asked in the meantime. */
  private static final long LOOK_NANOS = 1_000_000_000L;

  private final PoolDefinition pool;
  private final SupervisedSources source;
  private final NanoClock clock;
  private final PoolListener listener;
  private final ClassTree classes;
  private final ClientTurns turns;
  private final PoolOutputs outputs;
  private final EgdServer server;
  private final Strangers strangers;
  private final Guests guests;
  private final Queue<Runnable> wishes = new ConcurrentLinkedQueue<>();
  private final Thread thread;
  private volatile boolean stopping;

  /** Nobody but who wishes grants wishes any more. */
  private volatile boolean ended;

  private volatile long graceNanos;

  private PoolServer(
      PoolDefinition pool,
      List<EntropyBackend> sources,
      NanoClock clock,
      ThreadFactory threads,
      PoolListener listener) {
    this.pool = pool;
    this.clock = clock;
    this.listener = listener;
    this.source =
        (pool.sourceUse() == SourceUse.MIX
                ? SupervisedSources.mix(sources)
                : SupervisedSources.failover(sources))
            .clock(clock)
            .listener(new SourceEvents())
            .build();
    this.classes = new ClassTree(pool, clock);
    this.turns = new ClientTurns(classes);
    this.strangers = new Strangers(classes, clock, listener);
    this.guests = new Guests(source, turns, this::guest, this::forget);
    EgdServerBuilder builder = EgdServer.builder();
    this.outputs = new PoolOutputs(builder, clock, listener::trouble);
    this.server = open(builder);
    this.thread = threads.newThread(this::run);
  }

  /**
   * Starts a pool: opens its sockets and begins to serve.
   *
   * @param pool what is served
   * @param source where its entropy comes from; closed when the pool stops, and if it can't start
   * @param clock the clock of limits and retries
   * @param threads makes the pool's thread
   * @param listener is told of rare events
   * @return the pool
   * @throws PoolException if one of its sockets can't be had; nothing is open then
   */
  public static PoolServer start(
      PoolDefinition pool,
      EntropyBackend source,
      NanoClock clock,
      ThreadFactory threads,
      PoolListener listener) {
    return start(pool, List.of(source), clock, threads, listener);
  }

  /**
   * Starts a pool of several sources: opens its sockets and begins to serve.
   *
   * @param pool what is served, and how its sources are put together
   * @param sources where its entropy comes from, in the order of the definition; closed when the
   *     pool stops, and if it can't start
   * @param clock the clock of limits and retries
   * @param threads makes the pool's thread
   * @param listener is told of rare events
   * @return the pool
   * @throws PoolException if one of its sockets can't be had; nothing is open then
   */
  public static PoolServer start(
      PoolDefinition pool,
      List<EntropyBackend> sources,
      NanoClock clock,
      ThreadFactory threads,
      PoolListener listener) {
    boolean started = false;
    try {
      PoolServer made = new PoolServer(pool, sources, clock, threads, listener);
      made.thread.start();
      started = true;
      return made;
    } finally {
      if (!started) {
        sources.forEach(EntropyBackend::close);
      }
    }
  }

  private EgdServer open(EgdServerBuilder builder) {
    builder.clock(clock).listener(new Events()).maxConnections(MAX_CLIENTS).drainNanos(GRACE_NANOS);
    try {
      for (OutputDefinition output : pool.outputs().orElse(List.of())) {
        outputs.add(output, serviceFor(output));
      }
      return builder.build();
    } catch (IOException | IllegalArgumentException | EntropySourceException e) {
      throw new PoolException(
          Reason.START_FAILED,
          "entropy pool '" + pool.name() + "' can't be started: " + e.getMessage(),
          e);
    }
  }

  private EgdService serviceFor(OutputDefinition output) {
    EgdService.Builder service =
        EgdService.builder(source).limiters(peer -> add(strangers.take(peer, output)), turns);
    return PoolOutputs.connects(output)
        ? service.rememberingClients(PRIMER_BYTES).build()
        : service.forgettingWhoLeaves().build();
  }

  private Client guest(GuestDevice device) {
    Leaf leaf = classes.attach(device.className());
    return add(new Client(device.name(), device.className(), true, leaf, clock, listener));
  }

  private Client add(Client client) {
    turns.add(client);
    return client;
  }

  private void forget(Client client) {
    turns.remove(client);
    classes.detach(client.leaf());
  }

  private void run() {
    try {
      while (!stopping) {
        grantWishes();
        guests.doSomeChores(server);
        source.look();
        outputs.look();
        strangers.look();
        long wait = Math.min(source.nanosUntilDue(), LOOK_NANOS);
        server.poll(guests.hasChores() ? 0 : wait);
      }
    } finally {
      server.close(graceNanos);
      source.close();
      strangers.tellLeftOut();
      ended = true; // before the last look at wishes: who wishes later sees it
      grantWishes();
    }
  }

  /** Those only that are there now: who wishes again at once must not keep the guests waiting. */
  private void grantWishes() {
    Runnable wish;
    for (int most = wishes.size(); most > 0 && (wish = wishes.poll()) != null; most--) {
      wish.run();
    }
  }

  private void wish(Runnable wish) {
    wishes.add(wish);
    server.wakeUp();
  }

  // ---- guests

  /**
   * Serves exactly these guests' devices from now on, besides the outputs of the definition: new
   * ones are connected to, those of another incarnation anew, and others are given up. One that has
   * only another class is connected to anew, and what it was owed is delivered.
   *
   * @param wanted the devices, no two of one name; their classes are leaves of the pool
   */
  public void serve(List<GuestDevice> wanted) {
    List<GuestDevice> copy = List.copyOf(wanted);
    wish(() -> guests.want(copy));
  }

  // ---- looking

  /**
   * Looks at the pool.
   *
   * @return how it is; completed by the pool's thread, or with an exception if the pool has stopped
   */
  public CompletableFuture<PoolReport> report() {
    CompletableFuture<PoolReport> report = new CompletableFuture<>();
    wish(
        () -> {
          if (stopping) {
            report.completeExceptionally(
                new PoolException(
                    Reason.INACTIVE, "entropy pool '" + pool.name() + "' is not active"));
          } else {
            report.complete(look());
          }
        });
    if (ended) {
      grantWishes();
    }
    return report;
  }

  private PoolReport look() {
    long now = clock.nanoTime();
    List<ClientReport> clients = guests.reports();
    strangers.reports().forEach(clients::add);
    return new PoolReport(
        now,
        classes.snapshots().stream().map(ClassReport::of).toList(),
        clients,
        source.statuses().stream().map(status -> SourceReport.of(status, now)).toList());
  }

  /**
   * The sockets of the definition's outputs, with the port that was chosen where 0 was given.
   *
   * @return as {@code unix:/run/egd.sock} or {@code tcp:127.0.0.1:8888}
   */
  public List<String> endpoints() {
    return server.endpoints();
  }

  // ---- the end

  @Override
  public void stop(boolean gracefully) {
    graceNanos = gracefully ? GRACE_NANOS : 0;
    stopping = true;
    server.wakeUp();
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true; // what is open must be closed all the same
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Follows the connections, on the pool's thread. */
  private final class Events implements EgdServerListener {
    @Override
    public void connected(EgdPeer peer) {
      Client client = clientOf(peer);
      if (client == null) {
        return;
      }
      if (strangers.find(peer) != null) {
        client.rename(peer.toString());
      }
      client.connected(peer);
    }

    @Override
    public void disconnected(EgdPeer peer, EgdDisconnection why) {
      Client client = clientOf(peer);
      if (client == null) {
        return;
      }
      client.disconnected(why.describe());
      if (strangers.remove(peer) != null) {
        forget(client);
      }
    }

    private Client clientOf(EgdPeer peer) {
      Client stranger = strangers.find(peer);
      return stranger != null ? stranger : guests.clientAt(peer.endpoint());
    }

    @Override
    public void refused(EgdPeer peer, String why) {
      Client stillborn = strangers.remove(peer);
      if (stillborn != null) {
        forget(stillborn);
      }
      PoolListener told =
          guests.clientAt(peer.endpoint()) != null ? listener : strangers.eventsOf(peer);
      told.clientTrouble(peer + " was refused: " + why);
    }

    @Override
    public void unreachable(String endpoint, String why) {
      listener.clientTrouble(endpoint + " can't be reached: " + why);
    }
  }

  /** Hears of the sources on any thread, and tells of them on the pool's. */
  private final class SourceEvents implements SourceListener {
    @Override
    public void sourceFailed(String name, EntropySourceException cause, long retryNanos) {
      wish(() -> listener.sourceFailed(name, cause.getMessage(), retryNanos));
    }

    @Override
    public void sourceSlow(String name, long nanos) {
      wish(() -> listener.sourceSlow(name, nanos));
    }

    @Override
    public void sourceReturned(String name) {
      wish(() -> listener.sourceRecovered(name));
    }
  }
}
