package io.virtentropy.distribution.registry;

import io.virtentropy.distribution.pool.PoolDefinition;
import io.virtentropy.distribution.pool.PoolXmlFormatter;
import io.virtentropy.distribution.pool.PoolXmlParser;
import io.virtentropy.distribution.registry.PoolActivator.ActivePool;
import io.virtentropy.distribution.registry.PoolException.Reason;
import io.virtentropy.distribution.registry.PoolStore.Stored;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * All pools of a daemon, with the operations that libvirt has for its own kinds of pool (thesis,
 * section 6.3.1). There are no transient pools: each is defined before it is started.
 *
 * <p>Belongs to one thread at a time. Listeners are called on it, in order, after the state has
 * changed; what they call in turn is told after what is being told.
 */
public final class PoolRegistry {
  private final PoolStore store;
  private final PoolActivator activator;
  private final PoolXmlParser parser = new PoolXmlParser(UUID::randomUUID);
  private final Map<String, Entry> byName = new TreeMap<>();
  private final Map<UUID, Entry> byUuid = new HashMap<>();
  private final List<Consumer<PoolEvent>> listeners = new ArrayList<>();
  private final Deque<PoolEvent> untold = new ArrayDeque<>();
  private boolean telling;

  private static final class Entry {
    PoolDefinition definition;
    PoolDefinition live;
    ActivePool active;
    boolean autostart;

    Entry(PoolDefinition definition) {
      this.definition = definition;
    }
  }

  /**
   * Takes over what is kept. Nothing is started.
   *
   * @param store where definitions are kept
   * @param activator makes pools serve
   * @param problems is told of each definition that can't be used, in one sentence
   * @throws PoolException if nothing can be read
   */
  public PoolRegistry(PoolStore store, PoolActivator activator, Consumer<String> problems) {
    this.store = Objects.requireNonNull(store, "store");
    this.activator = Objects.requireNonNull(activator, "activator");
    PoolStore.Contents contents = store.load();
    contents.problems().forEach(problems);
    for (Stored stored : contents.pools()) {
      Entry entry = new Entry(stored.definition());
      entry.autostart = stored.autostart();
      put(entry);
    }
  }

  private void put(Entry entry) {
    byName.put(entry.definition.name(), entry);
    byUuid.put(entry.definition.uuid(), entry);
  }

  /**
   * Starts what is marked to be started with the daemon. One that fails doesn't keep the others.
   *
   * @param problems is told of each that fails, in one sentence
   */
  public void autostart(Consumer<String> problems) {
    for (Entry entry : List.copyOf(byName.values())) {
      if (entry.autostart && entry.active == null) {
        try {
          create(entry.definition.uuid());
        } catch (PoolException e) {
          problems.accept(e.getMessage());
        }
      }
    }
  }

  /**
   * Adds a listener.
   *
   * @param listener is told what happens from now on
   */
  public void addListener(Consumer<PoolEvent> listener) {
    listeners.add(Objects.requireNonNull(listener, "listener"));
  }

  // ---- looking

  /** Which pools are listed. */
  public enum Filter {
    /** All of them; all are persistent. */
    ALL,
    /** Those that serve. */
    ACTIVE,
    /** Those that don't. */
    INACTIVE,
    /** Those that start with the daemon. */
    AUTOSTART
  }

  /**
   * Lists pools.
   *
   * @param filter which
   * @return in the order of their names
   */
  public List<PoolStatus> list(Filter filter) {
    Predicate<Entry> wanted =
        switch (filter) {
          case ALL -> entry -> true;
          case ACTIVE -> entry -> entry.active != null;
          case INACTIVE -> entry -> entry.active == null;
          case AUTOSTART -> entry -> entry.autostart;
        };
    return byName.values().stream().filter(wanted).map(PoolRegistry::status).toList();
  }

  /**
   * Finds a pool.
   *
   * @param name its name
   * @return how it is
   * @throws PoolException if there is none
   */
  public PoolStatus lookupByName(String name) {
    Entry entry = byName.get(name);
    if (entry == null) {
      throw new PoolException(
          Reason.NOT_FOUND,
          "Entropy pool not found: no entropy pool with matching name '" + name + "'");
    }
    return status(entry);
  }

  /**
   * Finds a pool.
   *
   * @param uuid its UUID
   * @return how it is
   * @throws PoolException if there is none
   */
  public PoolStatus lookupByUuid(UUID uuid) {
    return status(entry(uuid));
  }

  private Entry entry(UUID uuid) {
    Entry entry = byUuid.get(uuid);
    if (entry == null) {
      throw new PoolException(
          Reason.NOT_FOUND,
          "Entropy pool not found: no entropy pool with matching uuid '" + uuid + "'");
    }
    return entry;
  }

  private static PoolStatus status(Entry entry) {
    return new PoolStatus(
        entry.definition,
        Optional.ofNullable(entry.live),
        Optional.ofNullable(entry.active),
        entry.autostart);
  }

  /**
   * The definition as a document.
   *
   * @param uuid the pool's UUID
   * @param inactive whether that of the next start is wanted, should it differ from the one that an
   *     active pool was started with
   * @return the document
   * @throws PoolException if there is no such pool
   */
  public String xml(UUID uuid, boolean inactive) {
    Entry entry = entry(uuid);
    boolean live = !inactive && entry.live != null;
    return PoolXmlFormatter.format(live ? entry.live : entry.definition);
  }

  // ---- changing

  /**
   * Adds a definition, or replaces that of the same name and UUID. A pool that is active goes on as
   * it was started.
   *
   * @param document the document's name in messages
   * @param xml the document
   * @return the pool
   * @throws io.virtentropy.distribution.xml.InvalidXmlException if the document isn't acceptable
   * @throws PoolException if another pool has the name or the UUID, or it can't be kept
   */
  public PoolStatus define(String document, String xml) {
    PoolDefinition pool = parser.parse(document, xml);
    Entry named = byName.get(pool.name());
    Entry numbered = byUuid.get(pool.uuid());
    if (named != null && named != numbered) {
      throw new PoolException(
          Reason.NAME_TAKEN,
          "entropy pool '"
              + pool.name()
              + "' is already defined with uuid "
              + named.definition.uuid());
    }
    if (numbered != null && numbered != named) {
      throw new PoolException(
          Reason.UUID_TAKEN,
          "entropy pool with uuid "
              + pool.uuid()
              + " is already defined as '"
              + numbered.definition.name()
              + "'");
    }
    store.save(pool);
    Entry entry = named;
    if (entry == null) {
      entry = new Entry(pool);
      put(entry);
    } else {
      entry.definition = pool;
    }
    tell(named == null ? PoolEvent.Kind.DEFINED_ADDED : PoolEvent.Kind.DEFINED_UPDATED, pool);
    return status(entry);
  }

  /**
   * Removes a definition.
   *
   * @param uuid the pool's UUID
   * @throws PoolException if there is no such pool, it is active, or it can't be removed
   */
  public void undefine(UUID uuid) {
    Entry entry = entry(uuid);
    if (entry.active != null) {
      throw new PoolException(
          Reason.ACTIVE, "entropy pool '" + entry.definition.name() + "' is still active");
    }
    store.delete(entry.definition);
    byName.remove(entry.definition.name());
    byUuid.remove(uuid);
    tell(PoolEvent.Kind.UNDEFINED, entry.definition);
  }

  /**
   * Starts a pool.
   *
   * @param uuid the pool's UUID
   * @throws PoolException if there is no such pool, it is active already, or it can't be started
   */
  public void create(UUID uuid) {
    Entry entry = entry(uuid);
    if (entry.active != null) {
      throw new PoolException(
          Reason.ACTIVE, "entropy pool '" + entry.definition.name() + "' is already active");
    }
    entry.active = activator.activate(entry.definition);
    entry.live = entry.definition;
    tell(PoolEvent.Kind.STARTED, entry.definition);
  }

  /**
   * Stops a pool.
   *
   * @param uuid the pool's UUID
   * @param gracefully whether requests that have come are served first, for a bounded time
   * @throws PoolException if there is no such pool, or it is not active
   */
  public void destroy(UUID uuid, boolean gracefully) {
    Entry entry = entry(uuid);
    if (entry.active == null) {
      throw new PoolException(
          Reason.INACTIVE, "entropy pool '" + entry.definition.name() + "' is not active");
    }
    ActivePool active = entry.active;
    entry.active = null;
    entry.live = null;
    active.stop(gracefully);
    tell(PoolEvent.Kind.STOPPED, entry.definition);
  }

  /**
   * Has a pool started with the daemon, or not.
   *
   * @param uuid the pool's UUID
   * @param autostart whether it is to be
   * @throws PoolException if there is no such pool, or the mark can't be set
   */
  public void setAutostart(UUID uuid, boolean autostart) {
    Entry entry = entry(uuid);
    store.setAutostart(entry.definition, autostart);
    entry.autostart = autostart;
  }

  /** Stops all pools, at the end of the daemon. Nobody is told; definitions stay. */
  public void close() {
    for (Entry entry : byName.values()) {
      if (entry.active != null) {
        entry.active.stop(true);
        entry.active = null;
        entry.live = null;
      }
    }
  }

  private void tell(PoolEvent.Kind kind, PoolDefinition pool) {
    untold.add(new PoolEvent(kind, pool.name(), pool.uuid()));
    if (telling) {
      return;
    }
    telling = true;
    try {
      PoolEvent event;
      while ((event = untold.poll()) != null) {
        for (Consumer<PoolEvent> listener : List.copyOf(listeners)) {
          listener.accept(event);
        }
      }
    } finally {
      telling = false;
    }
  }
}
