package io.virtentropy.vhostuser;

import io.virtentropy.backends.CounterBackend;
import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.ratelimit.ManualClock;
import io.virtentropy.vhostuser.frontend.FrontEnd;
import io.virtentropy.vhostuser.frontend.SharedRam;
import io.virtentropy.virtio.driver.SplitRingDriver;
import io.virtentropy.virtio.queue.RingFault;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/**
 * A server that is polled by the test's own thread whenever a front-end waits for it: nothing here
 * depends on time or on another thread.
 */
final class Rig implements AutoCloseable {
  static final long RING = 0x1000;
  static final long BUFFERS = 0x10000;
  static final long RAM_BYTES = 1 << 20;

  final Path directory;
  final Path path;
  final ManualClock clock = new ManualClock();
  final Events events = new Events();
  final VhostUserServer server;

  /** What happened, in words. */
  static final class Events implements VhostUserListener {
    final List<String> all = new ArrayList<>();
    Negotiation negotiated;
    Disconnection disconnected;
    RingFault fault;
    String refused;

    @Override
    public void connected(GuestSocket guest) {
      all.add("connected " + guest.index());
    }

    @Override
    public void negotiated(GuestSocket guest, Negotiation what) {
      all.add("negotiated " + guest.index());
      negotiated = what;
    }

    @Override
    public void refused(GuestSocket guest, String what) {
      all.add("refused " + guest.index());
      refused = what;
    }

    @Override
    public void ringBroken(GuestSocket guest, RingFault found) {
      all.add("broken " + guest.index());
      fault = found;
    }

    @Override
    public void sourceFailed(GuestSocket guest, EntropySourceException failure, long retryNanos) {
      all.add("source failed " + guest.index());
    }

    @Override
    public void disconnected(GuestSocket guest, Disconnection why) {
      all.add("disconnected " + guest.index());
      disconnected = why;
    }

    @Override
    public void unreachable(GuestSocket guest, String why) {
      all.add("unreachable " + guest.index());
    }
  }

  Rig() {
    this(new CounterBackend(1));
  }

  Rig(EntropyBackend source) {
    this(builder -> builder.source(source), 1);
  }

  Rig(UnaryOperator<VhostUserServerBuilder> options, int listening) {
    try {
      directory = Files.createTempDirectory("vhost-user");
      path = directory.resolve("0.sock");
      VhostUserServerBuilder builder =
          VhostUserServer.builder()
              .source(new CounterBackend(1))
              .clock(clock)
              .listener(events)
              .spinNanos(0);
      for (int i = 0; i < listening; i++) {
        builder.listen(directory.resolve(i + ".sock"));
      }
      server = options.apply(builder).build();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Polls until there is nothing more to do. */
  void settle() {
    int idle = 0;
    while (idle < 2) {
      idle = server.poll(0) == 0 ? idle + 1 : 0;
    }
  }

  FrontEnd connect() {
    return connect(0);
  }

  FrontEnd connect(int guest) {
    try {
      return FrontEnd.connect(directory.resolve(guest + ".sock"), () -> server.poll(0));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  static SharedRam ram() {
    try {
      return SharedRam.ofSize(RAM_BYTES);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  static SharedRam ram(SharedRam.Region... regions) {
    try {
      return SharedRam.of(regions);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Posts one buffer, kicks if that is wanted, and has the server work. */
  void request(FrontEnd vm, SplitRingDriver ring, long buffer, int length) {
    ring.post(buffer, length);
    if (ring.publish()) {
      vm.kick();
    }
    settle();
  }

  /**
   * How many sockets, signals and memory files this process has open, by kind. The JVM opens
   * others; the socket that a debugger or a thread dump makes it open is not counted.
   */
  static Map<String, Integer> openFiles() {
    Map<String, Integer> counts = new TreeMap<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
      Map<String, String> sockets = unixSockets();
      for (Path file : files) {
        String target = targetOf(file);
        boolean debuggers = sockets.getOrDefault(target, "").contains(".java_pid");
        if (isOurs(target) && !debuggers) {
          counts.merge(target.replaceFirst(":\\[\\d+]", ""), 1, Integer::sum);
        }
      }
      return counts;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Empty for a file that one of the JVM's own threads has closed in the meantime. */
  private static String targetOf(Path link) throws IOException {
    try {
      return Files.readSymbolicLink(link).toString();
    } catch (NoSuchFileException e) {
      return "";
    }
  }

  /**
   * The paths of Unix sockets by their names under /proc/self/fd. One may be missing while other
   * processes open and close theirs.
   */
  private static Map<String, String> unixSockets() throws IOException {
    Map<String, String> paths = new HashMap<>();
    for (String line : Files.readAllLines(Path.of("/proc/net/unix"))) {
      // Num RefCount Protocol Flags Type St Inode Path
      String[] fields = line.trim().split("\\s+", 8);
      if (fields.length == 8) {
        paths.put("socket:[" + fields[6] + "]", fields[7]);
      }
    }
    return paths;
  }

  private static boolean isOurs(String target) {
    return target.startsWith("socket:")
        || target.startsWith("pipe:")
        || target.startsWith("anon_inode:")
        || target.startsWith("/memfd:guest-ram");
  }

  /** How many mappings of the front-ends' memory this process has. */
  static long guestMappings() {
    try (var lines = Files.lines(Path.of("/proc/self/maps"))) {
      return lines.filter(line -> line.contains("guest-ram")).count();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    server.close();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        Files.delete(file);
      }
      Files.delete(directory);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
