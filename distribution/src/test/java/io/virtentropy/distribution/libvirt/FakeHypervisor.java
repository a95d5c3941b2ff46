package io.virtentropy.distribution.libvirt;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;

/**
 * A libvirt with the faults that a real one can't be made to have at will. Any thread may change
 * it.
 */
final class FakeHypervisor implements Hypervisor {
  private final Map<UUID, String> domains = new LinkedHashMap<>();
  private final Map<UUID, String> refusals = new LinkedHashMap<>();
  private final List<String> calls = new ArrayList<>();
  private String unreachable;
  private Events events;
  private boolean alive;
  private UUID hanging;
  private CountDownLatch hangsUntil;
  private CountDownLatch hangs;

  /** Lets a domain be listed with this XML, and read. */
  synchronized void run(String name, String xml) {
    domains.put(DomainXml.uuid(name), xml);
    refusals.remove(DomainXml.uuid(name));
  }

  synchronized void stop(String name) {
    domains.remove(DomainXml.uuid(name));
  }

  /** Lets reading a domain fail. */
  synchronized void refuse(String name, String why) {
    refusals.put(DomainXml.uuid(name), why);
  }

  /** Lets connecting fail, or work again with null. */
  synchronized void setUnreachable(String why) {
    unreachable = why;
  }

  /**
   * Lets every reading of one domain hang until the latch is down.
   *
   * @return is down once one hangs
   */
  synchronized CountDownLatch hang(String name, CountDownLatch until) {
    hanging = DomainXml.uuid(name);
    hangsUntil = until;
    hangs = new CountDownLatch(1);
    return hangs;
  }

  /** Breaks the connection without a word. */
  synchronized void die() {
    alive = false;
  }

  /** The listener of the last connection. */
  synchronized Events events() {
    return events;
  }

  void tell(String... names) {
    for (String name : names) {
      events().domainChanged(DomainXml.uuid(name));
    }
  }

  /** What was called since this was asked last. */
  synchronized List<String> takeCalls() {
    List<String> taken = List.copyOf(calls);
    calls.clear();
    return taken;
  }

  @Override
  public synchronized Connection connect(Events listener) throws HypervisorException {
    calls.add("connect");
    if (unreachable != null) {
      throw new HypervisorException(unreachable);
    }
    events = listener;
    alive = true;
    return new FakeConnection();
  }

  private final class FakeConnection implements Connection {
    @Override
    public List<UUID> runningDomains() throws HypervisorException {
      synchronized (FakeHypervisor.this) {
        calls.add("list");
        requireAlive();
        return List.copyOf(domains.keySet());
      }
    }

    @Override
    public Optional<String> xml(UUID domain) throws HypervisorException {
      CountDownLatch until;
      synchronized (FakeHypervisor.this) {
        calls.add("xml");
        until = domain != null && domain.equals(hanging) ? hangsUntil : null;
        if (until != null) {
          hangs.countDown();
        }
      }
      awaitQuietly(until);
      synchronized (FakeHypervisor.this) {
        requireAlive();
        if (refusals.containsKey(domain)) {
          throw new HypervisorException(refusals.get(domain));
        }
        return Optional.ofNullable(domains.get(domain));
      }
    }

    private void requireAlive() throws HypervisorException {
      if (!alive) {
        throw new HypervisorException("the connection broke");
      }
    }

    @Override
    public boolean isAlive() {
      synchronized (FakeHypervisor.this) {
        return alive;
      }
    }

    @Override
    public void close() {
      synchronized (FakeHypervisor.this) {
        calls.add("close");
      }
    }
  }

  private static void awaitQuietly(CountDownLatch until) {
    if (until != null) {
      try {
        until.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
