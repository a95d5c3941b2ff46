package io.virtentropy.conformance.backends;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.CounterBackend;
import io.virtentropy.backends.EntropyBackends;
import io.virtentropy.backends.egd.server.EgdServer;
import io.virtentropy.backends.egd.server.EgdServerRunner;
import io.virtentropy.backends.egd.server.EgdService;
import io.virtentropy.backends.egd.server.UnixSocketAccess;
import io.virtentropy.distribution.daemon.DaemonEvent;
import io.virtentropy.distribution.daemon.EventStream;
import io.virtentropy.distribution.daemon.PoolControl;
import io.virtentropy.distribution.registry.DirectoryStore;
import io.virtentropy.distribution.serving.SourceReport;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A daemon's pool on sources that are real and go wrong in earnest: terminals that stop and are
 * taken away, pipes, devices that give nothing but zeros, an EGD server that dies and returns. Only
 * the clock of pauses and patience is the test's.
 */
@DisplayName("A pool whose source goes wrong")
@Timeout(value = 15, unit = TimeUnit.MINUTES)
final class PoolSourcesTest {
  private static final long SECOND = 1_000_000_000L;

  /** Where the words of the second source begin. */
  private static final long SECONDARY = 1L << 40;

  private static final String SECOND_SOURCE =
      "<source type='backend'><backend>counter:" + SECONDARY + "</backend></source>";

  @TempDir Path folder;

  private final AtomicLong clock = new AtomicLong();
  private final BlockingQueue<String> events = new LinkedBlockingQueue<>();
  private PoolControl control;
  private SocketChannel guest;

  @BeforeEach
  void open() {
    EventStream stream = new EventStream(InstantSource.system());
    stream.subscribe(this::note);
    control =
        new PoolControl(
            new DirectoryStore(folder.resolve("pools")),
            EntropyBackends::openForTests,
            clock::get,
            Thread::new,
            stream);
  }

  private void note(DaemonEvent event) {
    switch (event.kind()) {
      case SOURCE_FAILED, SOURCE_SLOW, SOURCE_RECOVERED, TROUBLE ->
          events.add(event.kind().word() + " " + event.detail());
      default -> {
        // of no interest here
      }
    }
  }

  private void start(String sources) throws IOException {
    Path socket = folder.resolve("egd");
    control.define(
        "test",
        "<entropypool><name>p</name>"
            + sources
            + "<classes><class name='c'/></classes><outputs><output type='unix' class='c'>"
            + "<source mode='bind' path='"
            + socket
            + "'/></output></outputs></entropypool>");
    control.create("p");
    guest = SocketChannel.open(UnixDomainSocketAddress.of(socket));
  }

  @AfterEach
  void close() throws IOException {
    if (guest != null) {
      guest.close();
    }
    control.close();
  }

  private void ask(int bytes) throws IOException {
    ByteBuffer commands = ByteBuffer.allocate(2 * (bytes / 255 + 1));
    for (int left = bytes; left > 0; left -= 255) {
      commands.put((byte) 2).put((byte) Math.min(255, left));
    }
    commands.flip();
    while (commands.hasRemaining()) {
      int unused = guest.write(commands);
    }
  }

  private byte[] read(int bytes) throws IOException {
    ByteBuffer in = ByteBuffer.allocate(bytes);
    while (in.hasRemaining()) {
      assertTrue(guest.read(in) >= 0, "closed after " + in.position() + " bytes");
    }
    return in.array();
  }

  /** Reads while time passes, with pauses to end and sources to be given up. */
  private byte[] readInTime(int bytes) throws IOException {
    ByteBuffer in = ByteBuffer.allocate(bytes);
    guest.configureBlocking(false);
    until(
        () -> {
          try {
            assertTrue(guest.read(in) >= 0, "closed after " + in.position() + " bytes");
          } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
          }
          return !in.hasRemaining();
        });
    guest.configureBlocking(true);
    return in.array();
  }

  private void until(BooleanSupplier reached) {
    while (!reached.getAsBoolean()) {
      clock.addAndGet(SECOND / 10);
      SourceReport unused = source(0); // has the pool's thread look at the clock
    }
  }

  private SourceReport source(int index) {
    return control.report("p").join().sources().get(index);
  }

  private static byte[] words(long from, int count) {
    ByteBuffer bytes = ByteBuffer.allocate(8 * count).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < count; i++) {
      bytes.putLong(from + i);
    }
    return bytes.array();
  }

  private static long word(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
  }

  @Test
  @DisplayName("should say that a device is slow, that it is gone, and that it is back")
  void device() throws Exception {
    Path device = folder.resolve("device");
    try (Terminal terminal = Terminal.open()) {
      Files.createSymbolicLink(device, terminal.path());
      start("<source type='backend'><backend>random:" + device + "(health=off)</backend></source>");
      ask(64);
      terminal.write(words(1, 8));
      assertArrayEquals(words(1, 8), read(64));
      assertEquals("working", source(0).state());
      ask(64);
      until(() -> !events.isEmpty());
      // For at least 5 s: whoever finds it out may have been kept from the processor meanwhile.
      String slow = events.take();
      assertTrue(
          slow.matches("source-slow random:.* has given nothing for ([5-9]|\\d{2,})\\d00 ms"),
          slow);
      assertEquals("slow", source(0).state());
      terminal.write(words(9, 8));
      assertArrayEquals(words(9, 8), read(64));
      assertEquals("source-recovered random:" + device, events.take());
      assertEquals(128, source(0).delivered());
      ask(64);
    }
    String gone = events.take();
    assertTrue(gone.startsWith("source-failed random:" + device + ", left alone for 1000 ms: "));
    SourceReport report = source(0);
    assertEquals("quarantined", report.state());
    assertTrue(report.retryNanos().orElseThrow() > 0);
    assertTrue(report.failure().contains(device.toString()), report.failure());
    Files.delete(device);
    until(() -> source(0).failures() > 2);
    try (Terminal terminal = Terminal.open()) {
      Files.createSymbolicLink(device, terminal.path());
      terminal.write(words(17, 8));
      assertArrayEquals(words(17, 8), readInTime(64));
      assertEquals("source-recovered random:" + device, events.take());
      assertEquals(192, source(0).delivered());
    }
    assertTrue(events.isEmpty(), events::toString);
  }

  @Test
  @DisplayName("should destroy what fails a health test, and go on when the source is well again")
  void health() throws Exception {
    Path fifo = fifo();
    Random noise = new Random(7);
    byte[] startup = new byte[1024];
    byte[] good = new byte[512];
    try (FileChannel writer =
        FileChannel.open(fifo, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      start(
          "<source type='backend'><backend>health(random:"
              + fifo
              + ",quarantine=1ms)</backend></source>");
      ask(512);
      noise.nextBytes(startup);
      noise.nextBytes(good);
      write(writer, startup, good);
      assertArrayEquals(good, read(512));
      ask(100);
      byte[] stuck = new byte[512];
      noise.nextBytes(stuck);
      Arrays.fill(stuck, 400, 512, (byte) 'x');
      write(writer, stuck);
      String failed = events.take();
      assertTrue(failed.contains(" is stuck: it failed the repetition count test"), failed);
      assertEquals("quarantined", source(0).state());
      noise.nextBytes(startup);
      noise.nextBytes(good);
      write(writer, startup, good);
      assertArrayEquals(Arrays.copyOf(good, 100), readInTime(100));
      assertTrue(events.take().startsWith("source-recovered health("));
    }
  }

  private Path fifo() throws IOException, InterruptedException {
    Path fifo = folder.resolve("fifo");
    assertEquals(0, new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor());
    return fifo;
  }

  private static void write(FileChannel writer, byte[]... parts) throws IOException {
    for (byte[] part : parts) {
      ByteBuffer left = ByteBuffer.wrap(part);
      while (left.hasRemaining()) {
        int unused = writer.write(left);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/dev/full", "/dev/zero"})
  @DisplayName("should serve from the next source while a device gives nothing but zeros:")
  void zeros(String device) throws Exception {
    start("<source type='char'><device path='" + device + "'/></source>" + SECOND_SOURCE);
    ask(64);
    // No time may pass before the device is found out: it would only be slow.
    String failed = events.take();
    assertArrayEquals(words(SECONDARY, 8), read(64));
    assertTrue(
        failed.matches("source-failed health\\(random:" + device + "\\).* is stuck.*"), failed);
    assertEquals("quarantined", source(0).state());
    assertEquals(0, source(0).delivered());
    assertEquals("working", source(1).state());
    assertTrue(source(1).serving());
  }

  @Test
  @DisplayName("should open a source that was missing at the start when it is there")
  void late() throws Exception {
    Path missing = folder.resolve("fifo");
    start("<source type='char'><device path='" + missing + "'/></source>" + SECOND_SOURCE);
    ask(64);
    assertArrayEquals(words(SECONDARY, 8), read(64));
    String failed = events.take();
    assertTrue(failed.startsWith("source-failed random:" + missing + ", left alone"), failed);
    assertEquals(missing, fifo());
    try (FileChannel writer =
        FileChannel.open(missing, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      write(writer, words(1, 128));
      until(
          () -> {
            try {
              ask(8);
              return word(read(8)) < SECONDARY;
            } catch (IOException e) {
              throw new java.io.UncheckedIOException(e);
            }
          });
      assertEquals("source-recovered random:" + missing, events.take());
      assertTrue(source(0).serving());
    }
  }

  /** A server of another's, as far as the pool can see. */
  private static final class Upstream {
    private final EgdServerRunner runner;
    private final Thread thread;

    Upstream(Path socket, long first) throws IOException {
      EgdServer server =
          EgdServer.builder()
              .drainNanos(0)
              .listen(
                  socket,
                  UnixSocketAccess.DEFAULT,
                  EgdService.builder(new CounterBackend(first)).build())
              .build();
      runner = new EgdServerRunner(server);
      thread = new Thread(runner, "upstream");
      thread.start();
    }

    void close() throws InterruptedException {
      runner.stop();
      thread.join();
    }
  }

  @Test
  @DisplayName("should let guests wait while its EGD server is dead, and give none a byte twice")
  void egd() throws Exception {
    Path socket = folder.resolve("up");
    Upstream upstream = new Upstream(socket, 1);
    start("<source type='egd'><address path='" + socket + "'/></source>");
    ask(64);
    assertArrayEquals(words(1, 8), read(64));
    upstream.close();
    ask(64);
    until(() -> !events.isEmpty());
    assertTrue(events.take().startsWith("source-slow egd:unix:" + socket));
    Upstream again = new Upstream(socket, 1000);
    try {
      assertArrayEquals(words(1000, 8), read(64));
      assertEquals("source-recovered egd:unix:" + socket, events.take());
    } finally {
      again.close();
    }
  }

  @Test
  @DisplayName("should serve from the next source while its EGD server is dead")
  void egdAndNext() throws Exception {
    Path socket = folder.resolve("up");
    Upstream upstream = new Upstream(socket, 1);
    start("<source type='egd'><address path='" + socket + "'/></source>" + SECOND_SOURCE);
    ask(64);
    assertArrayEquals(words(1, 8), read(64));
    upstream.close();
    ask(64);
    assertArrayEquals(words(SECONDARY, 8), readInTime(64));
    String failed = events.take();
    assertTrue(failed.endsWith(": egd:unix:" + socket + " has given nothing for 5000 ms"), failed);
    assertTrue(source(1).serving());
    Upstream again = new Upstream(socket, 1000);
    try {
      long[] last = {SECONDARY + 7};
      until(
          () -> {
            try {
              ask(8);
              long word = word(read(8));
              boolean back = word < SECONDARY;
              assertTrue(back || word == last[0] + 1, "no word twice");
              last[0] = word;
              return back;
            } catch (IOException e) {
              throw new java.io.UncheckedIOException(e);
            }
          });
      assertTrue(last[0] >= 1000);
      assertEquals("source-recovered egd:unix:" + socket, events.take());
      assertTrue(source(0).serving());
    } finally {
      again.close();
    }
  }
}
