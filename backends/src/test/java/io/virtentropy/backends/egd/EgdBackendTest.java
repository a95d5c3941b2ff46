package io.virtentropy.backends.egd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.Asking;
import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.backends.EntropySourceException.Reason;
import io.virtentropy.backends.Fifo;
import io.virtentropy.backends.Pty;
import io.virtentropy.ratelimit.ManualClock;
import io.virtentropy.ratelimit.NanoClock;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The source over real sockets, pipes and a terminal, against a server of a hundred plain lines.
 */
@Timeout(600)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
final class EgdBackendTest {
  private static final int[] SIZES = {1, 64, 255, 256, 1000, 4080, 4081, 65_536};

  @TempDir Path dir;
  private final AtomicInteger threads = new AtomicInteger();
  private final LinkedBlockingQueue<String> events = new LinkedBlockingQueue<>();
  private EgdLoop loop;

  @BeforeEach
  void startLoop() {
    loop =
        EgdLoop.start(
            task -> {
              threads.incrementAndGet();
              Thread thread = new Thread(task, "egd-loop");
              thread.setDaemon(true);
              return thread;
            });
  }

  @AfterEach
  void closeLoop() {
    loop.close();
  }

  private EgdBackend.Builder builder(String address) {
    return EgdBackend.builder(EgdAddress.parse(address), loop)
        .retry(Duration.ofMillis(1), Duration.ofMillis(5))
        // What takes long here is the machine's fault: a handshake, a lookup, a server's thread.
        .connectTimeout(Duration.ofDays(1))
        .replyTimeout(Duration.ofDays(1))
        .listener(
            new EgdListener() {
              @Override
              public void connected(EgdAddress to) {
                events.add("connected");
              }

              @Override
              public void disconnected(EgdAddress from, String reason, Duration retryIn) {
                events.add(reason);
              }
            });
  }

  private static byte[] get(EgdBackend source, int bytes) throws InterruptedException {
    return new Asking(bytes).submitTo(source).bytes();
  }

  private static void assertServes(EgdBackend source) throws InterruptedException {
    int from = 0;
    for (int size : SIZES) {
      assertArrayEquals(
          EgdTestServer.stream(from, from + size), get(source, size), size + " bytes");
      from += size;
    }
    assertEquals(SIZES.length, source.count(EgdCounter.REQUESTS_COMPLETED));
    assertEquals(from, source.count(EgdCounter.BYTES_DELIVERED));
    assertEquals(EgdState.CONNECTED, source.state());
  }

  private Path socket() {
    return dir.resolve("egd");
  }

  @Test
  void should_serve_requests_of_any_size_over_a_unix_socket() throws Exception {
    try (EgdTestServer server = EgdTestServer.unix(socket());
        EgdBackend source = builder("unix:" + socket()).open()) {
      assertServes(source);
      assertEquals(1, server.accepted());
      assertEquals(1, threads.get());
    }
  }

  @Test
  void should_serve_requests_of_any_size_over_TCP() throws Exception {
    try (EgdTestServer server = EgdTestServer.tcp();
        EgdBackend source = builder("tcp:127.0.0.1:" + server.port()).open()) {
      assertServes(source);
    }
  }

  @Test
  void should_look_up_the_name_of_a_host_without_holding_up_the_loop() throws Exception {
    try (EgdTestServer server = EgdTestServer.tcp();
        EgdBackend source = builder("tcp:localhost:" + server.port()).open()) {
      assertServes(source);
      assertTrue(threads.get() >= 2, "the lookup has a thread of its own");
    }
  }

  @Test
  void should_say_that_a_host_is_unknown_and_go_on_trying() throws Exception {
    try (EgdBackend source = builder("tcp:no-such-host.invalid:1").open()) {
      assertEquals("unknown host no-such-host.invalid", events.take());
      assertEquals("unknown host no-such-host.invalid", events.take());
      assertEquals("unknown host no-such-host.invalid", source.problem());
      assertTrue(source.count(EgdCounter.FAILED_ATTEMPTS) >= 2);
    }
  }

  @Test
  void should_wait_on_a_unix_socket_for_the_server_to_connect() throws Exception {
    try (EgdBackend source = builder("unix:" + socket() + "?listen").open()) {
      assertEquals(
          "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(socket())));
      Asking early = new Asking(10).submitTo(source);
      try (EgdTestServer first =
          EgdTestServer.connecting(SocketChannel.open(UnixDomainSocketAddress.of(socket())))) {
        assertArrayEquals(EgdTestServer.stream(0, 10), early.bytes());
        assertArrayEquals(EgdTestServer.stream(10, 1010), get(source, 1000));
        assertEquals(1, first.accepted());
      }
      Asking meanwhile = new Asking(10).submitTo(source);
      try (EgdTestServer second =
          EgdTestServer.connecting(SocketChannel.open(UnixDomainSocketAddress.of(socket())))) {
        assertArrayEquals(EgdTestServer.stream(0, 10), meanwhile.bytes());
        assertEquals(1, second.accepted());
      }
    }
    assertFalse(Files.exists(socket()), "the socket is removed");
  }

  @Test
  void should_wait_on_a_port_for_the_server_to_connect() throws Exception {
    try (EgdBackend source = builder("tcp:127.0.0.1:0?listen").open()) {
      InetSocketAddress at = (InetSocketAddress) source.localAddress().orElseThrow();
      try (EgdTestServer server = EgdTestServer.connecting(SocketChannel.open(at))) {
        assertServes(source);
        assertEquals(1, server.accepted());
      }
    }
  }

  @Test
  void should_not_take_the_place_of_what_is_no_dead_socket() throws Exception {
    Files.writeString(dir.resolve("file"), "precious");
    EntropySourceException file =
        assertThrows(
            EntropySourceException.class,
            () -> builder("unix:" + dir.resolve("file") + "?listen").open());
    assertEquals(
        "egd:unix:"
            + dir.resolve("file")
            + "?listen can't be listened on: the path is in use, and not by a socket",
        file.getMessage());
    assertEquals("precious", Files.readString(dir.resolve("file")));

    try (EgdBackend first = builder("unix:" + socket() + "?listen").open()) {
      EntropySourceException alive =
          assertThrows(
              EntropySourceException.class, () -> builder("unix:" + socket() + "?listen").open());
      assertTrue(alive.getMessage().contains("somebody listens there already"));
      assertEquals("egd:unix:" + socket() + "?listen", first.toString());
    }

    leaveDeadSocket(socket());
    try (EgdBackend second = builder("unix:" + socket() + "?listen").open()) {
      assertTrue(Files.exists(socket()), second::toString);
    }
  }

  private static void leaveDeadSocket(Path path) throws IOException {
    try (var channel =
        java.nio.channels.ServerSocketChannel.open(java.net.StandardProtocolFamily.UNIX)) {
      channel.bind(UnixDomainSocketAddress.of(path));
    }
    assertTrue(Files.exists(path));
  }

  /** In a time of the test's: how long a datagram takes is up to the machine. */
  @Test
  void should_serve_requests_over_UDP_and_ask_again_for_a_lost_datagram() throws Exception {
    ManualClock clock = new ManualClock();
    try (DatagramSocket server = new DatagramSocket(0, InetAddress.getLoopbackAddress());
        EgdLoop polled = EgdLoop.open(clock, Thread::new);
        EgdBackend source =
            EgdBackend.builder(EgdAddress.parse("udp:127.0.0.1:" + server.getLocalPort()), polled)
                .replyTimeout(Duration.ofMillis(50))
                .open()) {
      Asking asking = new Asking(1000).submitTo(source);
      work(polled);
      DatagramPacket lost = receive(server);
      assertEquals(8, lost.getLength());
      clock.advance(Duration.ofMillis(50).toNanos());
      work(polled);
      assertEquals(1, source.count(EgdCounter.STALLED_CONNECTIONS));
      answer(server, 0, 1000);
      assertArrayEquals(EgdTestServer.stream(0, 1000), polledFor(polled, asking));
      Asking next = new Asking(10).submitTo(source);
      work(polled);
      answer(server, 1000, 10);
      assertArrayEquals(EgdTestServer.stream(1000, 1010), polledFor(polled, next));
    }
  }

  /** Until nothing is left to do but to wait. */
  private static void work(EgdLoop polled) {
    while (polled.poll(0) > 0) {
      Thread.onSpinWait();
    }
  }

  private static byte[] polledFor(EgdLoop polled, Asking asking) throws InterruptedException {
    while (!asking.request.isDone()) {
      int unused = polled.poll(Long.MAX_VALUE);
    }
    return asking.bytes();
  }

  private static DatagramPacket receive(DatagramSocket server) throws IOException {
    DatagramPacket packet = new DatagramPacket(new byte[2048], 2048);
    server.receive(packet);
    return packet;
  }

  /** Answers one datagram with all that it asks for. */
  private static void answer(DatagramSocket server, int from, int count) throws IOException {
    DatagramPacket packet = receive(server);
    int wanted = 0;
    for (int i = 0; i < packet.getLength(); i += 2) {
      assertEquals(2, packet.getData()[i]);
      wanted += packet.getData()[i + 1] & 0xff;
    }
    assertEquals(count, wanted);
    byte[] reply = EgdTestServer.stream(from, from + count);
    server.send(new DatagramPacket(reply, count, packet.getSocketAddress()));
  }

  @Test
  void should_serve_requests_through_a_pair_of_pipes_as_QEMU_names_them() throws Exception {
    try (Fifo in = new Fifo(dir.resolve("pipe.in"));
        Fifo out = new Fifo(dir.resolve("pipe.out"));
        EgdBackend source = builder("pipe:" + dir.resolve("pipe")).open();
        FileInputStream requests = new FileInputStream(out.path.toFile());
        OutputStream replies = new FileOutputStream(in.path.toFile());
        EgdTestServer server = EgdTestServer.on(requests, replies)) {
      assertServes(source);
      assertEquals(1, server.accepted());
    }
  }

  @Test
  void should_throw_away_what_a_pipe_delivers_to_nobody() throws Exception {
    try (Fifo in = new Fifo(dir.resolve("pipe.in"));
        Fifo out = new Fifo(dir.resolve("pipe.out"))) {
      in.openWriter();
      in.write(new byte[] {9, 9, 9});
      try (EgdBackend source = builder("pipe:" + dir.resolve("pipe")).open();
          DataInputStream requests = new DataInputStream(new FileInputStream(out.path.toFile()))) {
        assertEquals("connected", events.take(), "what lay there is gone");
        Asking given = new Asking(5).submitTo(source);
        assertEquals(0x0205, requests.readShort());
        given.request.cancel();
        Asking kept = new Asking(4).submitTo(source);
        assertEquals(0x0204, requests.readShort());
        in.write(new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9});
        assertArrayEquals(new byte[] {6, 7, 8, 9}, kept.bytes());
        assertEquals(5, source.count(EgdCounter.BYTES_DISCARDED));
      }
    }
  }

  @Test
  void should_serve_requests_over_a_serial_device() throws Exception {
    try (Pty pty = new Pty();
        EgdBackend source = builder("dev:" + pty.path).open();
        EgdTestServer server =
            EgdTestServer.on(
                pty.written(),
                new OutputStream() {
                  @Override
                  public void write(int value) throws IOException {
                    pty.write(new byte[] {(byte) value});
                  }

                  @Override
                  public void write(byte[] bytes, int from, int length) throws IOException {
                    pty.write(Arrays.copyOfRange(bytes, from, from + length));
                  }
                })) {
      int at = 0;
      for (int size : new int[] {1, 64, 255, 256, 1000}) {
        assertArrayEquals(EgdTestServer.stream(at, at + size), get(source, size));
        at += size;
      }
      assertEquals(1, server.accepted());
    }
  }

  @Test
  void should_refuse_files_in_which_it_would_read_twice_or_itself() throws Exception {
    Path file = Files.writeString(dir.resolve("file"), "0123456789");
    try (Fifo fifo = new Fifo(dir.resolve("fifo"))) {
      for (String address :
          List.of("dev:" + file, "dev:" + fifo.path, "file:" + fifo.path + "?input=" + file)) {
        try (EgdBackend source = builder(address).open()) {
          String problem = events.take();
          assertTrue(problem.contains(" is neither a character device"), address + ": " + problem);
          assertEquals(EgdState.RETRYING, awaitOther(source, EgdState.NEW, EgdState.CONNECTING));
        }
        events.clear();
      }
    }
  }

  private static EgdState awaitOther(EgdBackend source, EgdState... passing) {
    EgdState state = source.state();
    while (Arrays.asList(passing).contains(state)) {
      Thread.onSpinWait();
      state = source.state();
    }
    return state;
  }

  @Test
  void should_wait_for_a_server_that_is_not_there_yet() throws Exception {
    try (EgdBackend source = builder("unix:" + socket()).open()) {
      Asking asking = new Asking(300).submitTo(source);
      assertEquals("No such file or directory", events.take());
      assertEquals("No such file or directory", source.problem());
      try (EgdTestServer server = EgdTestServer.unix(socket())) {
        assertArrayEquals(EgdTestServer.stream(0, 300), asking.bytes());
        assertEquals(1, server.accepted());
      }
    }
  }

  @Test
  void should_lose_nothing_and_repeat_nothing_when_the_server_breaks_off_100_times()
      throws Exception {
    Random random = new Random(20261125);
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    try (EgdTestServer server = EgdTestServer.unix(socket());
        EgdBackend source = builder("unix:" + socket()).open()) {
      List<Asking> asking = new ArrayList<>();
      while (source.count(EgdCounter.LOST_CONNECTIONS) < 100) {
        server.breakAfter(1 + random.nextInt(700));
        asking.add(new Asking(1 + random.nextInt(1500)).submitTo(source));
        if (asking.size() == 4) {
          all.writeBytes(asking.remove(0).bytes());
        }
      }
      server.breakAfter(0);
      for (Asking rest : asking) {
        all.writeBytes(rest.bytes());
      }
      // A unix socket keeps what was written before its end, so here not even a byte is lost.
      assertArrayEquals(server.handedOut(), all.toByteArray());
      assertEquals(all.size(), source.count(EgdCounter.BYTES_DELIVERED));
      assertEquals(0, source.count(EgdCounter.PROTOCOL_FAULTS));
    }
  }

  @Test
  void should_never_give_the_reply_to_a_cancelled_request_to_the_next() throws Exception {
    try (EgdTestServer server = EgdTestServer.silent(socket());
        EgdBackend source = builder("unix:" + socket()).open()) {
      Asking given = new Asking(100).submitTo(source);
      while (server.requested() < 100) {
        Thread.onSpinWait();
      }
      given.request.cancel();
      Asking kept = new Asking(50).submitTo(source);
      while (server.requested() < 150) {
        Thread.onSpinWait();
      }
      assertTrue(given.request.isFree());
      server.speak();
      byte[] bytes = kept.bytes();
      assertEquals(2, server.accepted());
      assertEquals(1, source.count(EgdCounter.ABANDONED_EXCHANGES));
      // The server's two threads may answer in either order; the reply is a whole one either way.
      boolean first = Arrays.equals(EgdTestServer.stream(0, 50), bytes);
      boolean second = Arrays.equals(EgdTestServer.stream(100, 150), bytes);
      assertTrue(first || second);
    }
  }

  @Test
  void should_serve_300_sources_with_one_thread() throws Exception {
    int before = threads.get();
    try (EgdTestServer server = EgdTestServer.unix(socket())) {
      List<EgdBackend> sources = new ArrayList<>();
      for (int i = 0; i < 300; i++) {
        sources.add(builder("unix:" + socket()).open());
      }
      int total = 0;
      for (int round = 0; round < 4; round++) {
        List<Asking> asking = new ArrayList<>();
        for (EgdBackend source : sources) {
          asking.add(new Asking(300).submitTo(source));
        }
        for (Asking each : asking) {
          total += each.bytes().length;
        }
      }
      assertEquals(4 * 300 * 300, total);
      assertEquals(total, server.handedOut().length);
      assertEquals(300, server.accepted());
      assertEquals(before, threads.get(), "no further thread was made");
      sources.forEach(EgdBackend::close);
      while (server.ended() < 300) {
        Thread.onSpinWait();
      }
    }
  }

  @Test
  void should_end_with_its_loop_and_open_no_more_on_it() throws Exception {
    try (EgdTestServer server = EgdTestServer.silent(socket())) {
      EgdBackend source = builder("unix:" + socket()).open();
      Asking waiting = new Asking(10).submitTo(source);
      loop.close();
      assertEquals(Reason.CLOSED, waiting.failure().reason());
      assertEquals(Reason.CLOSED, new Asking(10).submitTo(source).failure().reason());
      assertThrows(EntropySourceException.class, () -> source.fill(ByteBuffer.allocate(1), 0, 1));
      assertEquals(EgdState.CLOSED, source.state());
      source.close();
      assertThrows(EntropySourceException.class, () -> builder("unix:" + socket()).open());
      assertEquals(0, server.handedOut().length);
    }
  }

  @Test
  void should_end_at_once_where_nobody_polls_the_loop() throws Exception {
    EgdLoop unpolled = EgdLoop.open(NanoClock.system(), Thread::new);
    EgdBackend source = EgdBackend.builder(EgdAddress.parse("unix:" + socket()), unpolled).open();
    Asking waiting = new Asking(10).submitTo(source);
    source.close();
    assertEquals(Reason.CLOSED, waiting.failure().reason());
    assertEquals(EgdState.CLOSED, source.state());
    unpolled.close();
  }

  // ---- TLS

  private static SSLContext pki(String directory, boolean server) {
    return server ? Pki.server(directory) : Pki.client(directory);
  }

  @Test
  void should_serve_requests_over_TLS_with_certificates_on_both_sides() throws Exception {
    try (EgdTestServer server = EgdTestServer.tls(pki("trusted", true));
        EgdBackend source =
            builder("tls:localhost:" + server.port()).tls(pki("trusted", false)).open()) {
      assertServes(source);
      // Many requests at once, so that records hold more than one reply.
      List<Asking> asking = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        asking.add(new Asking(1 + i).submitTo(source));
      }
      for (Asking each : asking) {
        assertEquals(each.request.capacity(), each.bytes().length);
      }
    }
  }

  @Test
  void should_be_refused_without_the_right_certificate_and_say_so() throws Exception {
    try (EgdTestServer server = EgdTestServer.tls(pki("trusted", true));
        EgdBackend source =
            builder("tls:localhost:" + server.port())
                .tls(Pki.mixed("stranger", "trusted", false, dir))
                .open()) {
      Asking waiting = new Asking(10).submitTo(source);
      String reason = events.take();
      if (reason.equals("connected")) { // TLS 1.3: the server's no comes after the client's yes
        reason = events.take();
      }
      assertTrue(
          reason.contains("certificate") || reason.contains("reset") || reason.contains("pipe"),
          reason);
      assertFalse(waiting.request.isDone());
      assertEquals(0, server.handedOut().length);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"stranger", "elsewhere"})
  void should_refuse_a_server_that_it_does_not_trust_or_that_is_another(String bad)
      throws Exception {
    try (EgdTestServer server = EgdTestServer.tls(Pki.mixed(bad, "trusted", true, dir));
        EgdBackend source =
            builder("tls:localhost:" + server.port()).tls(pki("trusted", false)).open()) {
      String reason = events.take();
      assertTrue(reason.startsWith("TLS: "), reason);
      assertEquals(0, source.count(EgdCounter.CONNECTIONS));
      assertTrue(source.count(EgdCounter.FAILED_ATTEMPTS) >= 1);
    }
  }

  @Test
  void should_give_up_on_one_that_connects_and_never_speaks_TLS() throws Exception {
    try (EgdBackend source =
        builder("tls:127.0.0.1:0?listen")
            .tls(pki("trusted", true))
            .connectTimeout(Duration.ofMillis(20))
            .open()) {
      InetSocketAddress at = (InetSocketAddress) source.localAddress().orElseThrow();
      try (SocketChannel mute = SocketChannel.open(at)) {
        assertEquals("no connection within 20 ms", events.take());
        assertTrue(
            Channels.newInputStream(mute).readAllBytes().length < 100, "a goodbye, and the end");
      }
    }
  }

  @Test
  void should_speak_TLS_where_it_listens() throws Exception {
    try (EgdBackend source = builder("tls:127.0.0.1:0?listen").tls(pki("trusted", true)).open()) {
      InetSocketAddress at = (InetSocketAddress) source.localAddress().orElseThrow();
      Asking asking = new Asking(3).submitTo(source);
      try (var socket =
          pki("trusted", false).getSocketFactory().createSocket(at.getAddress(), at.getPort())) {
        assertArrayEquals(new byte[] {2, 3}, socket.getInputStream().readNBytes(2));
        socket.getOutputStream().write(new byte[] {7, 8, 9});
        assertArrayEquals(new byte[] {7, 8, 9}, asking.bytes());
      }
    }
  }

  @Test
  void should_not_open_TLS_without_certificates() {
    EntropySourceException none =
        assertThrows(EntropySourceException.class, () -> builder("tls:localhost:1").open());
    assertEquals(
        "egd:tls:localhost:1 needs certificates; a directory of them (pki=) is accepted",
        none.getMessage());
  }
}
