package io.virtentropy.benchmarks.crowd;

import io.virtentropy.backends.EntropyBackends;
import io.virtentropy.backends.egd.server.UnixSocketAccess;
import io.virtentropy.distribution.daemon.EventStream;
import io.virtentropy.distribution.daemon.PoolControl;
import io.virtentropy.distribution.management.ManagementServer;
import io.virtentropy.distribution.registry.DirectoryStore;
import io.virtentropy.distribution.serving.ClassReport;
import io.virtentropy.distribution.serving.ClientReport;
import io.virtentropy.distribution.serving.GuestDevice;
import io.virtentropy.distribution.serving.PoolReport;
import io.virtentropy.ratelimit.NanoClock;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The daemon's parts as {@code virtentropy daemon} puts them together, in a process that can also
 * be asked for its own figures: a question is a line, and so is the answer.
 */
final class CrowdDaemon {
  /** Where guests of the other direction listen. */
  static Path guestSocket(Path folder, int guest) {
    return folder.resolve("guest" + guest);
  }

  private final Path folder;
  private final PoolControl control;
  private final AtomicLong events = new AtomicLong();

  private CrowdDaemon(Path folder) {
    this.folder = folder;
    EventStream stream = new EventStream(InstantSource.system());
    stream.subscribe(event -> events.incrementAndGet());
    control =
        new PoolControl(
            new DirectoryStore(folder.resolve("pools")),
            EntropyBackends::open,
            NanoClock.system(),
            pool -> new Thread(pool, "pool"),
            stream);
  }

  /**
   * Serves until its standard input ends.
   *
   * @param arguments the folder with {@code pool.xml}
   * @throws Exception if anything fails
   */
  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[0]);
    CrowdDaemon daemon = new CrowdDaemon(folder);
    try (PoolControl control = daemon.control;
        ManagementServer management =
            ManagementServer.start(
                folder.resolve("control.sock"),
                new ManagementServer.Access(UnixSocketAccess.DEFAULT, Set.of()),
                control);
        BufferedReader questions =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII))) {
      control.define("pool.xml", Files.readString(folder.resolve("pool.xml")));
      control.create(CrowdPool.NAME);
      System.out.println("serves, managed at " + management.socket());
      String question = questions.readLine();
      while (question != null) {
        System.out.println(daemon.answer(question.split(" ", -1)));
        question = questions.readLine();
      }
    }
  }

  private String answer(String[] question)
      throws IOException, InterruptedException, ExecutionException {
    return switch (question[0]) {
      case "serve" -> serve(Integer.parseInt(question[1]));
      case "report" -> report();
      case "memory" -> memory();
      case "cpu" ->
          Long.toString(
              ((com.sun.management.OperatingSystemMXBean)
                      ManagementFactory.getOperatingSystemMXBean())
                  .getProcessCpuTime());
      default -> throw new IllegalArgumentException(question[0] + " is no question");
    };
  }

  private String serve(int guests) {
    List<GuestDevice> devices = new ArrayList<>();
    for (int i = 0; i < guests; i++) {
      String className = CrowdPool.CLASSES.get(i % CrowdPool.CLASSES.size());
      devices.add(new GuestDevice("guest" + i, guestSocket(folder, i), className, "1"));
    }
    control.server(CrowdPool.NAME).orElseThrow().serve(devices);
    return "asked for";
  }

  private String report() throws InterruptedException, ExecutionException {
    PoolReport report = control.report(CrowdPool.NAME).get();
    StringBuilder answer = new StringBuilder("at=" + report.nanoTime());
    answer
        .append(" clients=")
        .append(report.clients().stream().filter(ClientReport::connected).count())
        .append(" events=")
        .append(events.get());
    for (ClassReport c : report.classes()) {
      answer.append(' ').append(c.name()).append('=').append(c.granted());
    }
    return answer.toString();
  }

  /** Bytes on the heap after a collection, in buffers outside it, and resident, in this order. */
  private String memory() throws IOException {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    long direct = 0;
    for (BufferPoolMXBean pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
      direct += pool.getMemoryUsed();
    }
    long resident = 0;
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmRSS:")) {
        resident = 1024 * Long.parseLong(line.replaceAll("[^0-9]", ""));
      }
    }
    return heap + " " + direct + " " + resident;
  }
}
