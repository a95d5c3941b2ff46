package io.virtentropy.distribution.libvirt;

import static io.virtentropy.distribution.libvirt.DomainXml.egd;
import static io.virtentropy.distribution.libvirt.DomainXml.inactive;
import static io.virtentropy.distribution.libvirt.DomainXml.running;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.distribution.daemon.EventStream;
import io.virtentropy.distribution.libvirt.Hypervisor.Events;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A follower of libvirt's domains")
final class DomainFollowerTest {
  private static final long FIRST = DomainFollower.FIRST_RETRY_NANOS;
  private static final long FOREVER = Long.MAX_VALUE;

  private final FakeHypervisor libvirt = new FakeHypervisor();
  private final EventStream stream = new EventStream(InstantSource.system());
  private final List<String> events = new ArrayList<>();
  private final List<List<String>> told = new ArrayList<>();
  private long now = 1_000;
  private final DomainFollower follower =
      new DomainFollower(
          libvirt,
          "fake:///",
          new SocketNodes(path -> Optional.empty()),
          () -> now,
          stream,
          domains -> told.add(domains.stream().map(d -> d.name() + ":" + d.id()).toList()),
          new Alarm(),
          this::call);

  /** Calls that hang. */
  private final Deque<Runnable> hanging = new ArrayDeque<>();

  private boolean callsHang;

  private void call(Runnable call) {
    if (callsHang) {
      hanging.add(call);
    } else {
      call.run();
    }
  }

  /** Has the call about a domain hang. */
  private void hang(String name) {
    callsHang = true;
    libvirt.tell(name);
    long unused = follower.poll();
    callsHang = false;
  }

  @BeforeEach
  void listen() {
    stream.subscribe(event -> events.add(event.kind().word() + ": " + event.detail()));
  }

  private void run(String name, long id) {
    libvirt.run(name, running(name, id, "", egd("rng0", Path.of("/run", name))));
  }

  private List<String> takeEvents() {
    List<String> taken = List.copyOf(events);
    events.clear();
    return taken;
  }

  private List<List<String>> takeTold() {
    List<List<String>> taken = List.copyOf(told);
    told.clear();
    return taken;
  }

  private void connect() {
    assertEquals(FOREVER, follower.poll());
    assertTrue(follower.report().connected());
    takeEvents();
    takeTold();
    libvirt.takeCalls();
  }

  @Test
  @DisplayName("should read all domains once connected, and then wait for as long as it takes")
  void first() {
    run("a", 1);
    run("b", 2);
    assertEquals(FOREVER, follower.poll());
    assertEquals(List.of(List.of("a:1", "b:2")), takeTold());
    assertEquals(List.of("libvirt-connected: fake:///, 2 domains run"), takeEvents());
    assertEquals(new ConnectionReport(true, "", 1, 0, 2, 2, 0), follower.report());
    libvirt.takeCalls();
    assertEquals(FOREVER, follower.poll());
    assertEquals(List.of(), libvirt.takeCalls());
  }

  @Test
  @DisplayName("should read the domain that an event is about, and no other")
  void oneDomain() {
    run("a", 1);
    run("b", 2);
    connect();
    run("a", 3);
    run("b", 4);
    libvirt.tell("a", "a", "a");
    assertEquals(FOREVER, follower.poll());
    assertEquals(List.of("xml"), libvirt.takeCalls());
    assertEquals(List.of(List.of("a:3", "b:2")), takeTold());
  }

  @Test
  @DisplayName("should forget a domain that is gone, or is only defined")
  void stopped() {
    run("a", 1);
    run("b", 2);
    connect();
    libvirt.stop("a");
    libvirt.run("b", inactive("b"));
    libvirt.tell("a", "b");
    follower.poll();
    assertEquals(List.of(List.of()), takeTold());
    assertEquals(List.of(), takeEvents());
  }

  @Test
  @DisplayName("should read all once for a storm of events")
  void storm() {
    run("a", 1);
    connect();
    Events connection = libvirt.events();
    for (int i = 0; i < 100_000; i++) {
      connection.domainChanged(new UUID(0, i));
    }
    assertEquals(FOREVER, follower.poll());
    List<String> calls = libvirt.takeCalls();
    assertEquals(1, calls.stream().filter("list"::equals).count());
    assertTrue(calls.size() <= DomainWishes.MOST + 2, calls.size() + " calls");
    assertEquals(List.of("a:1"), takeTold().get(0));
  }

  @Test
  @DisplayName("should lose one domain only for XML that it can't read, and say so once")
  void brokenXml() {
    run("a", 1);
    run("b", 2);
    libvirt.run("a", "<!DOCTYPE x [<!ENTITY a 'lol'>]><domain id='1'>&a;</domain>");
    follower.poll();
    assertEquals(List.of(List.of("b:2")), takeTold());
    List<String> first = takeEvents();
    assertEquals(2, first.size(), first.toString());
    assertTrue(first.get(0).contains("a document type declaration"), first.toString());
    libvirt.tell("a");
    follower.poll();
    assertEquals(List.of(), takeEvents());
    libvirt.run("a", "<domain id='1'>");
    libvirt.tell("a");
    follower.poll();
    assertEquals(1, takeEvents().size());
    run("a", 1);
    libvirt.tell("a");
    takeTold();
    follower.poll();
    assertEquals(List.of(List.of("b:2", "a:1")), takeTold());
  }

  @Test
  @DisplayName("should keep what it knew of a domain that can't be read for now, and read it again")
  void refused() {
    run("a", 1);
    connect();
    libvirt.refuse("a", "it is busy");
    libvirt.tell("a");
    assertEquals(DomainFollower.READ_AGAIN_NANOS, follower.poll());
    assertEquals(List.of(List.of("a:1")), takeTold());
    assertEquals(
        List.of(
            "trouble: domain "
                + DomainXml.uuid("a")
                + " can't be read: it is busy; it is read again"),
        takeEvents());
    now += DomainFollower.READ_AGAIN_NANOS;
    assertEquals(DomainFollower.READ_AGAIN_NANOS, follower.poll());
    assertEquals(List.of(), takeEvents());
    run("a", 1);
    now += DomainFollower.READ_AGAIN_NANOS;
    assertEquals(FOREVER, follower.poll());
    assertTrue(follower.report().connected());
  }

  @Test
  @DisplayName("should say once that the first connection fails, and try less and less often")
  void unreachable() {
    libvirt.setUnreachable("nobody listens");
    long wait = FIRST;
    for (int i = 0; i < 10; i++) {
      assertEquals(wait, follower.poll());
      assertEquals(List.of("connect"), libvirt.takeCalls());
      now += wait - 1;
      assertEquals(1, follower.poll());
      assertEquals(List.of(), libvirt.takeCalls());
      now += 1;
      wait = Math.min(2 * wait, DomainFollower.LAST_RETRY_NANOS);
    }
    assertEquals(
        List.of(
            "trouble: libvirt can't be reached at fake:///: nobody listens; pools do without, and"
                + " it is tried again and again"),
        takeEvents());
    assertEquals("nobody listens", follower.report().message());
    libvirt.setUnreachable(null);
    assertEquals(FOREVER, follower.poll());
    assertEquals(List.of("libvirt-connected: fake:///, 0 domains run"), takeEvents());
  }

  @Test
  @DisplayName("should keep what it knew while the connection is lost, and catch up")
  void lost() {
    run("a", 1);
    run("b", 2);
    connect();
    libvirt.events().connectionLost("it fell over");
    assertEquals(FIRST, follower.poll());
    assertEquals(List.of("close"), libvirt.takeCalls());
    assertEquals(List.of(), takeTold());
    assertEquals(
        List.of(
            "libvirt-lost: fake:///: it fell over; guests are served as before, and it is tried"
                + " again and again"),
        takeEvents());
    assertEquals(new ConnectionReport(false, "it fell over", 1, 1, 2, 2, 0), follower.report());
    libvirt.stop("a");
    run("c", 3);
    now += FIRST;
    assertEquals(FOREVER, follower.poll());
    assertEquals(List.of(List.of("b:2", "c:3")), takeTold());
    assertEquals(List.of("libvirt-connected: fake:///, 2 domains run"), takeEvents());
  }

  @Test
  @DisplayName("should find out by a call that fails, too, that the connection is lost")
  void lostInCall() {
    run("a", 1);
    connect();
    libvirt.die();
    libvirt.tell("a");
    assertEquals(FIRST, follower.poll());
    assertFalse(follower.report().connected());
    assertEquals(List.of("xml", "close"), libvirt.takeCalls());
  }

  @Test
  @DisplayName("should not be told about a new connection by an old one")
  void stale() {
    run("a", 1);
    connect();
    Events old = libvirt.events();
    old.connectionLost("it fell over");
    follower.poll();
    now += FIRST;
    connect();
    old.connectionLost("it fell over again");
    old.domainChanged(DomainXml.uuid("a"));
    assertEquals(FOREVER, follower.poll());
    assertEquals(List.of(), libvirt.takeCalls());
    assertTrue(follower.report().connected());
  }

  private static String late(String name) {
    return "trouble: domain "
        + DomainXml.uuid(name)
        + " can't be read: libvirt has owed an answer for 5 s; what is known of it stays so until"
        + " then";
  }

  @Test
  @DisplayName("should hear of others while it waits for the answer about one, and not ask again")
  void hangs() {
    run("a", 1);
    run("b", 2);
    connect();
    hang("a");
    assertEquals(List.of(), libvirt.takeCalls());
    run("a", 3);
    run("b", 4);
    libvirt.tell("a", "b");
    assertEquals(DomainFollower.TELL_NANOS, follower.poll());
    assertEquals(List.of("xml"), libvirt.takeCalls());
    now += DomainFollower.TELL_NANOS;
    assertEquals(HypervisorCalls.PATIENCE_NANOS - DomainFollower.TELL_NANOS, follower.poll());
    assertEquals(List.of(List.of("a:1", "b:4")), takeTold());
    now += HypervisorCalls.PATIENCE_NANOS - DomainFollower.TELL_NANOS;
    assertEquals(FOREVER, follower.poll());
    assertEquals(List.of(late("a")), takeEvents());
    assertEquals(HypervisorCalls.PATIENCE_NANOS, follower.report().waitingNanos());
    libvirt.stop("b");
    libvirt.tell("b");
    assertEquals(FOREVER, follower.poll());
    assertEquals(List.of(List.of("a:1")), takeTold());
    libvirt.takeCalls();
    run("a", 5);
    hanging.remove().run();
    run("a", 6);
    assertEquals(FOREVER, follower.poll());
    assertEquals(List.of("xml", "xml"), libvirt.takeCalls());
    assertEquals(List.of(List.of("a:6")), takeTold());
    assertEquals(List.of(), takeEvents());
    assertEquals(0, follower.report().waitingNanos());
  }

  @Test
  @DisplayName("should let no more calls hang than libvirt takes, and go on when one returns")
  void allHang() {
    List<String> names = List.of("a", "b", "c", "d", "e");
    for (String name : names) {
      run(name, 1);
    }
    connect();
    for (String name : names) {
      hang(name);
    }
    assertEquals(HypervisorCalls.MOST, hanging.size());
    now += HypervisorCalls.PATIENCE_NANOS;
    assertEquals(FOREVER, follower.poll());
    assertEquals(HypervisorCalls.MOST, takeEvents().size());
    assertEquals(List.of(), libvirt.takeCalls());
    run("e", 2);
    hanging.remove().run();
    assertEquals(FOREVER, follower.poll());
    assertEquals(List.of("xml", "xml"), libvirt.takeCalls());
    assertEquals(List.of("a:1", "b:1", "c:1", "d:1", "e:2"), takeTold().get(0));
  }

  @Test
  @DisplayName("should follow events while domains can't be listed, and believe those read since")
  void listHangs() {
    run("a", 1);
    connect();
    libvirt.events().connectionLost("it fell over");
    assertEquals(FIRST, follower.poll());
    takeEvents();
    libvirt.takeCalls();
    now += FIRST;
    callsHang = true;
    assertEquals(HypervisorCalls.PATIENCE_NANOS, follower.poll());
    callsHang = false;
    run("b", 2);
    libvirt.tell("b");
    now += HypervisorCalls.PATIENCE_NANOS;
    assertEquals(FOREVER, follower.poll());
    assertEquals(List.of(List.of("a:1", "b:2")), takeTold());
    assertEquals(
        List.of(
            "trouble: fake:///: domains can't be listed: libvirt has owed an answer for 5 s; what"
                + " happens to them is followed"),
        takeEvents());
    assertFalse(follower.report().connected());
    libvirt.stop("a");
    libvirt.stop("b"); // as if it had been started after the list was begun
    hanging.remove().run();
    assertEquals(FOREVER, follower.poll());
    assertEquals(List.of(List.of("b:2")), takeTold());
    assertEquals(List.of("libvirt-connected: fake:///, 1 domains run"), takeEvents());
  }

  @Test
  @DisplayName("should not believe an answer that comes when its connection is lost")
  void lostWhileHanging() {
    run("a", 1);
    connect();
    hang("a");
    libvirt.events().connectionLost("it fell over");
    assertEquals(FIRST, follower.poll());
    run("a", 2);
    now += FIRST;
    assertEquals(FOREVER, follower.poll());
    assertEquals(List.of(List.of("a:2")), takeTold());
    libvirt.stop("a");
    hanging.remove().run();
    assertEquals(FOREVER, follower.poll());
    assertEquals(List.of(), takeTold());
    assertTrue(follower.report().connected());
  }

  @Test
  @DisplayName("should connect anew after a fault that nobody thought of")
  void unexpected() {
    connect();
    libvirt.run("a", null);
    libvirt.events().domainChanged(null);
    assertEquals(FIRST, follower.poll());
    assertEquals(1, follower.report().losses());
    libvirt.stop("a");
    now += FIRST;
    assertEquals(FOREVER, follower.poll());
    assertTrue(follower.report().connected());
  }
}
