package io.virtentropy.distribution.libvirt;

import io.virtentropy.distribution.daemon.DaemonEvent;
import io.virtentropy.distribution.daemon.PoolControl;
import io.virtentropy.distribution.libvirt.PlacedDevice.State;
import io.virtentropy.distribution.registry.PoolRegistry.Filter;
import io.virtentropy.distribution.registry.PoolStatus;
import io.virtentropy.distribution.serving.GuestDevice;
import io.virtentropy.distribution.serving.PoolServer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Has each pool serve the guests that belong to it. Belongs to one thread, which may wait for an
 * operation on a pool but never for libvirt; domains may be given, and what became of them asked,
 * by any.
 */
final class GuestPlacer {
  private final PoolControl control;
  private final String defaultPool;
  private final Map<String, Served> served = new HashMap<>();
  private Map<String, String> refused = Map.of();
  private volatile List<RunningDomain> domains = List.of();
  private volatile List<PlacedDevice> devices = List.of();

  /** What a pool was told last; one that was started anew is another. */
  private record Served(PoolServer server, List<GuestDevice> devices) {}

  /**
   * Creates a placer that knows no domains yet.
   *
   * @param control the pools
   * @param defaultPool the name of the pool of domains that name none
   */
  GuestPlacer(PoolControl control, String defaultPool) {
    this.control = control;
    this.defaultPool = defaultPool;
  }

  /** Takes over the domains that run, for the next time. */
  void setDomains(List<RunningDomain> running) {
    domains = running;
  }

  /** What became of each device the last time. */
  List<PlacedDevice> devices() {
    return devices;
  }

  /** Tells each pool what it is to serve, where that has changed. */
  void place() {
    List<PoolStatus> pools = control.list(Filter.ALL);
    Placement placement = Placement.of(domains, pools, defaultPool);
    served.keySet().retainAll(placement.served().keySet());
    for (PoolStatus pool : pools) {
      if (pool.isActive()) {
        String name = pool.definition().name();
        Served wanted =
            new Served((PoolServer) pool.active().orElseThrow(), placement.served().get(name));
        Served before = served.put(name, wanted);
        if (!wanted.equals(before)) {
          wanted.server().serve(wanted.devices());
        }
      }
    }
    devices = placement.devices();
    tellRefusals();
  }

  /** Each is told once, and again when its reason is another. */
  private void tellRefusals() {
    Map<String, String> now = new HashMap<>();
    for (PlacedDevice device : devices) {
      if (device.state() == State.REFUSED) {
        String key = device.uuid() + "/" + device.alias();
        now.put(key, device.pool() + ": " + device.reason());
        if (!now.get(key).equals(refused.get(key))) {
          control
              .events()
              .tell(
                  DaemonEvent.Kind.CLIENT_TROUBLE,
                  device.pool(),
                  device.name() + " is not served: " + device.reason());
        }
      }
    }
    refused = now;
  }
}
