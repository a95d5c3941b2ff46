package io.virtentropy.backends.egd.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.egd.Pki;
import io.virtentropy.backends.egd.TlsPeers;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.X509ExtendedTrustManager;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is served over TLS and who is not, whichever side connects. */
@DisplayName("An EGD server behind TLS")
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class EgdTlsPeersTest {
  private static final InetAddress HERE = InetAddress.getLoopbackAddress();

  @TempDir Path folder;

  private final MeteredSource source = new MeteredSource(MeteredSource.PLENTY);
  private final BlockingQueue<String> events = new LinkedBlockingQueue<>();
  private final AtomicLong clock = new AtomicLong();

  private final class Log implements EgdServerListener {
    @Override
    public void connected(EgdPeer peer) {
      events.add("connected " + peer.certified().map(Object::toString).orElse("unseen"));
    }

    @Override
    public void disconnected(EgdPeer peer, EgdDisconnection why) {
      events.add("gone: " + why.cause() + ", owed " + peer.owed());
    }

    @Override
    public void refused(EgdPeer peer, String why) {
      events.add("refused: " + why);
    }

    @Override
    public void unreachable(String endpoint, String why) {
      events.add("unreachable: " + why);
    }
  }

  private EgdServerBuilder builder() {
    return EgdServer.builder().clock(clock::get).drainNanos(0).listener(new Log());
  }

  private EgdServer listening(SSLContext context) throws IOException {
    return builder()
        .listen(
            new InetSocketAddress(HERE, 0),
            new EgdTls(context, true),
            EgdService.builder(source).build())
        .build();
  }

  private static int port(EgdServer server) {
    return Integer.parseInt(server.endpoints().get(0).replaceAll(".*:", ""));
  }

  /** What is done while the server runs on a thread of its own. */
  private interface Work {
    void run() throws Exception;
  }

  private static void whileServing(EgdServer server, Work work) throws Exception {
    EgdServerRunner runner = new EgdServerRunner(server);
    Thread thread = new Thread(runner, "egd");
    thread.start();
    try {
      work.run();
    } finally {
      runner.stop();
      thread.join();
    }
  }

  private static byte[] ask(SSLContext as, int port) throws IOException {
    try (SSLSocket socket = (SSLSocket) as.getSocketFactory().createSocket(HERE, port)) {
      socket.getOutputStream().write(new byte[] {2, 8});
      byte[] got = socket.getInputStream().readNBytes(8);
      if (got.length < 8) {
        throw new IOException("ended after " + got.length);
      }
      return got;
    }
  }

  @Test
  @DisplayName(
      "should refuse clients that are expired, revoked or not on its list, each with a line")
  void refuses() throws Exception {
    TlsPeers some = TlsPeers.of(List.of("cn=Second"), List.of("another.example"));
    try (EgdServer server = listening(Pki.server("revoked", some))) {
      whileServing(
          server,
          () -> {
            int port = port(server);
            assertThrows(
                IOException.class, () -> ask(Unchecked.client(Pki.directory("expired")), port));
            assertTrue(events.take().matches("refused: TLS: .*(?i)validity.*"));
            assertThrows(
                IOException.class, () -> ask(Unchecked.client(Pki.directory("revoked")), port));
            assertTrue(events.take().matches("refused: TLS: .*(?i)revoked.*"));
            assertThrows(IOException.class, () -> ask(Pki.client("trusted"), port));
            assertEquals(
                "refused: TLS: 'CN=client' is not among those allowed here", events.take());
            assertArrayEquals(MeteredSource.stream(0, 8), ask(Pki.client("second"), port));
            assertEquals("connected CN=second", events.take());
            assertEquals("gone: PEER_LEFT, owed 0", events.take());
          });
      assertEquals(8, source.drawn());
      assertEquals(3, server.counters().get(EgdServerCounter.REFUSED));
      assertEquals(1, server.counters().get(EgdServerCounter.DISCONNECTIONS));
    }
  }

  @Test
  @DisplayName("should admit clients by the names of hosts in their certificates")
  void admitsHosts() throws Exception {
    TlsPeers some = TlsPeers.of(List.of(), List.of("Client", "192.0.2.1"));
    try (EgdServer server = listening(Pki.server("trusted", some))) {
      whileServing(
          server,
          () -> {
            assertThrows(IOException.class, () -> ask(Pki.client("second"), port(server)));
            assertArrayEquals(MeteredSource.stream(0, 8), ask(Pki.client("trusted"), port(server)));
          });
    }
  }

  @Test
  @DisplayName("should time a handshake out that makes no progress")
  void timesOut() throws Exception {
    try (EgdServer server = listening(Pki.server("trusted"));
        SocketChannel mute = SocketChannel.open(new InetSocketAddress(HERE, port(server)))) {
      pollUntil(server, EgdServerCounter.CONNECTIONS, 1);
      clock.addAndGet(EgdServer.DEFAULT_HANDSHAKE_NANOS - 1);
      int unused = server.poll(0);
      assertTrue(events.isEmpty());
      clock.addAndGet(1);
      unused = server.poll(0);
      assertEquals(List.of("refused: its TLS handshake was not over in time"), List.copyOf(events));
      assertEquals(1, server.counters().get(EgdServerCounter.TIMED_OUT));
      assertTrue(mute.isOpen());
    }
  }

  private static void pollUntil(EgdServer server, EgdServerCounter counter, int count) {
    while (server.counters().get(counter) < count) {
      int unused = server.poll(1_000_000);
    }
  }

  @Test
  @DisplayName("should let newer handshakes crowd out the oldest, so that nobody is kept out")
  void bounds() throws Exception {
    List<SocketChannel> mutes = new ArrayList<>();
    try (EgdServer server = listening(Pki.server("trusted"))) {
      for (int i = 0; i < EgdServer.MAX_HANDSHAKES + 10; i++) {
        mutes.add(SocketChannel.open(new InetSocketAddress(HERE, port(server))));
      }
      pollUntil(server, EgdServerCounter.REFUSED, 10);
      assertEquals(10, events.size());
      assertEquals(EgdServer.MAX_HANDSHAKES, server.peers().size());
      whileServing(
          server,
          () ->
              assertArrayEquals(
                  MeteredSource.stream(0, 8), ask(Pki.client("trusted"), port(server))));
      assertTrue(events.contains("connected CN=client"), events::toString);
    } finally {
      for (SocketChannel mute : mutes) {
        mute.close();
      }
    }
  }

  /** Takes its time over a certificate, as a computation. */
  private static final class SlowTrust extends X509ExtendedTrustManager {
    final CountDownLatch begun = new CountDownLatch(1);
    final CountDownLatch mayEnd = new CountDownLatch(1);

    private void take() throws CertificateException {
      begun.countDown();
      try {
        mayEnd.await();
      } catch (InterruptedException e) {
        throw new CertificateException(e);
      }
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      take();
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {
      throw new UnsupportedOperationException();
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  @Test
  @DisplayName("should serve others while it computes for a handshake, and time that out as well")
  void computes() throws Exception {
    SlowTrust trust = new SlowTrust();
    try (EgdServer server =
        builder()
            .listen(
                new InetSocketAddress(HERE, 0),
                new EgdTls(Unchecked.context(Pki.directory("trusted"), "server", trust), true),
                EgdService.builder(source).build())
            .listen(
                folder.resolve("plain"),
                UnixSocketAccess.DEFAULT,
                EgdService.builder(source).build())
            .build()) {
      whileServing(
          server,
          () -> {
            try (SSLSocket slow =
                (SSLSocket)
                    Pki.client("trusted").getSocketFactory().createSocket(HERE, port(server))) {
              slow.startHandshake(); // its side of TLS 1.3 is over before the server's
              trust.begun.await();
              try (SocketChannel plain =
                  SocketChannel.open(UnixDomainSocketAddress.of(folder.resolve("plain")))) {
                assertEquals(2, plain.write(ByteBuffer.wrap(new byte[] {2, 8})));
                ByteBuffer got = ByteBuffer.allocate(8);
                while (got.hasRemaining()) {
                  assertTrue(plain.read(got) > 0);
                }
              }
              clock.addAndGet(EgdServer.DEFAULT_HANDSHAKE_NANOS);
              server.wakeUp();
              String event = events.take();
              while (!event.startsWith("refused")) {
                event = events.take(); // the other came and went
              }
              assertEquals("refused: its TLS handshake was not over in time", event);
              assertThrows(IOException.class, () -> readOne(slow));
            } finally {
              trust.mayEnd.countDown();
            }
          });
      assertEquals(8, source.drawn());
    }
  }

  // ---- where we connect

  private static SSLServerSocket guest(SSLContext context) throws IOException {
    SSLServerSocket socket =
        (SSLServerSocket) context.getServerSocketFactory().createServerSocket(0, 5, HERE);
    socket.setNeedClientAuth(true);
    return socket;
  }

  private EgdServer connecting(SSLContext context, SSLServerSocket to) throws IOException {
    return builder()
        .connect(
            new InetSocketAddress("localhost", to.getLocalPort()),
            new EgdTls(context, true),
            EgdService.builder(source).rememberingClients(64).build())
        .build();
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  @DisplayName("should connect to a client that listens, and go on where it was lost, by")
  void connects(String protocol) throws Exception {
    try (SSLServerSocket qemu = guest(Pki.server("trusted"))) {
      qemu.setEnabledProtocols(new String[] {protocol});
      try (EgdServer server = connecting(Pki.client("trusted"), qemu)) {
        whileServing(
            server,
            () -> {
              try (SSLSocket socket = (SSLSocket) qemu.accept()) {
                socket.getOutputStream().write(new byte[] {2, 100});
                assertArrayEquals(
                    MeteredSource.stream(0, 164), socket.getInputStream().readNBytes(164));
                assertEquals("connected CN=localhost", events.take());
              }
              assertEquals("gone: PEER_LEFT, owed 0", events.take());
              try (SSLSocket socket = acceptInTime(qemu, server)) {
                socket.getOutputStream().write(new byte[] {2, 9});
                assertArrayEquals(
                    MeteredSource.stream(164, 9), socket.getInputStream().readNBytes(9));
              }
            });
      }
    }
  }

  @Test
  @DisplayName(
      "should not take a client of another authority for its own, and ask it less and less")
  void refusesServers() throws Exception {
    try (SSLServerSocket qemu = guest(Pki.server("stranger"));
        EgdServer server = connecting(Pki.client("trusted"), qemu)) {
      whileServing(
          server,
          () -> {
            for (int attempt = 0; attempt < 3; attempt++) {
              try (SSLSocket socket = acceptInTime(qemu, server)) {
                assertThrows(IOException.class, () -> readOne(socket));
              }
              while (server.counters().get(EgdServerCounter.REFUSED) <= attempt) {
                Thread.onSpinWait(); // it has yet to hear of it
              }
            }
            assertTrue(events.take().startsWith("unreachable: TLS: "));
            assertTrue(events.isEmpty(), "told once: " + events);
          });
      assertEquals(0, source.drawn());
    }
  }

  /** Lets time pass, as long as nobody connects. */
  private SSLSocket acceptInTime(SSLServerSocket qemu, EgdServer server) throws IOException {
    qemu.setSoTimeout(1);
    while (true) {
      try {
        return (SSLSocket) qemu.accept();
      } catch (SocketTimeoutException e) {
        clock.addAndGet(Retry.FIRST_NANOS);
        server.wakeUp();
      }
    }
  }

  private static void readOne(SSLSocket socket) throws IOException {
    if (socket.getInputStream().read() < 0) {
      throw new IOException("ended");
    }
  }

  @Test
  @DisplayName(
      "should give nothing to a client that does not accept its certificate, and tell once")
  void isRefused() throws Exception {
    try (SSLServerSocket qemu = guest(Pki.server("stranger"));
        EgdServer server = connecting(Pki.mixed("trusted", "stranger", false, folder), qemu)) {
      whileServing(
          server,
          () -> {
            for (int attempt = 0; attempt < 3; attempt++) {
              try (SSLSocket socket = acceptInTime(qemu, server)) {
                assertThrows(IOException.class, () -> readOne(socket));
              }
              while (server.counters().get(EgdServerCounter.REFUSED) <= attempt) {
                Thread.onSpinWait(); // it has yet to hear of it
              }
            }
            assertTrue(events.take().startsWith("unreachable: "));
            assertTrue(events.isEmpty(), "told once: " + events);
          });
      assertEquals(0, source.drawn());
    }
  }

  @Test
  @DisplayName("should serve a client that is silent, once it has kept the connection for a second")
  void proves() throws Exception {
    try (SSLServerSocket qemu = guest(Pki.server("trusted"));
        EgdServer server = connecting(Pki.client("trusted"), qemu)) {
      whileServing(
          server,
          () -> {
            try (SSLSocket socket = (SSLSocket) qemu.accept()) {
              socket.startHandshake();
              // The clock stands still until the server has seen the end of the handshake.
              while (events.isEmpty()) {
                clock.addAndGet(100_000_000L);
                server.wakeUp();
              }
              assertEquals("connected CN=localhost", events.take());
              assertArrayEquals(
                  MeteredSource.stream(0, 64), socket.getInputStream().readNBytes(64));
            }
          });
    }
  }
}
