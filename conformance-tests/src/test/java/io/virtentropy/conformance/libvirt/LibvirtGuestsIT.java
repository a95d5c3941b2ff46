package io.virtentropy.conformance.libvirt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.conformance.libvirt.PoolDaemon.Report;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IntSummaryStatistics;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * One pool, six guests of a real libvirtd, and what happens to them, on one boot of the guests: the
 * order of the tests is the order of events.
 *
 * <p>The source is a process of its own that serves a file, so every byte that a guest got can be
 * found in it, also what a daemon had drawn that was killed.
 */
@DisplayName("Guests of a libvirtd")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(
    value = 15,
    unit = TimeUnit.MINUTES) // a hang is a failure; nothing is asserted of the time
class LibvirtGuestsIT {
  /** Half an hour of what the pool may draw. */
  private static final int SOURCE_BYTES = 8 << 20;

  private static final int SOURCE_RATE = 5120;
  private static final int GOLD_RATE = 1024;
  private static final int SILVER_RATE = 384;
  private static final int PLAIN_RATE = 768;

  /** What nobody has a guarantee for, and five parts of it: three are gold's. */
  private static final int LENT = SOURCE_RATE - GOLD_RATE - 2 * SILVER_RATE - PLAIN_RATE;

  private static final Map<String, Double> EXPECTED_RATES =
      Map.of(
          "source", (double) SOURCE_RATE,
          "gold", GOLD_RATE + LENT * 3 / 5.0,
          "silver-a", SILVER_RATE + LENT / 5.0,
          "silver-b", SILVER_RATE + LENT / 5.0,
          "plain", (double) PLAIN_RATE);

  private static final double TOLERANCE = 0.02;

  /** Of the slowest class; a request of 64 bytes more or less is a quarter of a percent. */
  private static final long MEASURED_BYTES = 24 * 1024;

  /**
   * A guest that gets no processor when it is its turn doesn't ask, and others have its share: on a
   * machine with too much to do one interval may say nothing. Eight in a row do.
   */
  private static final int INTERVALS = 8;

  /** What a guest has at least to get before it counts as one that goes on. */
  private static final long SOME_BYTES = 2048;

  private static final int KILLS = 3;

  private LibvirtSession session;
  private FileWatch watch;
  private final byte[] sourceBytes = new byte[SOURCE_BYTES];
  private PoolDaemon source;
  private PoolDaemon daemon;
  private Path control;
  private final Map<String, StreamGuest> guests = new LinkedHashMap<>();

  private boolean failed;

  @RegisterExtension
  final AfterTestExecutionCallback failures =
      test -> failed |= test.getExecutionException().isPresent();

  private void guest(String name, String metadata) {
    guests.put(name, new StreamGuest(session, watch, name, metadata));
  }

  @BeforeAll
  void begin() throws Exception {
    new SplittableRandom(20261125).nextBytes(sourceBytes);
    session = LibvirtSession.begin();
    session.startLibvirtd();
    watch = new FileWatch(session.guests());
    control = session.file("control");
    source =
        PoolDaemon.start(
            "egd",
            "serve",
            "--listen",
            "unix:" + session.file("source"),
            "--source",
            "random:" + Files.write(session.file("bytes"), sourceBytes),
            "--mix-into",
            "none");
    source.await(0, "listening on unix:");
    Path pools = Files.createDirectories(session.file("pools/autostart")).getParent();
    Files.writeString(pools.resolve("default.xml"), pool());
    Files.createSymbolicLink(pools.resolve("autostart/default.xml"), Path.of("../default.xml"));
    guest("gold-1", StreamGuest.inClass("gold", ""));
    guest("gold-2", StreamGuest.inClass("gold", ""));
    guest(
        "gold-3",
        StreamGuest.inClass("gold", "<virtentropy:device alias='ua-second' class='silver-b'/>"));
    guest("silver-a", StreamGuest.inClass("silver-a", ""));
    guest("silver-b", StreamGuest.inClass("silver-b", ""));
    guest("plain", "");
  }

  private String pool() {
    return """
        <entropypool>
          <name>default</name>
          <uuid>6f0d3b3a-c2b8-4f6c-9d6a-0d6d9d0c8a11</uuid>
          <source type='egd'><address path='%s'/><rate bytes='%d'/></source>
          <classes policy='borrow' default='plain'>
            <class name='gold' quantum='192'><rate bytes='%d'/><peak bytes='%d'/></class>
            <class name='silver-a' quantum='64'><rate bytes='%d'/><peak bytes='%d'/></class>
            <class name='silver-b' quantum='64'><rate bytes='%d'/><peak bytes='%d'/></class>
            <class name='plain' quantum='64'><rate bytes='%d'/></class>
          </classes>
          <outputs>
            <output type='domain' class='gold'/>
            <output type='domain' class='silver-a'/>
            <output type='domain' class='silver-b'/>
            <output type='domain' class='plain'/>
          </outputs>
        </entropypool>
        """
        .formatted(
            session.file("source"),
            SOURCE_RATE,
            GOLD_RATE,
            SOURCE_RATE,
            SILVER_RATE,
            SOURCE_RATE,
            SILVER_RATE,
            SOURCE_RATE,
            PLAIN_RATE);
  }

  private void startDaemon() throws IOException {
    daemon =
        PoolDaemon.start(
            "daemon",
            "--pools",
            session.file("pools").toString(),
            "--control",
            control.toString(),
            "--libvirt",
            session.uri());
  }

  @AfterAll
  void end() throws Exception {
    if (failed) {
      for (StreamGuest guest : guests.values()) {
        System.out.println(guest.name() + ", " + guest.lastWords());
      }
    }
    if (daemon != null) {
      System.out.println("the daemon said last:");
      daemon
          .saidSince(Math.max(0, daemon.said() - 20))
          .forEach(line -> System.out.println("  " + line));
      daemon.kill();
    }
    if (source != null) {
      source.kill();
    }
    if (watch != null) {
      watch.close();
    }
    if (session != null) {
      session.close();
    }
  }

  @BeforeEach
  void requireNoneFailed() {
    assertFalse(failed, "a test before this one failed: the guests are not what they should be");
  }

  @Test
  @Order(1)
  @DisplayName("should be served, those that ran before the daemon and those that start later")
  void found() throws Exception {
    List<StreamGuest> all = List.copyOf(guests.values());
    for (StreamGuest guest : all.subList(0, 3)) {
      guest.start();
    }
    startDaemon();
    daemon.await(0, "libvirt-connected");
    for (StreamGuest guest : all.subList(3, all.size())) {
      guest.start();
    }
    for (StreamGuest guest : all) {
      daemon.await(0, "client-attached", guest.name() + "/rng0");
      guest.awaitSize(1);
    }
  }

  private void awaitMore(long bytes) throws IOException, InterruptedException {
    Map<StreamGuest, Long> wanted = new LinkedHashMap<>();
    for (StreamGuest guest : guests.values()) {
      wanted.put(guest, guest.size() + bytes);
    }
    for (Map.Entry<StreamGuest, Long> each : wanted.entrySet()) {
      each.getKey().awaitSize(each.getValue());
    }
  }

  // ---- rates

  /** The guests' own files, and what the daemon says, at one instant. */
  private record Reading(long nanoTime, Map<String, Long> sizes, Report report) {}

  private Reading read() throws IOException {
    Map<String, Long> sizes = new LinkedHashMap<>();
    long before = System.nanoTime();
    for (StreamGuest guest : guests.values()) {
      sizes.put(guest.name(), guest.size());
    }
    return new Reading(before, sizes, PoolDaemon.report(control, "default"));
  }

  private static Map<String, Double> rates(
      Map<String, Long> first, Map<String, Long> second, long nanos) {
    Map<String, Double> rates = new LinkedHashMap<>();
    second.forEach((name, bytes) -> rates.put(name, (bytes - first.get(name)) * 1e9 / nanos));
    return rates;
  }

  /** Jain's index: 1 if all have the same, 1/n if one has everything. */
  private static double fairness(double... rates) {
    double sum = 0;
    double squares = 0;
    for (double rate : rates) {
      sum += rate;
      squares += rate * rate;
    }
    return sum * sum / (rates.length * squares);
  }

  @Test
  @Order(2)
  @DisplayName("should get what their classes may have, equal ones alike, and borrow by weight")
  void rates() throws Exception {
    awaitMore(2 * SOURCE_RATE); // the buckets were full
    Shares shares = measure();
    for (int more = 1; more < INTERVALS && !shares.faults().isEmpty(); more++) {
      shares = measure();
    }
    assertEquals(List.of(), shares.faults());
  }

  /**
   * Rates over an interval, in bytes per second.
   *
   * @param classes by class, as granted
   * @param seen by guest, as it got them
   */
  private record Shares(Map<String, Double> classes, Map<String, Double> seen) {
    /** What is not as it should be; classes of one guest are also looked at in the guest. */
    List<String> faults() {
      List<String> faults = new ArrayList<>();
      EXPECTED_RATES.forEach(
          (name, rate) -> {
            double granted = classes.get(name);
            if (Math.abs(granted - rate) > rate * TOLERANCE) {
              faults.add(name + " has been granted " + granted + " instead of " + rate);
            }
            double got = seen.getOrDefault(name, granted);
            if (Math.abs(got - granted) > rate * TOLERANCE) {
              faults.add(name + " has got " + got + " of " + granted);
            }
          });
      if (ofEqualClasses() < 0.99) {
        faults.add("fairness of equal classes is " + ofEqualClasses());
      }
      if (ofEqualGuests() < 0.99) {
        faults.add("fairness of guests of one class is " + ofEqualGuests());
      }
      if (Math.abs(borrowed() - 3) > 0.2) {
        faults.add("gold borrows " + borrowed() + " for each byte that silver does");
      }
      return faults;
    }

    double ofEqualClasses() {
      return fairness(classes.get("silver-a"), classes.get("silver-b"));
    }

    double ofEqualGuests() {
      return fairness(seen.get("gold-1"), seen.get("gold-2"), seen.get("gold-3"));
    }

    double borrowed() {
      return (classes.get("gold") - GOLD_RATE)
          / ((classes.get("silver-a") + classes.get("silver-b")) / 2 - SILVER_RATE);
    }
  }

  private Shares measure() throws IOException, InterruptedException {
    Reading first = read();
    guests.get("plain").awaitMore(MEASURED_BYTES);
    Reading second = read();
    long nanos = second.report().nanoTime() - first.report().nanoTime();
    Shares shares =
        new Shares(
            rates(first.report().granted(), second.report().granted(), nanos),
            rates(first.sizes(), second.sizes(), second.nanoTime() - first.nanoTime()));
    System.out.printf(
        "over %.1f s: bytes/s granted %s, expected %s; in guests %s; fairness of equal classes %.5f,"
            + " of guests of one class %.5f; borrowed 3 : 1 by weight, %.2f : 1 by measure%n",
        nanos / 1e9,
        rounded(shares.classes()),
        rounded(EXPECTED_RATES),
        rounded(shares.seen()),
        shares.ofEqualClasses(),
        shares.ofEqualGuests(),
        shares.borrowed());
    return shares;
  }

  private static String rounded(Map<String, Double> rates) {
    Map<String, Long> whole = new TreeMap<>();
    rates.forEach((name, rate) -> whole.put(name, Math.round(rate)));
    return whole.toString();
  }

  // ---- what happens to libvirtd, to guests and to the daemon

  /** For each guest the place in the source behind the last byte it has. */
  private IntSummaryStatistics reached() throws IOException {
    IntSummaryStatistics places = new IntSummaryStatistics();
    for (StreamGuest guest : guests.values()) {
      SourcePieces pieces = new SourcePieces(sourceBytes);
      pieces.accept(guest.name(), guest.bytes());
      places.accept(pieces.reached(guest.name()));
    }
    return places;
  }

  private SourcePieces allPieces() throws IOException {
    SourcePieces pieces = new SourcePieces(sourceBytes);
    for (StreamGuest guest : guests.values()) {
      int boot = 0;
      for (byte[] stream : guest.streams()) {
        pieces.accept(guest.name() + ", boot " + ++boot, stream);
      }
    }
    return pieces;
  }

  private void assertNoConnectionChanged(int since) {
    assertEquals(List.of(), daemon.saidSince(since, "client-attached"));
    assertEquals(List.of(), daemon.saidSince(since, "client-detached"));
  }

  @Test
  @Order(3)
  @DisplayName("should not miss a byte when libvirtd is killed and started again")
  void libvirtdKilled() throws Exception {
    int said = daemon.said();
    int from = reached().getMax();
    session.killLibvirtd();
    daemon.await(said, "libvirt-lost");
    awaitMore(SOME_BYTES);
    session.startLibvirtd();
    daemon.await(said, "libvirt-connected");
    awaitMore(SOME_BYTES);
    int to = reached().getMin();
    assertNoConnectionChanged(said);
    SourcePieces pieces = allPieces();
    // A driver's probe takes some, before the first of these.
    System.out.printf(
        "bytes %d to %d are looked at; of all before, nobody has %s%n",
        from, to, pieces.missing(to));
    pieces.requireAll(from, to);
    System.out.printf(
        "libvirtd killed and started again: all %d bytes of the source in that time reached a guest%n",
        to - from);
    assertTrue(to - from >= 2 * SOME_BYTES, from + " to " + to);
  }

  @Test
  @Order(4)
  @DisplayName("should be served again when they are destroyed and started again")
  void startedAgain() throws Exception {
    StreamGuest guest = guests.get("gold-2");
    int said = daemon.said();
    session.virsh("destroy", guest.name());
    daemon.await(said, "client-detached", guest.name() + "/rng0");
    guest.start();
    daemon.await(said, "client-attached", guest.name() + "/rng0");
    awaitMore(SOME_BYTES);
  }

  @Test
  @Order(5)
  @DisplayName("should keep their connection while they are suspended")
  void suspended() throws Exception {
    StreamGuest guest = guests.get("silver-a");
    int said = daemon.said();
    session.virsh("suspend", guest.name());
    long size = guest.size();
    guests.get("silver-b").awaitMore(SOME_BYTES);
    assertEquals(size, guest.size());
    session.virsh("resume", guest.name());
    awaitMore(SOME_BYTES);
    assertNoConnectionChanged(said);
  }

  @Test
  @Order(6)
  @DisplayName(
      "should be served by the class of a device that is plugged in, until it is unplugged")
  void plugged() throws Exception {
    StreamGuest guest = guests.get("gold-3");
    String device = guest.name() + "/ua-second";
    int said = daemon.said();
    String xml =
        Files.writeString(
                session.file("second.xml"), guest.rng(".second", "<alias name='ua-second'/>"))
            .toString();
    session.virsh("attach-device", guest.name(), xml, "--live");
    daemon.await(said, "client-attached", device, "class silver-b");
    guest.awaitConsole("virtio_rng.1", 1);
    guest.awaitMore(SOME_BYTES);
    long delivered = PoolDaemon.report(control, "default").delivered().get(device);
    assertTrue(delivered > SOME_BYTES / 2, device + " has had " + delivered);
    session.virsh("detach-device", guest.name(), xml, "--live");
    daemon.await(said, "client-detached", device);
    guest.awaitConsole("virtio_rng.0", 2);
    awaitMore(SOME_BYTES);
    assertFalse(PoolDaemon.report(control, "default").delivered().containsKey(device));
  }

  @Test
  @Order(7)
  @DisplayName("should read on when the daemon is killed and started again")
  void daemonKilled() throws Exception {
    for (int kill = 0; kill < KILLS; kill++) {
      daemon.kill();
      startDaemon();
      for (StreamGuest guest : guests.values()) {
        daemon.await(0, "client-attached", guest.name() + "/rng0");
      }
      awaitMore(SOME_BYTES / 2);
    }
  }

  /** None of the calls that the daemon makes of libvirt needs a QEMU to answer. */
  @Test
  @Order(8)
  @DisplayName("should be found and served while the QEMU of one of them is stopped")
  void qemuStopped() throws Exception {
    StreamGuest stopped = guests.get("plain");
    session.signalQemu(stopped.name(), "STOP");
    daemon.kill();
    startDaemon();
    daemon.await(0, "libvirt-connected");
    for (StreamGuest guest : guests.values()) {
      daemon.await(0, "client-attached", guest.name() + "/rng0");
    }
    guests.get("gold-1").awaitMore(SOME_BYTES / 2);
    session.signalQemu(stopped.name(), "CONT");
    awaitMore(SOME_BYTES / 2);
  }

  @Test
  @Order(9)
  @DisplayName("should never get what another guest got, nor anything twice")
  void once() throws Exception {
    SourcePieces pieces = allPieces();
    int delivered = pieces.requireOnce();
    System.out.printf(
        "%d bytes in %d guests, none of them twice; %d pieces of the source%n",
        delivered, guests.size(), pieces.count());
    assertTrue(delivered > guests.size() * MEASURED_BYTES, "only " + delivered);
  }
}
