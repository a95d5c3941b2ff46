package io.virtentropy.distribution.libvirt;

import io.virtentropy.distribution.daemon.DaemonEvent;
import io.virtentropy.distribution.daemon.EventStream;
import io.virtentropy.distribution.xml.InvalidXmlException;
import io.virtentropy.ratelimit.NanoClock;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * Knows which domains run. Events are only hints to read a domain, or all, anew: they may come
 * twice, late, or in any order, and none comes while there is no connection. When one is made all
 * domains are read; while there is none, what was known stays so.
 *
 * <p>Belongs to one thread, which may hang in a call for as long as libvirt does. {@link #report}
 * may be called by any.
 */
final class DomainFollower {
  /** The wait after a first failure; it doubles with each. */
  static final long FIRST_RETRY_NANOS = 250_000_000L;

  /** The longest wait. */
  static final long LAST_RETRY_NANOS = 10_000_000_000L;

  /** When a domain that couldn't be read is read again. */
  static final long READ_AGAIN_NANOS = 10_000_000_000L;

  /** Domains to be read one by one; more are all of them. */
  static final int MAX_WISHES = 1024;

  private static final System.Logger LOG = System.getLogger(DomainFollower.class.getName());

  private static final String NO_POOL = "";
  private static final long NO_CALL = Long.MIN_VALUE;

  private final Hypervisor hypervisor;
  private final String uri;
  private final SocketNodes nodes;
  private final NanoClock clock;
  private final EventStream events;
  private final Consumer<List<RunningDomain>> listener;
  private final Alarm alarm;
  private final Map<UUID, RunningDomain> domains = new LinkedHashMap<>();
  private final Map<UUID, String> troubles = new HashMap<>();

  private Hypervisor.Connection connection;
  private Wishes wishes = new Wishes();
  private long retryNanos = FIRST_RETRY_NANOS;
  private long retryAt;
  private boolean readAgain;
  private long readAgainAt;
  private String lastFailure = "";
  private long connects;
  private long losses;
  private long reads;
  private volatile long callSince = NO_CALL;
  private volatile ConnectionReport report =
      new ConnectionReport(false, "not connected yet", 0, 0, 0, 0, 0);

  /**
   * Creates a follower that hasn't connected yet.
   *
   * @param hypervisor whose domains
   * @param uri its name, for messages
   * @param nodes tells sockets from each other
   * @param clock the clock of retries
   * @param events is told when the connection stands and when it is lost, and of domains that can't
   *     be understood
   * @param listener is told the domains that run whenever they may have changed
   * @param alarm is rung when there is something to do
   */
  DomainFollower(
      Hypervisor hypervisor,
      String uri,
      SocketNodes nodes,
      NanoClock clock,
      EventStream events,
      Consumer<List<RunningDomain>> listener,
      Alarm alarm) {
    this.hypervisor = hypervisor;
    this.uri = uri;
    this.nodes = nodes;
    this.clock = clock;
    this.events = events;
    this.listener = listener;
    this.alarm = alarm;
    this.retryAt = clock.nanoTime();
  }

  /** What is to be read: any thread may wish. Of one connection; its successor has its own. */
  private final class Wishes implements Hypervisor.Events {
    private final Set<UUID> changed = new LinkedHashSet<>();
    private boolean all;
    private String lost;

    @Override
    public void domainChanged(UUID domain) {
      synchronized (this) {
        changed.add(domain);
        if (changed.size() > MAX_WISHES) {
          wishAll();
        }
      }
      alarm.ring();
    }

    @Override
    public void connectionLost(String why) {
      synchronized (this) {
        lost = why;
      }
      alarm.ring();
    }

    synchronized void wishAll() {
      all = true;
      changed.clear();
    }

    synchronized Optional<String> whyLost() {
      return Optional.ofNullable(lost);
    }

    synchronized boolean takeAll() {
      boolean taken = all;
      all = false;
      if (taken) {
        changed.clear();
      }
      return taken;
    }

    synchronized List<UUID> take() {
      List<UUID> taken = List.copyOf(changed);
      changed.clear();
      return taken;
    }
  }

  /**
   * Does what is due.
   *
   * @return how long until something is due that nobody rings for, in nanoseconds
   */
  long poll() {
    wishes.whyLost().ifPresent(this::lose);
    try {
      if (connection == null && retryAt - clock.nanoTime() <= 0) {
        connect();
      }
      if (connection != null) {
        follow();
      }
    } catch (RuntimeException e) {
      // A fault of the binding's or of ours. Guests must not be without anybody who follows them.
      LOG.log(System.Logger.Level.ERROR, "following libvirt failed; it is connected to anew", e);
      lose("unexpectedly " + e);
    }
    tellHowItIs();
    return nanosLeft();
  }

  private long nanosLeft() {
    long now = clock.nanoTime();
    if (connection == null) {
      return Math.max(0, retryAt - now);
    }
    return readAgain ? Math.max(0, readAgainAt - now) : Long.MAX_VALUE;
  }

  private void connect() {
    wishes = new Wishes();
    wishes.wishAll();
    try {
      connection = timed(() -> hypervisor.connect(wishes));
    } catch (HypervisorException e) {
      fail(e.getMessage());
    }
  }

  /** Reads what is wished for; the first time all, and only then is the connection of use. */
  private void follow() {
    if (readAgain && clock.nanoTime() - readAgainAt >= 0) {
      wishes.wishAll();
    }
    try {
      if (wishes.takeAll()) {
        readAll();
      }
      List<UUID> changed = wishes.take();
      for (UUID domain : changed) {
        read(domain);
      }
      if (!changed.isEmpty()) {
        tellListener();
      }
    } catch (HypervisorException e) {
      lose(e.getMessage());
    }
  }

  private void readAll() throws HypervisorException {
    readAgain = false;
    List<UUID> running = timed(connection::runningDomains);
    domains.keySet().retainAll(running);
    troubles.keySet().retainAll(running);
    for (UUID domain : running) {
      read(domain);
    }
    tellListener();
    if (!report.connected()) {
      connects++;
      lastFailure = "";
      retryNanos = FIRST_RETRY_NANOS;
      report = new ConnectionReport(true, "", connects, losses, reads, domains.size(), 0);
      events.tell(
          DaemonEvent.Kind.LIBVIRT_CONNECTED,
          NO_POOL,
          uri + ", " + domains.size() + " domains run");
    }
  }

  /**
   * Reads one domain.
   *
   * @throws HypervisorException if the connection is of no use any more
   */
  private void read(UUID uuid) throws HypervisorException {
    reads++;
    Optional<String> xml;
    try {
      xml = timed(() -> connection.xml(uuid));
    } catch (HypervisorException e) {
      if (!connection.isAlive()) {
        throw e;
      }
      // It may have to do with this domain only. What was known of it stays so.
      trouble(uuid, e.getMessage() + "; it is read again");
      readAgain = true;
      readAgainAt = clock.nanoTime() + READ_AGAIN_NANOS;
      return;
    }
    try {
      Optional<RunningDomain> domain =
          xml.isEmpty() ? Optional.empty() : DomainXmlParser.parse("domain " + uuid, xml.get());
      Optional<RunningDomain> before = Optional.ofNullable(domains.get(uuid));
      domain.ifPresentOrElse(
          d -> domains.put(uuid, nodes.look(d, before)), () -> domains.remove(uuid));
      troubles.remove(uuid);
    } catch (InvalidXmlException e) {
      domains.remove(uuid);
      trouble(uuid, e.getMessage());
    }
  }

  /** Told once for each change. */
  private void trouble(UUID uuid, String what) {
    if (!what.equals(troubles.put(uuid, what))) {
      events.tell(DaemonEvent.Kind.TROUBLE, NO_POOL, "domain " + uuid + " can't be read: " + what);
    }
  }

  private void tellListener() {
    listener.accept(List.copyOf(domains.values()));
  }

  private void lose(String why) {
    boolean stood = report.connected();
    if (connection != null) {
      connection.close();
      connection = null;
    }
    wishes = new Wishes();
    if (stood) {
      losses++;
      retryAt = clock.nanoTime() + retryNanos;
      report = new ConnectionReport(false, why, connects, losses, reads, domains.size(), 0);
      events.tell(
          DaemonEvent.Kind.LIBVIRT_LOST,
          NO_POOL,
          uri + ": " + why + "; guests are served as before, and it is tried again and again");
      lastFailure = why;
    } else {
      fail(why);
    }
  }

  private void fail(String why) {
    retryAt = clock.nanoTime() + retryNanos;
    retryNanos = Math.min(2 * retryNanos, LAST_RETRY_NANOS);
    report = new ConnectionReport(false, why, connects, losses, reads, domains.size(), 0);
    if (!why.equals(lastFailure)) {
      lastFailure = why;
      events.tell(
          DaemonEvent.Kind.TROUBLE,
          NO_POOL,
          "libvirt can't be reached at "
              + uri
              + ": "
              + why
              + "; pools do without, and it is tried again and again");
    }
  }

  private void tellHowItIs() {
    if (report.connected()) {
      report = new ConnectionReport(true, "", connects, losses, reads, domains.size(), 0);
    }
  }

  /** How the connection is. Any thread may ask. */
  ConnectionReport report() {
    long since = callSince;
    ConnectionReport now = report;
    return since == NO_CALL ? now : now.waiting(Math.max(0, clock.nanoTime() - since));
  }

  /** A call of libvirt, which may take any time. */
  private interface Call<T> {
    T make() throws HypervisorException;
  }

  /** Makes a call; how long it takes is seen by {@link #report}. */
  private <T> T timed(Call<T> call) throws HypervisorException {
    long now = clock.nanoTime();
    callSince = now == NO_CALL ? now + 1 : now;
    try {
      return call.make();
    } finally {
      callSince = NO_CALL;
    }
  }

  /** Ends the connection. */
  void close() {
    if (connection != null) {
      connection.close();
      connection = null;
    }
  }
}
