package io.virtentropy.benchmarks.crowd;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * So many QEMU-like clients on one daemon with one pool: rates, fairness, latency, memory, and what
 * hostile clients among them cost the others. The daemon is a process of its own, and this one the
 * clients, all on one thread.
 *
 * <p>Two phases are measured. First all clients are thirsty: each asks again as soon as it has what
 * it asked for, so that every class is at its limit. Then they pause between requests, so that all
 * together ask for two fifths of what their class allows: nobody is throttled, and a request takes
 * as long as the daemon takes.
 */
public final class PoolCrowd {
  private static final String USAGE =
      "options: --clients N (5000), --hostile PERCENT (0), --hostile-in CLASS (all), --listen (the clients listen, and the"
          + " daemon connects), --seconds N of each phase (20), --warm-up N (10), --times FACTOR of"
          + " all rates (1), --policy path|borrow (path), --metrics (read once a second in the"
          + " second phase), --memory (at 100, 1000 and N clients, and nothing else),"
          + " --jvm OPTIONS of the daemon";

  private static final long SECOND_NANOS = 1_000_000_000;
  private static final List<Hostile.Kind> KINDS = List.of(Hostile.Kind.values());
  private static final double PACE = 0.4;
  private static final int SPARE_FILES = 200;
  private static final long PATIENCE_NANOS = 120 * SECOND_NANOS;

  private final CrowdPool pool;
  private final int clients;
  private final int hostile;
  private final String hostileIn;
  private final boolean listen;
  private final int seconds;
  private final int warmUp;
  private final boolean metrics;
  private final String jvmOptions;
  private final List<Guest> guests = new ArrayList<>();
  private final List<Hostile> intruders = new ArrayList<>();

  private PoolCrowd(CrowdOptions options) {
    pool = new CrowdPool(options.text("--policy", "path"), options.number("--times", 1));
    clients = (int) options.number("--clients", 5000);
    hostile = (int) (clients * options.number("--hostile", 0) / 100);
    hostileIn = options.text("--hostile-in", "");
    listen = options.flag("--listen");
    seconds = (int) options.number("--seconds", 20);
    warmUp = (int) options.number("--warm-up", 10);
    metrics = options.flag("--metrics");
    jvmOptions = options.text("--jvm", "");
  }

  /**
   * Measures and prints.
   *
   * @param arguments options; see there
   * @throws IOException if the daemon fails
   */
  public static void main(String[] arguments) throws IOException {
    CrowdOptions options = new CrowdOptions(arguments, USAGE);
    PoolCrowd benchmark = new PoolCrowd(options);
    boolean memory = options.flag("--memory");
    options.requireAllKnown();
    benchmark.requireFiles();
    if (memory) {
      benchmark.measureMemory();
    } else {
      benchmark.measure();
    }
  }

  private void requireFiles() {
    long open =
        ((UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
            .getMaxFileDescriptorCount();
    long needed = (listen ? 2L : 1L) * clients + SPARE_FILES;
    if (open < needed) {
      throw new IllegalStateException(
          "a process may open "
              + open
              + " files, and "
              + needed
              + " are needed; run 'ulimit -n "
              + needed
              + "' first, as root if that is refused");
    }
  }

  private static void print(String format, Object... values) {
    System.out.printf(Locale.ROOT, format + "%n", values);
  }

  // ---- the two phases

  private void measure() throws IOException {
    print("machine: load %s", load());
    try (DaemonProcess daemon = new DaemonProcess(pool, jvmOptions);
        Crowd crowd = new Crowd()) {
      connect(daemon, crowd, clients - hostile);
      for (int i = 0; i < hostile; i++) {
        List<String> classes = hostileIn.isEmpty() ? CrowdPool.CLASSES : List.of(hostileIn);
        String className = classes.get(i % classes.size());
        Hostile.Kind kind = KINDS.get(i / classes.size() % KINDS.size());
        Hostile one = new Hostile(kind, CrowdPool.socket(daemon.folder(), className));
        intruders.add(one);
        one.tick(crowd);
      }
      thirsty(daemon, crowd);
      paced(daemon, crowd);
      if (hostile > 0) {
        print(
            "hostile: connections of theirs that ended: %d; honest clients thrown out: %d",
            intruders.stream().mapToLong(Hostile::ended).sum(), crowd.lost);
      } else if (crowd.lost > 0) {
        print("clients thrown out: %d", crowd.lost);
      }
    }
    print("machine: load %s", load());
  }

  private static double load() {
    return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
  }

  /** Adds guests until there are so many, each of which has read something. */
  private void connect(DaemonProcess daemon, Crowd crowd, int count) throws IOException {
    long start = System.nanoTime();
    int before = guests.size();
    while (guests.size() < count) {
      int index = guests.size();
      int classIndex = index % CrowdPool.CLASSES.size();
      String className = CrowdPool.CLASSES.get(classIndex);
      double each = PACE * pool.limit(className) * CrowdPool.CLASSES.size() / clients;
      Guest guest = new Guest(classIndex, SECOND_NANOS * Guest.MEAN_BYTES / each);
      guests.add(guest);
      if (listen) {
        guest.listen(crowd, CrowdDaemon.guestSocket(daemon.folder(), index));
      } else {
        guest.connect(crowd, CrowdPool.socket(daemon.folder(), className));
      }
    }
    if (listen) {
      start = System.nanoTime();
      daemon.serve(count);
    }
    while (daemon.report().get("clients") < count) {
      crowd.run(SECOND_NANOS / 100);
    }
    print(
        "%d clients %s in %.2f s",
        count - before, listen ? "connected to" : "connected", (System.nanoTime() - start) / 1e9);
    if (!listen) {
      for (Guest guest : guests.subList(before, count)) {
        guest.ask(crowd);
      }
    }
    settle(crowd);
    List<Latencies> unused = crowd.takeLatencies();
  }

  private static void settle(Crowd crowd) throws IOException {
    crowd.setMood(Crowd.Mood.CONTENT);
    if (!crowd.runUntil(() -> crowd.waiting == 0, System.nanoTime() + PATIENCE_NANOS)) {
      print("%d clients still wait after two minutes", crowd.waiting);
    }
  }

  private void thirsty(DaemonProcess daemon, Crowd crowd) throws IOException {
    crowd.setMood(Crowd.Mood.THIRSTY);
    for (Guest guest : guests) {
      guest.ask(crowd);
    }
    crowd.run(warmUp * SECOND_NANOS);
    List<Latencies> unused = crowd.takeLatencies();
    long[] before = guests.stream().mapToLong(Guest::received).toArray();
    Map<String, Long> reportBefore = daemon.report();
    Processors processors = new Processors(daemon);
    crowd.run(seconds * SECOND_NANOS);
    Map<String, Long> report = daemon.report();
    String used = processors.used();
    print("all thirsty, for %d s; %s", seconds, used);
    double elapsed = (report.get("at") - reportBefore.get("at")) / 1e9;
    Map<String, Double> expected = pool.expected();
    double sum = 0;
    for (int c = 0; c < CrowdPool.CLASSES.size(); c++) {
      String name = CrowdPool.CLASSES.get(c);
      double rate = (report.get(name) - reportBefore.get(name)) / elapsed;
      sum += rate;
      print(
          "  %-6s %9.0f B/s, %+.2f %% of the %.0f configured; Jain's index of its clients %.5f",
          name, rate, 100 * (rate / expected.get(name) - 1), expected.get(name), jain(c, before));
    }
    double all = expected.values().stream().mapToDouble(Double::doubleValue).sum();
    print("  all    %9.0f B/s, %+.2f %%", sum, 100 * (sum / all - 1));
    printLatencies(crowd.takeLatencies(), "waiting for its class included");
    settle(crowd);
  }

  private double jain(int classIndex, long[] before) {
    double sum = 0;
    double squares = 0;
    int count = 0;
    for (int i = 0; i < guests.size(); i++) {
      if (guests.get(i).classIndex() == classIndex) {
        double got = guests.get(i).received() - before[i];
        sum += got;
        squares += got * got;
        count++;
      }
    }
    return sum * sum / (count * squares);
  }

  private void paced(DaemonProcess daemon, Crowd crowd) throws IOException {
    crowd.setMood(Crowd.Mood.PACED);
    for (Guest guest : guests) {
      guest.pause(crowd);
    }
    crowd.run(warmUp * SECOND_NANOS / 2);
    List<Latencies> unused = crowd.takeLatencies();
    Processors processors = new Processors(daemon);
    MetricsReader reader = metrics ? MetricsReader.start(daemon) : null;
    crowd.run(seconds * SECOND_NANOS);
    String used = processors.used();
    List<Latencies> latencies = crowd.takeLatencies();
    long requests = latencies.stream().mapToLong(Latencies::size).sum();
    print("unthrottled, %d requests/s, for %d s; %s", requests / seconds, seconds, used);
    printLatencies(latencies, "from its last byte written to its reply's last byte read");
    if (reader != null) {
      print("  meanwhile %s", reader.stop());
    }
    settle(crowd);
  }

  private void printLatencies(List<Latencies> ofClasses, String what) {
    print("  a request, %s: %s", what, Latencies.ofAll(ofClasses).percentiles());
    if (hostile > 0) {
      for (int c = 0; c < ofClasses.size(); c++) {
        print("    of class %s: %s", CrowdPool.CLASSES.get(c), ofClasses.get(c).percentiles());
      }
    }
  }

  /** Processor time of both processes. */
  private record Processors(DaemonProcess daemon, long start, long ofDaemon, long ofClients) {
    Processors(DaemonProcess daemon) throws IOException {
      this(daemon, System.nanoTime(), daemon.cpuNanos(), own());
    }

    private static long own() {
      return ((UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
          .getProcessCpuTime();
    }

    String used() throws IOException {
      double elapsed = System.nanoTime() - start;
      return String.format(
          Locale.ROOT,
          "the daemon used %.0f %% of one processor, the clients %.0f %%",
          100 * (daemon.cpuNanos() - ofDaemon) / elapsed,
          100 * (own() - ofClients) / elapsed);
    }
  }

  // ---- memory

  private void measureMemory() throws IOException {
    try (DaemonProcess daemon = new DaemonProcess(pool, jvmOptions);
        Crowd crowd = new Crowd()) {
      DaemonProcess.Memory empty = daemon.memory();
      print(
          "without clients: heap %d KiB, buffers %d KiB, resident %d KiB",
          empty.heap() / 1024, empty.direct() / 1024, empty.resident() / 1024);
      for (int count : new int[] {100, 1000, clients}) {
        connect(daemon, crowd, count);
        DaemonProcess.Memory memory = daemon.memory();
        print(
            "%5d clients: heap %.1f KiB, buffers %.1f KiB, resident %.1f KiB for each",
            count,
            (memory.heap() - empty.heap()) / 1024.0 / count,
            (memory.direct() - empty.direct()) / 1024.0 / count,
            (memory.resident() - empty.resident()) / 1024.0 / count);
      }
    }
  }
}
