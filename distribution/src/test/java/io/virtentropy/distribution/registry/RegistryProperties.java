package io.virtentropy.distribution.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.virtentropy.distribution.pool.PoolDefinition;
import io.virtentropy.distribution.pool.PoolXmlFormatter;
import io.virtentropy.distribution.registry.PoolException.Reason;
import io.virtentropy.distribution.registry.PoolRegistry.Filter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

@Label("Any sequence of calls to a registry")
final class RegistryProperties {
  /** What is called. */
  enum Verb {
    DEFINE,
    UNDEFINE,
    CREATE,
    DESTROY,
    AUTOSTART,
    NO_AUTOSTART,
    FAIL_NEXT_START,
    RESTART_DAEMON
  }

  record Call(Verb verb, int name, int uuid, int version) {}

  /** Definitions in memory, as another process would find them. */
  private static final class MemoryStore implements PoolStore {
    final Map<String, Stored> kept = new TreeMap<>();

    @Override
    public Contents load() {
      return new Contents(List.copyOf(kept.values()), List.of());
    }

    @Override
    public void save(PoolDefinition definition) {
      Stored before = kept.get(definition.name());
      kept.put(definition.name(), new Stored(definition, before != null && before.autostart()));
    }

    @Override
    public void delete(PoolDefinition definition) {
      kept.remove(definition.name());
    }

    @Override
    public void setAutostart(PoolDefinition definition, boolean autostart) {
      kept.put(definition.name(), new Stored(definition, autostart));
    }
  }

  /** The slow and obvious one: a pool is a line of a map. */
  private static final class Model {
    static final class Pool {
      final int uuid;
      int version;
      int live = -1;
      boolean autostart;

      Pool(int uuid) {
        this.uuid = uuid;
      }
    }

    final Map<String, Pool> pools = new TreeMap<>();
    final List<String> events = new ArrayList<>();
    boolean failNext;

    private String nameOf(int uuid) {
      for (Map.Entry<String, Pool> entry : pools.entrySet()) {
        if (entry.getValue().uuid == uuid) {
          return entry.getKey();
        }
      }
      return null;
    }

    String call(Call call) {
      String name = "pool" + call.name;
      String numbered = nameOf(call.uuid);
      Pool pool = numbered == null ? null : pools.get(numbered);
      switch (call.verb) {
        case DEFINE -> {
          Pool named = pools.get(name);
          if (named != null && named.uuid != call.uuid) {
            return Reason.NAME_TAKEN.name();
          }
          if (pool != null && !name.equals(numbered)) {
            return Reason.UUID_TAKEN.name();
          }
          events.add((named == null ? "DEFINED_ADDED " : "DEFINED_UPDATED ") + name);
          pools.computeIfAbsent(name, n -> new Pool(call.uuid)).version = call.version;
          return "ok";
        }
        case FAIL_NEXT_START -> {
          failNext = true;
          return "ok";
        }
        case RESTART_DAEMON -> {
          failNext = false;
          pools.values().forEach(p -> p.live = p.autostart ? p.version : -1);
          pools.forEach(
              (n, p) -> {
                if (p.autostart) {
                  events.add("STARTED " + n);
                }
              });
          return "ok";
        }
        default -> {
          return pool == null ? Reason.NOT_FOUND.name() : change(call, numbered, pool);
        }
      }
    }

    private String change(Call call, String name, Pool pool) {
      boolean active = pool.live >= 0;
      switch (call.verb) {
        case UNDEFINE -> {
          if (active) {
            return Reason.ACTIVE.name();
          }
          pools.remove(name);
          events.add("UNDEFINED " + name);
        }
        case CREATE -> {
          if (active) {
            return Reason.ACTIVE.name();
          }
          if (failNext) {
            failNext = false;
            return Reason.START_FAILED.name();
          }
          pool.live = pool.version;
          events.add("STARTED " + name);
        }
        case DESTROY -> {
          if (!active) {
            return Reason.INACTIVE.name();
          }
          pool.live = -1;
          events.add("STOPPED " + name);
        }
        case AUTOSTART -> pool.autostart = true;
        case NO_AUTOSTART -> pool.autostart = false;
        default -> throw new AssertionError(call.verb);
      }
      return "ok";
    }

    String list() {
      StringBuilder out = new StringBuilder();
      pools.forEach(
          (name, p) ->
              out.append(name + " " + p.uuid + " v" + p.version + " live" + p.live)
                  .append(p.autostart ? " auto\n" : "\n"));
      return out.toString();
    }
  }

  private static final class Real {
    final MemoryStore store = new MemoryStore();
    final List<String> events = new ArrayList<>();
    boolean failNext;
    int open;
    PoolRegistry registry = start();

    private PoolRegistry start() {
      PoolRegistry made =
          new PoolRegistry(
              store,
              pool -> {
                if (failNext) {
                  failNext = false;
                  throw new PoolException(Reason.START_FAILED, "told to fail");
                }
                open++;
                return gracefully -> open--;
              },
              problem -> {
                throw new AssertionError(problem);
              });
      made.addListener(event -> events.add(event.kind() + " " + event.name()));
      return made;
    }

    private static UUID uuid(int number) {
      return new UUID(7, number);
    }

    String call(Call call) {
      try {
        UUID uuid = uuid(call.uuid);
        switch (call.verb) {
          case DEFINE ->
              registry.define(
                  "test",
                  PoolXmlFormatter.format(
                          DirectoryStoreTest.pool("pool" + call.name, 0, "" + call.version))
                      .replaceAll("<uuid>.*</uuid>", "<uuid>" + uuid + "</uuid>"));
          case UNDEFINE -> registry.undefine(uuid);
          case CREATE -> registry.create(uuid);
          case DESTROY -> registry.destroy(uuid, call.version % 2 == 0);
          case AUTOSTART -> registry.setAutostart(uuid, true);
          case NO_AUTOSTART -> registry.setAutostart(uuid, false);
          case FAIL_NEXT_START -> failNext = true;
          case RESTART_DAEMON -> {
            failNext = false;
            registry.close();
            registry = start();
            registry.autostart(
                problem -> {
                  throw new AssertionError(problem);
                });
          }
        }
        return "ok";
      } catch (PoolException e) {
        return e.reason().name();
      }
    }

    String list() {
      StringBuilder out = new StringBuilder();
      for (PoolStatus pool : registry.list(Filter.ALL)) {
        PoolDefinition definition = pool.definition();
        out.append(definition.name())
            .append(' ')
            .append(definition.uuid().getLeastSignificantBits())
            .append(" v")
            .append(definition.title().orElseThrow())
            .append(" live")
            .append(pool.live().map(live -> live.title().orElseThrow()).orElse("-1"))
            .append(pool.autostart() ? " auto\n" : "\n");
        assertEquals(pool, registry.lookupByName(definition.name()));
        assertEquals(pool, registry.lookupByUuid(definition.uuid()));
      }
      return out.toString();
    }
  }

  @Property(tries = 300)
  @Label("should do what a map would, and tell it in order")
  void likeTheModel(@ForAll("calls") List<Call> calls) {
    Model model = new Model();
    Real real = new Real();
    for (Call call : calls) {
      assertEquals(model.call(call), real.call(call), call::toString);
      assertEquals(model.list(), real.list(), call::toString);
      assertEquals(model.events, real.events, call::toString);
      assertEquals(real.registry.list(Filter.ACTIVE).size(), real.open);
      assertEquals(
          real.registry.list(Filter.ALL).size(),
          real.registry.list(Filter.ACTIVE).size() + real.registry.list(Filter.INACTIVE).size());
    }
  }

  @Provide
  Arbitrary<List<Call>> calls() {
    return Combinators.combine(
            Arbitraries.of(Verb.class),
            Arbitraries.integers().between(0, 2),
            Arbitraries.integers().between(0, 2),
            Arbitraries.integers().between(0, 9))
        .as(Call::new)
        .list()
        .ofMaxSize(40);
  }
}
