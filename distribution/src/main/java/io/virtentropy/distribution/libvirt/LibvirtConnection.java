package io.virtentropy.distribution.libvirt;

import com.sun.jna.Pointer;
import io.virtentropy.distribution.libvirt.Hypervisor.Events;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.libvirt.Connect;
import org.libvirt.Domain;
import org.libvirt.Error.ErrorNumber;
import org.libvirt.LibvirtException;
import org.libvirt.jna.ConnectionPointer;
import org.libvirt.jna.Libvirt;
import org.libvirt.jna.Libvirt.VirDomainEventCallback;

/**
 * One connection through the binding. It is read-only: that is enough to follow domains, and a
 * daemon that is taken over can't use it against them.
 */
final class LibvirtConnection implements Hypervisor.Connection {
  /** A libvirtd that is silent for so long is asked whether it lives. */
  private static final int KEEP_ALIVE_SECONDS = 5;

  /** How often it is asked before the connection is given up. */
  private static final int KEEP_ALIVE_COUNT = 3;

  /** {@code VIR_CONNECT_LIST_DOMAINS_ACTIVE}. */
  private static final int ACTIVE = 1;

  private final RawConnect connect;
  private final DomainEventCallbacks callbacks;
  private final long number;
  private final List<Integer> registrations = new ArrayList<>();
  private int calls;
  private boolean closed;

  /** The binding, with what lies beneath. */
  private static final class RawConnect extends Connect {
    RawConnect(LibvirtUri uri) throws LibvirtException {
      super(uri.value(), true);
    }

    ConnectionPointer pointer() {
      return vcp;
    }
  }

  private LibvirtConnection(RawConnect connect, DomainEventCallbacks callbacks, Events events) {
    this.connect = connect;
    this.callbacks = callbacks;
    this.number = callbacks.add(events::domainChanged);
  }

  /**
   * Connects, and registers for events before anything is read, so that none is missed.
   *
   * @throws HypervisorException if that fails
   */
  static LibvirtConnection open(LibvirtUri uri, DomainEventCallbacks callbacks, Events events)
      throws HypervisorException {
    LibvirtConnection made = null;
    boolean open = false;
    try {
      made = new LibvirtConnection(new RawConnect(uri), callbacks, events);
      made.watch(events);
      made.register();
      open = true;
      return made;
    } catch (LibvirtException e) {
      throw failure(e);
    } finally {
      if (made != null && !open) {
        made.close();
      }
    }
  }

  /** Drivers without a daemon behind them have nothing to watch. */
  private void watch(Events events) throws LibvirtException {
    try {
      connect.registerCloseListener(
          (connection, reason) ->
              events.connectionLost("the connection was closed (" + reason + ")"));
      boolean unused = connect.setKeepAlive(KEEP_ALIVE_SECONDS, KEEP_ALIVE_COUNT);
    } catch (LibvirtException e) {
      if (!is(e, ErrorNumber.VIR_ERR_NO_SUPPORT)) {
        throw e;
      }
    }
  }

  private void register() throws HypervisorException {
    for (Map.Entry<Integer, VirDomainEventCallback> event : callbacks.byEvent().entrySet()) {
      int registration =
          Libvirt.INSTANCE.virConnectDomainEventRegisterAny(
              connect.pointer(), null, event.getKey(), event.getValue(), new Pointer(number), null);
      if (registration < 0) {
        throw new HypervisorException(
            "events of kind " + event.getKey() + " of domains can't be had from it");
      }
      registrations.add(registration);
    }
  }

  private static boolean is(LibvirtException e, ErrorNumber code) {
    return e.getError() != null && e.getError().getCode() == code;
  }

  private static HypervisorException failure(LibvirtException e) {
    String message = e.getMessage() == null ? "it fails without a word" : e.getMessage();
    return new HypervisorException(message.replace('\n', ' ').strip(), e);
  }

  /** Native code must not be given a connection that is gone. */
  private synchronized void beginCall() throws HypervisorException {
    if (closed) {
      throw new HypervisorException("the connection was closed");
    }
    calls++;
  }

  private synchronized boolean isLastCall() {
    calls--;
    return closed && calls == 0;
  }

  private void endCall() {
    if (isLastCall()) {
      attempt(connect::close);
    }
  }

  /** Whether nothing is under way, and no call can be begun any more. */
  private synchronized boolean closeUnlessBusy() {
    closed = true;
    return calls == 0;
  }

  @Override
  public List<UUID> runningDomains() throws HypervisorException {
    beginCall();
    List<UUID> uuids = new ArrayList<>();
    try {
      for (Domain domain : connect.listAllDomains(ACTIVE)) {
        try {
          uuids.add(UUID.fromString(domain.getUUIDString()));
        } finally {
          domain.free();
        }
      }
    } catch (LibvirtException e) {
      throw failure(e);
    } finally {
      endCall();
    }
    return uuids;
  }

  @Override
  public Optional<String> xml(UUID uuid) throws HypervisorException {
    beginCall();
    try {
      return read(uuid);
    } finally {
      endCall();
    }
  }

  private Optional<String> read(UUID uuid) throws HypervisorException {
    Domain domain = null;
    try {
      domain = connect.domainLookupByUUIDString(uuid.toString());
      return Optional.of(domain.getXMLDesc(0));
    } catch (LibvirtException e) {
      if (is(e, ErrorNumber.VIR_ERR_NO_DOMAIN)) {
        return Optional.empty();
      }
      throw failure(e);
    } finally {
      free(domain);
    }
  }

  private static void free(Domain domain) throws HypervisorException {
    if (domain != null) {
      try {
        domain.free();
      } catch (LibvirtException e) {
        throw failure(e);
      }
    }
  }

  @Override
  public boolean isAlive() {
    try {
      return connect.isAlive();
    } catch (LibvirtException e) {
      return false;
    }
  }

  /**
   * Each registration holds the connection, so all are ended, though those of a connection that is
   * lost say that they fail: this side of them has ended then. If a call is under way the last of
   * them closes it.
   */
  @Override
  public void close() {
    callbacks.remove(number);
    for (int registration : registrations) {
      int unused =
          Libvirt.INSTANCE.virConnectDomainEventDeregisterAny(connect.pointer(), registration);
    }
    registrations.clear();
    attempt(connect::unregisterCloseListener); // fails where it has been called already
    if (closeUnlessBusy()) {
      attempt(connect::close);
    }
  }

  private interface Ending {
    void end() throws LibvirtException;
  }

  private static void attempt(Ending ending) {
    try {
      ending.end();
    } catch (LibvirtException e) {
      System.getLogger(LibvirtConnection.class.getName())
          .log(System.Logger.Level.DEBUG, "a connection to libvirt is not ended in order", e);
    }
  }
}
