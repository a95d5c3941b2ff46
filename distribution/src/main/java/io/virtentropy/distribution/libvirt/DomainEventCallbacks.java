package io.virtentropy.distribution.libvirt;

import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.libvirt.jna.DomainPointer;
import org.libvirt.jna.Libvirt;
import org.libvirt.jna.Libvirt.VirDomainEventCallback;

/**
 * What libvirt calls when something happens to a domain. The binding has no listeners for devices
 * and metadata, and its own for life-cycles can't take events newer than itself; so these are
 * registered beneath it. All that is taken from an event is whom it is about.
 *
 * <p>There is one set for the whole process, which is never given up: what native code may still
 * call must not be collected. The number it is registered with tells connections apart.
 */
final class DomainEventCallbacks {
  /** A UUID in letters, and the zero behind it. */
  private static final int UUID_BYTES = 37;

  private final Libvirt libvirt;
  private final Map<Long, Consumer<UUID>> listeners = new ConcurrentHashMap<>();
  private final AtomicLong last = new AtomicLong();
  private final Map<Integer, VirDomainEventCallback> byEvent;

  /** {@code virConnectDomainEventCallback}: life-cycle. */
  interface LifecycleCallback extends VirDomainEventCallback {
    int happened(Pointer connection, DomainPointer domain, int event, int detail, Pointer number);
  }

  /**
   * {@code virConnectDomainEventDeviceAddedCallback} and {@code
   * virConnectDomainEventDeviceRemovedCallback}.
   */
  interface DeviceCallback extends VirDomainEventCallback {
    void happened(Pointer connection, DomainPointer domain, Pointer alias, Pointer number);
  }

  /** {@code virConnectDomainEventMetadataChangeCallback}. */
  interface MetadataCallback extends VirDomainEventCallback {
    void happened(
        Pointer connection, DomainPointer domain, int type, Pointer namespace, Pointer number);
  }

  DomainEventCallbacks(Libvirt libvirt) {
    this.libvirt = libvirt;
    LifecycleCallback lifecycle =
        (connection, domain, event, detail, number) -> {
          tell(domain, number);
          return 0;
        };
    DeviceCallback device = (connection, domain, alias, number) -> tell(domain, number);
    MetadataCallback metadata =
        (connection, domain, type, namespace, number) -> tell(domain, number);
    this.byEvent =
        Map.of(
            DomainEventId.LIFECYCLE, lifecycle,
            DomainEventId.DEVICE_REMOVED, device,
            DomainEventId.DEVICE_ADDED, device,
            DomainEventId.METADATA_CHANGE, metadata);
  }

  /** Numbers of {@code virDomainEventID}. */
  private static final class DomainEventId {
    static final int LIFECYCLE = 0;
    static final int DEVICE_REMOVED = 15;
    static final int DEVICE_ADDED = 19;
    static final int METADATA_CHANGE = 23;

    private DomainEventId() {}
  }

  private void tell(DomainPointer domain, Pointer number) {
    Consumer<UUID> listener = listeners.get(Pointer.nativeValue(number));
    byte[] uuid = new byte[UUID_BYTES];
    if (listener != null && libvirt.virDomainGetUUIDString(domain, uuid) == 0) {
      listener.accept(
          UUID.fromString(new String(uuid, 0, UUID_BYTES - 1, StandardCharsets.US_ASCII)));
    }
  }

  /** Adds a listener; its number goes with each of {@link #byEvent} when that is registered. */
  long add(Consumer<UUID> listener) {
    long number = last.incrementAndGet();
    listeners.put(number, listener);
    return number;
  }

  void remove(long number) {
    listeners.remove(number);
  }

  /** The callbacks by the number of the event they are for. */
  Map<Integer, VirDomainEventCallback> byEvent() {
    return byEvent;
  }
}
