package io.virtentropy.distribution.serving;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.CounterBackend;
import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.distribution.pool.PoolDefinition;
import io.virtentropy.distribution.pool.PoolXmlParser;
import io.virtentropy.distribution.registry.PoolException;
import io.virtentropy.distribution.registry.PoolException.Reason;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("A pool that serves")
@Timeout(value = 10, unit = TimeUnit.MINUTES)
final class PoolServerTest {
  private static final String CLASSES =
      "<classes default='free'><class name='free'/>"
          + "<class name='slow'><rate bytes='1000' burst='640'/></class></classes>";

  @TempDir Path folder;

  private final AtomicLong now = new AtomicLong();
  private final CountedSource source = new CountedSource();
  private final Queue<String> events = new ConcurrentLinkedQueue<>();
  private PoolServer server;

  /** A counter stream that can fail, and says whether it was closed. */
  private static final class CountedSource implements EntropyBackend {
    final CounterBackend stream = new CounterBackend(1);
    final AtomicBoolean failing = new AtomicBoolean();
    final AtomicBoolean closed = new AtomicBoolean();

    @Override
    public int fill(ByteBuffer target, int index, int length) {
      if (failing.get()) {
        throw new EntropySourceException(EntropySourceException.Reason.IO_ERROR, "told to fail");
      }
      return stream.fill(target, index, length);
    }

    @Override
    public void close() {
      closed.set(true);
    }
  }

  private final class Log implements PoolListener {
    @Override
    public void clientAttached(ClientReport client) {
      events.add("attached " + client.className());
    }

    @Override
    public void clientDetached(ClientReport client, String why) {
      events.add("detached " + client.className() + " with " + client.delivered());
    }

    @Override
    public void clientThrottled(ClientReport client) {
      events.add("throttled " + client.className());
    }

    @Override
    public void clientTrouble(String what) {
      events.add(what);
    }

    @Override
    public void sourceFailed(String name, String why, long retryNanos) {
      events.add("failed: " + why);
    }
  }

  private PoolServer start(String outputs) {
    return start(outputs, Thread::new);
  }

  private PoolServer start(String outputs, ThreadFactory threads) {
    PoolDefinition pool =
        new PoolXmlParser(UUID::randomUUID)
            .parse(
                "test",
                "<entropypool><name>p</name><source type='char'><device path='/dev/x'/></source>"
                    + CLASSES
                    + "<outputs>"
                    + outputs
                    + "</outputs></entropypool>");
    server = PoolServer.start(pool, source, now::get, threads, new Log());
    return server;
  }

  private static String output(String className, Path path) {
    return "<output type='unix' class='"
        + className
        + "'><source mode='bind' path='"
        + path
        + "'/><permissions><mode>0600</mode></permissions></output>";
  }

  @AfterEach
  void stop() {
    if (server != null) {
      server.stop(false);
    }
  }

  private static SocketChannel connect(Path path) throws IOException {
    return SocketChannel.open(UnixDomainSocketAddress.of(path));
  }

  private static void ask(SocketChannel channel, int bytes) throws IOException {
    ByteBuffer commands = ByteBuffer.allocate(2 * (bytes / 255 + 1));
    for (int left = bytes; left > 0; left -= 255) {
      commands.put((byte) 2).put((byte) Math.min(255, left));
    }
    channel.write(commands.flip());
  }

  private static byte[] read(SocketChannel channel, int bytes) throws IOException {
    ByteBuffer in = ByteBuffer.allocate(bytes);
    while (in.hasRemaining()) {
      assertTrue(channel.read(in) >= 0, "closed after " + in.position() + " bytes");
    }
    return in.array();
  }

  private PoolReport report() throws InterruptedException, ExecutionException {
    return server.report().get();
  }

  /** Looks until the pool has had enough turns to do all that can be done. */
  private PoolReport settled() throws InterruptedException, ExecutionException {
    PoolReport last = report();
    for (PoolReport next = report(); !next.equals(last); next = report()) {
      last = next;
    }
    return last;
  }

  @Test
  @DisplayName("should give no byte to two clients")
  void sharesTheStream() throws IOException {
    Path path = folder.resolve("free");
    start(output("free", path));
    Set<Long> words = new HashSet<>();
    try (SocketChannel a = connect(path);
        SocketChannel b = connect(path)) {
      for (int i = 0; i < 20; i++) {
        ask(a, 2048);
        ask(b, 1024);
        for (byte[] bytes : List.of(read(a, 2048), read(b, 1024))) {
          ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
          while (in.hasRemaining()) {
            assertTrue(words.add(in.getLong()));
          }
        }
      }
    }
    assertEquals(20 * 3072 / 8, words.size());
  }

  @Test
  @DisplayName("should give a class its burst and its rate in whole requests, and say so")
  void shapes() throws IOException, InterruptedException, ExecutionException {
    Path path = folder.resolve("slow");
    start(output("slow", path));
    try (SocketChannel client = connect(path)) {
      ask(client, 2000);
      read(client, 640);
      assertEquals(640, settled().clients().get(0).delivered());
      now.addAndGet(511_999_999);
      settled();
      read(client, 448);
      assertEquals(1088, settled().clients().get(0).delivered());
      now.addAndGet(1);
      settled();
      read(client, 64);
      PoolReport report = settled();
      assertEquals(1152, report.clients().get(0).delivered());
      assertEquals(848, report.clients().get(0).owed());
      assertEquals(List.of("attached slow", "throttled slow"), List.copyOf(events));
      assertEquals(
          "[source, free, slow]",
          report.classes().stream().map(ClassReport::name).toList().toString());
      assertEquals(1152, report.classes().get(2).granted());
    }
  }

  @Test
  @DisplayName("should tell how many clients come and go where they are too many to tell of each")
  void flood() throws IOException, InterruptedException, ExecutionException {
    Path path = folder.resolve("free");
    start(output("free", path));
    int clients = StrangerEvents.COMINGS + 50;
    for (int i = 0; i < clients; i++) {
      try (SocketChannel client = connect(path)) {
        ask(client, 8);
        read(client, 8);
      }
    }
    while (!report().clients().isEmpty()) {
      // one of them has left and wasn't seen to leave
    }
    assertEquals(StrangerEvents.COMINGS, events.size());
    long told = events.stream().filter("attached free"::equals).count();
    events.clear();
    now.addAndGet(1_000_000_000);
    settled();
    assertEquals(
        List.of(
            "unix:"
                + path
                + " has too many clients to tell of each: "
                + (clients - told)
                + " came, "
                + (clients - StrangerEvents.COMINGS + told)
                + " went"),
        List.copyOf(events));
    events.clear();
    now.addAndGet(1_000_000_000);
    try (SocketChannel client = connect(path)) {
      ask(client, 8);
      read(client, 8);
      assertEquals(List.of("attached free"), List.copyOf(events));
    }
  }

  @Test
  @DisplayName("should serve while somebody looks at it without end")
  void looksWithoutEnd() throws IOException {
    Path path = folder.resolve("free");
    start(output("free", path));
    AtomicBoolean enough = new AtomicBoolean();
    lookUntil(enough);
    try (SocketChannel client = connect(path)) {
      ask(client, 64);
      assertArrayEquals(words(1, 8), read(client, 64));
    } finally {
      enough.set(true);
    }
  }

  /** Looks on the pool's own thread, so that there is always another wish. */
  private void lookUntil(AtomicBoolean enough) {
    CompletableFuture<Void> unused =
        server
            .report()
            .thenRun(
                () -> {
                  if (!enough.get()) {
                    lookUntil(enough);
                  }
                });
  }

  @Test
  @DisplayName("should connect to guests, and forget what another run of theirs was owed")
  void guests() throws IOException, InterruptedException, ExecutionException {
    Path path = folder.resolve("guest");
    try (ServerSocketChannel qemu = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      qemu.bind(UnixDomainSocketAddress.of(path));
      start("");
      server.serve(List.of(new GuestDevice("vm/rng0", path, "slow", "1")));
      SocketChannel first = qemu.accept();
      assertArrayEquals(words(1, 8), read(first, 64));
      ask(first, 1000);
      read(first, 576);
      assertEquals("vm/rng0", settled().clients().get(0).name());
      server.serve(List.of(new GuestDevice("vm/rng0", path, "free", "2")));
      SocketChannel second = qemu.accept();
      assertArrayEquals(words(81, 8), read(second, 64));
      assertEquals(-1, first.read(ByteBuffer.allocate(1)));
      server.serve(List.of());
      assertEquals(-1, second.read(ByteBuffer.allocate(1)));
      assertTrue(settled().clients().isEmpty());
      assertEquals(
          List.of(
              "attached slow",
              "throttled slow",
              "detached slow with 640",
              "attached free",
              "detached free with 64"),
          List.copyOf(events));
    }
  }

  @Test
  @DisplayName("should take along what a guest is owed into its new class")
  void anotherClass() throws IOException, InterruptedException, ExecutionException {
    Path path = folder.resolve("qemu");
    try (ServerSocketChannel qemu = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      qemu.bind(UnixDomainSocketAddress.of(path));
      start("");
      server.serve(List.of(new GuestDevice("vm/rng0", path, "slow", "1")));
      SocketChannel first = qemu.accept();
      read(first, 64);
      ask(first, 1000);
      read(first, 576);
      assertEquals(424, settled().clients().get(0).owed());
      server.serve(List.of(new GuestDevice("vm/rng0", path, "free", "1")));
      SocketChannel second = qemu.accept();
      assertArrayEquals(words(81, 53), read(second, 424));
      assertEquals(-1, first.read(ByteBuffer.allocate(1)));
      assertEquals(0, settled().clients().get(0).owed());
      second.close();
    }
  }

  private static byte[] words(long from, int count) {
    ByteBuffer bytes = ByteBuffer.allocate(8 * count).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < count; i++) {
      bytes.putLong(from + i);
    }
    return bytes.array();
  }

  @Test
  @DisplayName("should let clients wait while its source fails")
  void sourceFails() throws IOException, InterruptedException, ExecutionException {
    Path path = folder.resolve("free");
    start(output("free", path));
    try (SocketChannel client = connect(path)) {
      source.failing.set(true);
      ask(client, 100);
      while (settled().sourceFailures() == 0) {
        Thread.onSpinWait(); // the request is on its way
      }
      assertTrue(events.contains("failed: told to fail"));
      source.failing.set(false);
      now.addAndGet(1_000_000_000);
      report();
      assertArrayEquals(words(1, 12), read(client, 96));
    }
  }

  @Test
  @DisplayName("should set the mode of its sockets, and remove them in the end")
  void sockets() throws IOException {
    Path path = folder.resolve("free");
    start(output("free", path));
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
    SocketChannel client = connect(path);
    ask(client, 8);
    read(client, 8); // or it would be one that nobody has accepted yet
    server.stop(true);
    assertEquals(-1, client.read(ByteBuffer.allocate(1)));
    assertFalse(Files.exists(path));
    assertTrue(source.closed.get());
    ExecutionException refusal =
        assertThrows(ExecutionException.class, () -> server.report().get());
    assertEquals(Reason.INACTIVE, ((PoolException) refusal.getCause()).reason());
  }

  @Test
  @DisplayName("should answer who looks at it when it has ended and its thread has not")
  void looksAtTheEnd() throws InterruptedException {
    CountDownLatch over = new CountDownLatch(1);
    CountDownLatch mayEnd = new CountDownLatch(1);
    start(
        "",
        work ->
            new Thread(
                () -> {
                  work.run();
                  over.countDown();
                  awaitQuietly(mayEnd);
                }));
    Thread stopping = new Thread(() -> server.stop(false));
    stopping.start();
    try {
      over.await();
      assertTrue(server.report().isCompletedExceptionally());
    } finally {
      mayEnd.countDown();
      stopping.join();
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  @DisplayName("should not start without its sockets, and leave nothing open")
  void refuses() {
    for (String outputs :
        List.of(
            output("free", folder.resolve("missing/socket")),
            "<output type='tcp' class='free'><source mode='bind' host='0.0.0.0' service='0'/></output>",
            output("free", folder.resolve("first"))
                + output("free", folder.resolve("missing/second")))) {
      PoolException refusal = assertThrows(PoolException.class, () -> start(outputs));
      assertEquals(Reason.START_FAILED, refusal.reason());
      assertTrue(
          refusal.getMessage().startsWith("entropy pool 'p' can't be started: "),
          refusal.getMessage());
      assertTrue(source.closed.getAndSet(false));
    }
    assertFalse(Files.exists(folder.resolve("first")));
  }
}
