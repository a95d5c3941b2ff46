package io.virtentropy.distribution.fuzz;

import io.virtentropy.backends.CounterBackend;
import io.virtentropy.backends.egd.server.UnixSocketAccess;
import io.virtentropy.distribution.daemon.EventStream;
import io.virtentropy.distribution.daemon.PoolControl;
import io.virtentropy.distribution.management.ManagementServer;
import io.virtentropy.distribution.registry.DirectoryStore;
import io.virtentropy.distribution.registry.PoolRegistry.Filter;
import io.virtentropy.distribution.registry.PoolStatus;
import io.virtentropy.ratelimit.NanoClock;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** A daemon with one pool, in a folder beside a file that is none of its business. */
final class FuzzedDaemon implements AutoCloseable {
  private static final String SECRET = "5d0c9e47 is what nobody asked for";
  private static final String POOL =
      "<entropypool><name>a pool</name><uuid>0b1c5ed2-0b4f-4f0a-8a5e-7c1f3f7b9a02</uuid>"
          + "<source type='rdrand'/><classes default='c'><class name='c'/></classes></entropypool>";
  private static final String LIST =
      "GET /v1/pools HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

  /** More than the longest answer to a short request. */
  private static final int MAX_ANSWER_BYTES = 4 << 20;

  private final Path folder = Files.createTempDirectory("fuzz");
  private final Path socket = folder.resolve("control");
  private final Path secret = Files.writeString(folder.resolve("secret.xml"), SECRET);
  private final Path pools = folder.resolve("pools");
  private final PoolControl control;
  private final ManagementServer server;

  FuzzedDaemon() throws IOException {
    control =
        new PoolControl(
            new DirectoryStore(pools),
            spec -> new CounterBackend(1),
            NanoClock.system(),
            Thread::new,
            new EventStream(InstantSource.system()));
    server =
        ManagementServer.start(
            socket, new ManagementServer.Access(UnixSocketAccess.DEFAULT, Set.of()), control);
    control.define("seed", POOL);
  }

  /** Sends bytes, looks at what comes back, and whether the daemon is as it should be. */
  void feed(byte[] bytes) throws IOException {
    String answer = exchange(bytes);
    if (!answer.isEmpty() && !answer.startsWith("HTTP/1.1 ")) {
      throw new AssertionError("answered with what is no HTTP: " + answer);
    }
    for (String never : List.of(SECRET, "\"error\":\"HTTP_500\"")) {
      if (answer.contains(never)) {
        throw new AssertionError("answered with " + answer);
      }
    }
    String list = exchange(LIST.getBytes(StandardCharsets.US_ASCII));
    while (list.isEmpty() || list.startsWith("HTTP/1.1 503 ")) {
      // It has not noticed yet that we have left so many connections behind.
      list = exchange(LIST.getBytes(StandardCharsets.US_ASCII));
    }
    if (!list.startsWith("HTTP/1.1 200 ")) {
      throw new AssertionError("serves no more after " + answer + ": " + list);
    }
    checkFiles();
    clear();
  }

  private String exchange(byte[] bytes) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      try {
        ByteBuffer out = ByteBuffer.wrap(bytes);
        while (out.hasRemaining()) {
          channel.write(out);
        }
        channel.shutdownOutput();
        read(channel, all);
      } catch (IOException e) {
        // It has had enough of us, which it may.
        return all.toString(StandardCharsets.UTF_8);
      }
    }
    return all.toString(StandardCharsets.UTF_8);
  }

  private static void read(SocketChannel channel, ByteArrayOutputStream all) throws IOException {
    ByteBuffer in = ByteBuffer.allocate(8192);
    while (channel.read(in) >= 0) {
      all.write(in.array(), 0, in.position());
      in.clear();
      if (all.size() > MAX_ANSWER_BYTES) {
        throw new AssertionError("an answer without an end");
      }
      if (all.toString(StandardCharsets.ISO_8859_1).contains("application/x-ndjson")) {
        return; // events, which have none
      }
    }
  }

  private void checkFiles() throws IOException {
    if (!Files.readString(secret).equals(SECRET)) {
      throw new AssertionError("the file beside the pools was changed");
    }
    Set<String> beside = names(folder);
    if (!beside.equals(Set.of("control", "pools", "secret.xml"))) {
      throw new AssertionError("in the folder above that of the pools: " + beside);
    }
    Set<String> expected = new TreeSet<>(Set.of("autostart"));
    for (PoolStatus pool : control.list(Filter.ALL)) {
      expected.add(pool.definition().name() + ".xml");
    }
    Set<String> found = names(pools);
    if (!found.equals(expected)) {
      throw new AssertionError("in the folder of pools: " + found + ", not " + expected);
    }
  }

  private static Set<String> names(Path folder) throws IOException {
    Set<String> names = new TreeSet<>();
    try (Stream<Path> files = Files.list(folder)) {
      files.forEach(file -> names.add(file.getFileName().toString()));
    }
    return names;
  }

  private void clear() {
    for (PoolStatus pool : control.list(Filter.ALL)) {
      String id = pool.definition().uuid().toString();
      if (pool.isActive()) {
        control.destroy(id, false);
      }
      if (!pool.definition().name().equals("a pool")) {
        control.undefine(id);
      }
    }
    if (control.list(Filter.ALL).isEmpty()) {
      control.define("seed", POOL);
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    control.close();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : (Iterable<Path>) files.sorted(Comparator.reverseOrder())::iterator) {
        Files.delete(file);
      }
    }
  }
}
