package io.virtentropy.distribution.libvirt;

import io.virtentropy.distribution.daemon.DaemonEvent;
import io.virtentropy.distribution.daemon.EventStream;
import io.virtentropy.distribution.xml.InvalidXmlException;
import io.virtentropy.ratelimit.NanoClock;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * Knows which domains run. Events are only hints to read a domain, or all, anew: they may come
 * twice, late, or in any order, and none comes while there is no connection. When one is made all
 * domains are read; while there is none, what was known stays so.
 *
 * <p>Domains are read by a few threads beside, since reading one hangs for as long as something is
 * done in libvirtd that holds it, such as the end of a QEMU that doesn't react. What was known of a
 * domain that hangs stays so, and news of the others come through, as long as no more than {@link
 * HypervisorCalls#MOST} hang.
 *
 * <p>Belongs to one thread, which may hang in making a connection for as long as libvirt does.
 * {@link #report} may be called by any.
 */
final class DomainFollower {
  /** The wait after a first failure; it doubles with each. */
  static final long FIRST_RETRY_NANOS = 250_000_000L;

  /** The longest wait. */
  static final long LAST_RETRY_NANOS = 10_000_000_000L;

  /** When a domain that couldn't be read is read again. */
  static final long READ_AGAIN_NANOS = 10_000_000_000L;

  /** What is known is told at the latest after so long, though more is being read. */
  static final long TELL_NANOS = 1_000_000_000L;

  private static final System.Logger LOG = System.getLogger(DomainFollower.class.getName());

  private static final long NANOS = 1_000_000_000L;
  private static final String NO_POOL = "";
  private static final long NO_CALL = Long.MIN_VALUE;

  /** What the call that lists all is about, where others are about a domain. */
  private static final Optional<UUID> ALL = Optional.empty();

  private final Hypervisor hypervisor;
  private final String uri;
  private final SocketNodes nodes;
  private final NanoClock clock;
  private final EventStream events;
  private final Consumer<List<RunningDomain>> listener;
  private final Alarm alarm;
  private final Map<UUID, RunningDomain> domains = new LinkedHashMap<>();
  private final Map<UUID, String> troubles = new HashMap<>();
  private final HypervisorCalls<Optional<UUID>> calls;

  /** Domains to be read as soon as there is a caller. */
  private final Set<UUID> unread = new LinkedHashSet<>();

  /** Domains that couldn't be read. */
  private final Set<UUID> again = new LinkedHashSet<>();

  /** Domains that were seen to run since all were asked for, which the answer need not know. */
  private final Set<UUID> seen = new HashSet<>();

  private Hypervisor.Connection connection;
  private DomainWishes wishes;
  private boolean listWished;
  private boolean listed;
  private boolean changed;
  private long changedAt;
  private long retryNanos = FIRST_RETRY_NANOS;
  private long retryAt;
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
   * @param callers runs {@link HypervisorCalls#MOST} calls at a time, on threads that may hang
   */
  DomainFollower(
      Hypervisor hypervisor,
      String uri,
      SocketNodes nodes,
      NanoClock clock,
      EventStream events,
      Consumer<List<RunningDomain>> listener,
      Alarm alarm,
      Executor callers) {
    this.hypervisor = hypervisor;
    this.uri = uri;
    this.nodes = nodes;
    this.clock = clock;
    this.events = events;
    this.listener = listener;
    this.alarm = alarm;
    this.calls = new HypervisorCalls<>(callers, clock, alarm);
    this.wishes = new DomainWishes(alarm);
    this.retryAt = clock.nanoTime();
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
    long left = calls.nanosUntilLate();
    if (!again.isEmpty()) {
      left = Math.min(left, Math.max(0, readAgainAt - now));
    }
    return changed ? Math.min(left, Math.max(0, changedAt + TELL_NANOS - now)) : left;
  }

  private void connect() {
    wishes = new DomainWishes(alarm);
    wishes.wishAll();
    long now = clock.nanoTime();
    callSince = now == NO_CALL ? now + 1 : now; // how long it takes is seen by report()
    try {
      connection = hypervisor.connect(wishes);
    } catch (HypervisorException e) {
      fail(e.getMessage());
    } finally {
      callSince = NO_CALL;
    }
  }

  /** Reads what is wished for; the first time all, and only then is the connection of use. */
  private void follow() {
    if (!again.isEmpty() && clock.nanoTime() - readAgainAt >= 0) {
      unread.addAll(again);
      again.clear();
    }
    try {
      do {
        beginCalls();
      } while (calls.takeAnswers() && !isToBeTold());
    } catch (HypervisorException e) {
      lose(e.getMessage());
      return;
    }
    calls.newlyLate().forEach(this::tellLate);
    boolean done = isDone();
    if (changed && (done || isToBeTold())) {
      changed = false;
      listener.accept(List.copyOf(domains.values()));
    }
    if (done && listed && !report.connected()) {
      tellConnected();
    }
  }

  /** Whether all is read that doesn't hang. */
  private boolean isDone() {
    return !calls.isWaiting()
        && unread.stream().allMatch(uuid -> calls.isUnderWay(Optional.of(uuid)));
  }

  private boolean isToBeTold() {
    return changed && clock.nanoTime() - changedAt >= TELL_NANOS;
  }

  private void change() {
    if (!changed) {
      changed = true;
      changedAt = clock.nanoTime();
    }
  }

  /** Asks for what is wished for, as far as there are callers. */
  private void beginCalls() {
    if (wishes.takeAll()) {
      listWished = true;
      unread.clear();
    }
    unread.addAll(wishes.take());
    if (listWished && calls.hasRoom() && !calls.isUnderWay(ALL)) {
      listWished = false;
      seen.clear();
      calls.begin(ALL, connection::runningDomains, new ListTaker());
    }
    Iterator<UUID> next = unread.iterator();
    while (calls.hasRoom() && next.hasNext()) {
      UUID uuid = next.next();
      if (!calls.isUnderWay(Optional.of(uuid))) {
        next.remove();
        again.remove(uuid);
        reads++;
        Hypervisor.Connection asked = connection;
        calls.begin(Optional.of(uuid), () -> asked.xml(uuid), new XmlTaker(uuid));
      }
    }
  }

  /** Takes the domains that run, each of which is read. */
  private final class ListTaker implements HypervisorCalls.Taker<List<UUID>> {
    @Override
    public void take(List<UUID> running) {
      Set<UUID> there = new HashSet<>(running);
      there.addAll(seen);
      domains.keySet().retainAll(there);
      troubles.keySet().retainAll(there);
      unread.addAll(running);
      listed = true;
      change();
    }

    @Override
    public void takeFailure(HypervisorException failure) throws HypervisorException {
      throw failure;
    }
  }

  /** Takes the XML of one domain. */
  private final class XmlTaker implements HypervisorCalls.Taker<Optional<String>> {
    private final UUID uuid;

    XmlTaker(UUID uuid) {
      this.uuid = uuid;
    }

    @Override
    public void take(Optional<String> xml) {
      understand(uuid, xml);
      if (domains.containsKey(uuid)) {
        seen.add(uuid);
      }
      change();
    }

    /** If the connection isn't dead it may have to do with this domain only. */
    @Override
    public void takeFailure(HypervisorException failure) throws HypervisorException {
      if (!connection.isAlive()) {
        throw failure;
      }
      trouble(uuid, failure.getMessage() + "; it is read again");
      if (again.isEmpty()) {
        readAgainAt = clock.nanoTime() + READ_AGAIN_NANOS;
      }
      again.add(uuid);
      change();
    }
  }

  private void tellConnected() {
    connects++;
    lastFailure = "";
    retryNanos = FIRST_RETRY_NANOS;
    report = new ConnectionReport(true, "", connects, losses, reads, domains.size(), 0);
    events.tell(
        DaemonEvent.Kind.LIBVIRT_CONNECTED, NO_POOL, uri + ", " + domains.size() + " domains run");
  }

  private void tellLate(Optional<UUID> about) {
    String owes = "libvirt has owed an answer for " + HypervisorCalls.PATIENCE_NANOS / NANOS + " s";
    if (about.isPresent()) {
      trouble(about.get(), owes + "; what is known of it stays so until then");
    } else {
      events.tell(
          DaemonEvent.Kind.TROUBLE,
          NO_POOL,
          uri + ": domains can't be listed: " + owes + "; what happens to them is followed");
    }
  }

  private void understand(UUID uuid, Optional<String> xml) {
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

  private void lose(String why) {
    boolean stood = report.connected();
    if (connection != null) {
      connection.close();
      connection = null;
    }
    calls.forget();
    unread.clear();
    again.clear();
    listWished = false;
    listed = false;
    wishes = new DomainWishes(alarm);
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
    long connecting = since == NO_CALL ? 0 : Math.max(0, clock.nanoTime() - since);
    return now.waiting(Math.max(connecting, calls.waitingNanos()));
  }

  /** Ends the connection. */
  void close() {
    if (connection != null) {
      connection.close();
      connection = null;
    }
  }
}
