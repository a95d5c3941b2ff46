package io.virtentropy.distribution.daemon;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.distribution.pool.PoolDefinition;
import io.virtentropy.distribution.registry.PoolActivator.ActivePool;
import io.virtentropy.distribution.registry.PoolEvent;
import io.virtentropy.distribution.registry.PoolException;
import io.virtentropy.distribution.registry.PoolException.Reason;
import io.virtentropy.distribution.registry.PoolRegistry;
import io.virtentropy.distribution.registry.PoolRegistry.Filter;
import io.virtentropy.distribution.registry.PoolStatus;
import io.virtentropy.distribution.registry.PoolStore;
import io.virtentropy.distribution.rng.PoolDirectory;
import io.virtentropy.distribution.serving.ClientReport;
import io.virtentropy.distribution.serving.PoolListener;
import io.virtentropy.distribution.serving.PoolReport;
import io.virtentropy.distribution.serving.PoolServer;
import io.virtentropy.ratelimit.NanoClock;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadFactory;
import java.util.function.Function;

/**
 * The pools of a daemon: the registry, with pools that really serve.
 *
 * <p>May be used by any thread; one operation is done at a time. Pools are named by name or UUID.
 */
public final class PoolControl implements PoolDirectory, AutoCloseable {
  private static final long NANOS_PER_MILLI = 1_000_000;

  private final PoolRegistry registry;
  private final EventStream events;
  private final Function<String, EntropyBackend> sources;
  private final NanoClock clock;
  private final ThreadFactory threads;

  /**
   * Takes over the definitions that are kept. Nothing is started.
   *
   * @param store where definitions are kept
   * @param sources opens a source by its string form, {@code EntropyBackends::open} as a rule
   * @param clock the clock of limits and retries
   * @param threads makes a thread for each pool
   * @param events is told what happens, and what is wrong with definitions
   */
  public PoolControl(
      PoolStore store,
      Function<String, EntropyBackend> sources,
      NanoClock clock,
      ThreadFactory threads,
      EventStream events) {
    this.sources = Objects.requireNonNull(sources, "sources");
    this.clock = Objects.requireNonNull(clock, "clock");
    this.threads = Objects.requireNonNull(threads, "threads");
    this.events = Objects.requireNonNull(events, "events");
    this.registry = new PoolRegistry(store, this::activate, this::trouble);
    registry.addListener(this::tell);
  }

  private void trouble(String what) {
    events.tell(DaemonEvent.Kind.TROUBLE, "", what);
  }

  private void tell(PoolEvent event) {
    DaemonEvent.Kind kind =
        switch (event.kind()) {
          case DEFINED_ADDED, DEFINED_UPDATED -> DaemonEvent.Kind.DEFINED;
          case UNDEFINED -> DaemonEvent.Kind.UNDEFINED;
          case STARTED -> DaemonEvent.Kind.STARTED;
          case STOPPED -> DaemonEvent.Kind.STOPPED;
        };
    String detail =
        switch (event.kind()) {
          case DEFINED_ADDED -> "added";
          case DEFINED_UPDATED -> "updated";
          default -> "";
        };
    events.tell(kind, event.name(), detail);
  }

  private ActivePool activate(PoolDefinition pool) {
    try {
      return PoolServer.start(
          pool, PoolSources.open(pool, sources), clock, threads, new Teller(pool.name()));
    } catch (EntropySourceException e) {
      throw new PoolException(
          Reason.START_FAILED,
          "entropy pool '" + pool.name() + "' can't be started: " + e.getMessage(),
          e);
    }
  }

  /** Tells of one pool. */
  private final class Teller implements PoolListener {
    private final String pool;

    Teller(String pool) {
      this.pool = pool;
    }

    @Override
    public void clientAttached(ClientReport client) {
      events.tell(DaemonEvent.Kind.CLIENT_ATTACHED, pool, words(client));
    }

    @Override
    public void clientDetached(ClientReport client, String why) {
      events.tell(
          DaemonEvent.Kind.CLIENT_DETACHED,
          pool,
          words(client) + ", after " + client.delivered() + " bytes: " + why);
    }

    @Override
    public void clientThrottled(ClientReport client) {
      events.tell(DaemonEvent.Kind.CLIENT_THROTTLED, pool, words(client));
    }

    @Override
    public void clientTrouble(String what) {
      events.tell(DaemonEvent.Kind.CLIENT_TROUBLE, pool, what);
    }

    @Override
    public void trouble(String what) {
      events.tell(DaemonEvent.Kind.TROUBLE, pool, what);
    }

    @Override
    public void sourceFailed(String source, String why, long retryNanos) {
      events.tell(
          DaemonEvent.Kind.SOURCE_FAILED,
          pool,
          source + ", left alone for " + retryNanos / NANOS_PER_MILLI + " ms: " + why);
    }

    @Override
    public void sourceSlow(String source, long nanos) {
      events.tell(
          DaemonEvent.Kind.SOURCE_SLOW,
          pool,
          source + " has given nothing for " + nanos / NANOS_PER_MILLI + " ms");
    }

    @Override
    public void sourceRecovered(String source) {
      events.tell(DaemonEvent.Kind.SOURCE_RECOVERED, pool, source);
    }

    private String words(ClientReport client) {
      return client.name() + ", class " + client.className();
    }
  }

  /**
   * What happens.
   *
   * @return the stream that was given
   */
  public EventStream events() {
    return events;
  }

  // ---- as the registry has it

  /** Starts what is marked to be started with the daemon. */
  public synchronized void autostart() {
    registry.autostart(this::trouble);
  }

  /**
   * Lists pools.
   *
   * @param filter which
   * @return in the order of their names
   */
  public synchronized List<PoolStatus> list(Filter filter) {
    return registry.list(filter);
  }

  /**
   * Finds a pool.
   *
   * @param id its name or its UUID
   * @return how it is
   * @throws PoolException if there is none
   */
  public synchronized PoolStatus lookup(String id) {
    Optional<UUID> uuid = uuid(id);
    if (uuid.isPresent()) {
      for (PoolStatus pool : registry.list(Filter.ALL)) {
        if (pool.definition().uuid().equals(uuid.get())) {
          return pool;
        }
      }
    }
    return registry.lookupByName(id);
  }

  private static Optional<UUID> uuid(String id) {
    return id.matches("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
        ? Optional.of(UUID.fromString(id))
        : Optional.empty();
  }

  private UUID idOf(String id) {
    return lookup(id).definition().uuid();
  }

  /**
   * The definition as a document.
   *
   * @param id the pool's name or UUID
   * @param inactive whether that of the next start is wanted
   * @return the document
   * @throws PoolException if there is no such pool
   */
  public synchronized String xml(String id, boolean inactive) {
    return registry.xml(idOf(id), inactive);
  }

  /**
   * Adds or replaces a definition.
   *
   * @param document the document's name in messages
   * @param xml the document
   * @return the pool
   * @throws io.virtentropy.distribution.xml.InvalidXmlException if the document isn't acceptable
   * @throws PoolException if another pool has the name or the UUID, or it can't be kept
   */
  public synchronized PoolStatus define(String document, String xml) {
    return registry.define(document, xml);
  }

  /**
   * Removes a definition.
   *
   * @param id the pool's name or UUID
   * @throws PoolException if there is no such pool, it is active, or it can't be removed
   */
  public synchronized void undefine(String id) {
    registry.undefine(idOf(id));
  }

  /**
   * Starts a pool.
   *
   * @param id the pool's name or UUID
   * @throws PoolException if there is no such pool, it is active, or it can't be started
   */
  public synchronized void create(String id) {
    registry.create(idOf(id));
  }

  /**
   * Stops a pool.
   *
   * @param id the pool's name or UUID
   * @param gracefully whether requests that have come are served first
   * @throws PoolException if there is no such pool, or it is not active
   */
  public synchronized void destroy(String id, boolean gracefully) {
    registry.destroy(idOf(id), gracefully);
  }

  /**
   * Has a pool started with the daemon, or not.
   *
   * @param id the pool's name or UUID
   * @param autostart whether it is to be
   * @throws PoolException if there is no such pool, or the mark can't be set
   */
  public synchronized void setAutostart(String id, boolean autostart) {
    registry.setAutostart(idOf(id), autostart);
  }

  // ---- pools at work

  /**
   * Finds the server of a pool.
   *
   * @param id the pool's name or UUID
   * @return it; empty if the pool is not active
   * @throws PoolException if there is no such pool
   */
  public synchronized Optional<PoolServer> server(String id) {
    return lookup(id).active().map(PoolServer.class::cast);
  }

  /**
   * Looks at a pool.
   *
   * @param id the pool's name or UUID
   * @return how it is; completed soon, on the pool's thread
   * @throws PoolException if there is no such pool, or it is not active
   */
  public CompletableFuture<PoolReport> report(String id) {
    return server(id)
        .orElseThrow(
            () -> new PoolException(Reason.INACTIVE, "entropy pool '" + id + "' is not active"))
        .report();
  }

  @Override
  public synchronized Optional<PoolDirectory.Pool> find(String name) {
    for (PoolStatus pool : registry.list(Filter.ALL)) {
      if (pool.definition().name().equals(name)) {
        return Optional.of(pool);
      }
    }
    return Optional.empty();
  }

  /** Stops all pools. Definitions stay. */
  @Override
  public synchronized void close() {
    registry.close();
  }
}
