package io.virtentropy.distribution.libvirt;

import io.virtentropy.distribution.libvirt.EntropyDevice.Other;
import io.virtentropy.distribution.libvirt.EntropyDevice.Reachable;
import io.virtentropy.distribution.libvirt.EntropyDevice.Unusable;
import io.virtentropy.distribution.libvirt.PlacedDevice.State;
import io.virtentropy.distribution.pool.OutputDefinition;
import io.virtentropy.distribution.pool.OutputDefinition.Domain;
import io.virtentropy.distribution.pool.OutputDefinition.Guest;
import io.virtentropy.distribution.pool.OutputDefinition.Mode;
import io.virtentropy.distribution.pool.OutputDefinition.UnixSocket;
import io.virtentropy.distribution.pool.PoolDefinition;
import io.virtentropy.distribution.registry.PoolStatus;
import io.virtentropy.distribution.rng.PoolDirectory;
import io.virtentropy.distribution.rng.PoolUnusableException;
import io.virtentropy.distribution.serving.GuestDevice;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which device of which guest each pool serves, and why the others are not served. Computed from
 * what is known at one moment; the same again from the same.
 */
final class Placement {
  private final Map<String, PoolStatus> pools = new LinkedHashMap<>();
  private final String defaultPool;
  private final Map<String, List<GuestDevice>> served = new LinkedHashMap<>();
  private final List<PlacedDevice> devices = new ArrayList<>();
  private final Map<Path, String> sockets = new HashMap<>();
  private final Set<String> names = new HashSet<>();

  private Placement(List<PoolStatus> pools, String defaultPool) {
    pools.forEach(pool -> this.pools.put(pool.definition().name(), pool));
    this.defaultPool = defaultPool;
    for (PoolStatus pool : pools) {
      if (pool.isActive()) {
        served.put(pool.definition().name(), new ArrayList<>());
        connectedByOutputs(pool.current())
            .forEach(path -> sockets.put(path, "an output of pool " + pool.definition().name()));
      }
    }
  }

  /**
   * Places devices.
   *
   * @param domains the domains that run
   * @param pools all pools
   * @param defaultPool the name of the pool of those that name none
   */
  static Placement of(Iterable<RunningDomain> domains, List<PoolStatus> pools, String defaultPool) {
    Placement placement = new Placement(pools, defaultPool);
    for (RunningDomain domain : domains) {
      for (EntropyDevice device : domain.devices()) {
        placement.devices.add(placement.place(domain, device));
      }
    }
    return placement;
  }

  /** The devices of each active pool; of one that has none, an empty list. */
  Map<String, List<GuestDevice>> served() {
    return served;
  }

  /** All devices. */
  List<PlacedDevice> devices() {
    return devices;
  }

  private PlacedDevice place(RunningDomain domain, EntropyDevice device) {
    if (device instanceof Other other) {
      return placed(domain, other.alias(), State.OTHER, other.reason());
    }
    if (device instanceof Unusable unusable) {
      return placed(domain, unusable.alias(), State.REFUSED, unusable.reason());
    }
    Reachable reachable = (Reachable) device;
    String poolName = reachable.wish().pool().orElse(defaultPool);
    Optional<String> className = reachable.wish().className().or(() -> defaultClass(poolName));
    Optional<String> refusal = refusal(domain, reachable, poolName, className);
    if (refusal.isEmpty()) {
      GuestDevice guest =
          new GuestDevice(
              domain.name() + "/" + reachable.alias(),
              reachable.socket(),
              className.orElseThrow(),
              domain.incarnation(reachable));
      served.get(poolName).add(guest);
    }
    return new PlacedDevice(
        domain.name(),
        domain.uuid(),
        reachable.alias(),
        Optional.of(reachable.socket().toString()),
        poolName,
        className.orElse(""),
        refusal.isEmpty() ? State.SERVED : State.REFUSED,
        refusal.orElse(""));
  }

  private static PlacedDevice placed(
      RunningDomain domain, String alias, State state, String reason) {
    return new PlacedDevice(
        domain.name(), domain.uuid(), alias, Optional.empty(), "", "", state, reason);
  }

  private Optional<String> defaultClass(String pool) {
    return Optional.ofNullable(pools.get(pool)).flatMap(p -> p.current().defaultClass());
  }

  /** Why a device can't be served. */
  private Optional<String> refusal(
      RunningDomain domain, Reachable device, String pool, Optional<String> className) {
    PoolStatus status = pools.get(pool);
    if (status != null && status.isActive() && className.isEmpty()) {
      return Optional.of(
          "entropy pool '" + pool + "' has no default class, and the domain names none");
    }
    PoolDirectory directory = name -> Optional.ofNullable(pools.get(name));
    try {
      directory.requireUsable(pool, className.orElse(""));
    } catch (PoolUnusableException e) {
      return Optional.of(e.getMessage());
    }
    if (!isPermitted(status.current(), className.orElseThrow(), domain)) {
      return Optional.of(
          "no output of entropy pool '"
              + pool
              + "' permits this domain to draw on class '"
              + className.orElseThrow()
              + "'");
    }
    String name = domain.name() + "/" + device.alias();
    if (!names.add(name)) {
      return Optional.of("another domain's device is called " + name + ", too");
    }
    String other = sockets.putIfAbsent(device.socket().normalize(), name);
    return other == null
        ? Optional.empty()
        : Optional.of("its socket " + device.socket() + " is that of " + other);
  }

  /** Where nothing is said of outputs, all domains are permitted. */
  private static boolean isPermitted(PoolDefinition pool, String className, RunningDomain domain) {
    return pool.outputs().isEmpty()
        || pool.outputs().get().stream()
            .anyMatch(
                output ->
                    output instanceof Domain permitted
                        && permitted.className().equals(className)
                        && permitted.guest().map(g -> is(g, domain)).orElse(true));
  }

  private static boolean is(Guest guest, RunningDomain domain) {
    if (guest instanceof Guest.ByUuid byUuid) {
      return byUuid.uuid().equals(domain.uuid());
    }
    return ((Guest.ByName) guest).name().equals(domain.name());
  }

  private static List<Path> connectedByOutputs(PoolDefinition pool) {
    List<Path> paths = new ArrayList<>();
    for (OutputDefinition output : pool.outputs().orElse(List.of())) {
      if (output instanceof UnixSocket unix && unix.mode() == Mode.CONNECT) {
        paths.add(Path.of(unix.path()).normalize());
      }
    }
    return paths;
  }
}
