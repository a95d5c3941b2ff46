package io.virtentropy.backends.egd.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real handshakes with the JDK's own client, with certificates made for the occasion. */
@DisplayName("An EGD server behind TLS")
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class EgdTlsTest {
  private static final char[] PASSWORD = "for tests only".toCharArray();

  @TempDir static Path folder;

  private static KeyStore server;
  private static KeyStore client;
  private static KeyStore stranger;

  private final MeteredSource source = new MeteredSource(MeteredSource.PLENTY);
  private final List<String> events = Collections.synchronizedList(new ArrayList<>());

  @BeforeAll
  static void certificates() throws Exception {
    server = selfSigned("server");
    client = selfSigned("client");
    stranger = selfSigned("stranger");
  }

  private static KeyStore selfSigned(String name) throws Exception {
    Path file = folder.resolve(name + ".p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keyalg",
                "EC",
                "-alias",
                name,
                "-dname",
                "CN=" + name,
                "-storepass",
                new String(PASSWORD),
                "-keystore",
                file.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, keytool.waitFor(), said);
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (var in = Files.newInputStream(file)) {
      store.load(in, PASSWORD);
    }
    return store;
  }

  /** Speaks with a key of its own, if there is one, to whoever has a given certificate. */
  private static SSLContext context(KeyStore own, String... trusted) throws Exception {
    KeyStore trust = KeyStore.getInstance("PKCS12");
    trust.load(null, null);
    for (String name : trusted) {
      KeyStore store = name.equals("server") ? server : client;
      trust.setCertificateEntry(name, store.getCertificate(name));
    }
    TrustManagerFactory peers =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    peers.init(trust);
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(own, PASSWORD);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(own == null ? null : keys.getKeyManagers(), peers.getTrustManagers(), null);
    return context;
  }

  /** What a client does while the server runs on a thread of its own. */
  private interface Talk {
    void with(SSLSocket socket) throws Exception;
  }

  private EgdServerCounters serve(EgdTls tls, SSLContext as, String protocol, Talk talk)
      throws Exception {
    EgdServer server =
        EgdServer.builder()
            .clock(() -> 0) // a handshake may take as long as it likes
            .drainNanos(0)
            .listener(
                new EgdServerListener() {
                  @Override
                  public void refused(EgdPeer peer, String why) {
                    events.add("refused: " + why);
                  }

                  @Override
                  public void disconnected(EgdPeer peer, EgdDisconnection why) {
                    events.add(
                        why.cause()
                            + ", certified "
                            + peer.certified().map(Object::toString).orElse("not"));
                  }
                })
            .listen(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                tls,
                EgdService.builder(source).build())
            .build();
    int port = Integer.parseInt(server.endpoints().get(0).replaceAll(".*:", ""));
    EgdServerRunner runner = new EgdServerRunner(server);
    Thread thread = new Thread(runner, "egd");
    thread.start();
    try (SSLSocket socket =
        (SSLSocket) as.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port)) {
      socket.setEnabledProtocols(new String[] {protocol});
      talk.with(socket);
    } finally {
      runner.stop();
      thread.join();
    }
    return server.counters();
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  @DisplayName("should serve a client with a certificate, any number of bytes, by")
  void serves(String protocol) throws Exception {
    int reads = 400; // 100 KB, so that records, socket and output fill up
    EgdTls tls = new EgdTls(context(server, "client"), true);
    EgdServerCounters counters =
        serve(
            tls,
            context(client, "server"),
            protocol,
            socket -> {
              byte[] commands = new byte[2 * reads + 1];
              for (int i = 0; i < 2 * reads; i += 2) {
                commands[i] = 2;
                commands[i + 1] = (byte) 255;
              }
              socket.getOutputStream().write(commands);
              byte[] got = socket.getInputStream().readNBytes(reads * 255);
              assertArrayEquals(MeteredSource.stream(0, reads * 255), got);
              assertArrayEquals(new byte[] {0, 0, 0x10, 0}, socket.getInputStream().readNBytes(4));
            });
    assertEquals(255L * reads, counters.get(EgdServerCounter.BYTES_DELIVERED));
    assertEquals(List.of("PEER_LEFT, certified CN=client"), events);
  }

  @Test
  @DisplayName("should turn away a client without a certificate, and one that is not trusted")
  void turnsAway() throws Exception {
    EgdTls tls = new EgdTls(context(server, "client"), true);
    for (KeyStore own : new KeyStore[] {null, stranger}) {
      EgdServerCounters counters =
          serve(
              tls,
              context(own, "server"),
              "TLSv1.3",
              socket ->
                  assertThrows(
                      IOException.class,
                      () -> {
                        socket.getOutputStream().write(new byte[] {2, 8});
                        byte[] got = socket.getInputStream().readNBytes(8);
                        throw new IOException("ended after " + got.length);
                      }));
      assertEquals(0, counters.get(EgdServerCounter.READ_COMMANDS));
      assertEquals(0, counters.get(EgdServerCounter.BYTES_DELIVERED));
    }
    assertEquals(2, events.size(), events::toString);
    assertTrue(
        events.stream().allMatch(event -> event.startsWith("refused: TLS: ")), events::toString);
    assertEquals(0, source.drawn());
  }

  @Test
  @DisplayName("should serve anybody where no certificate is asked for")
  void anybody() throws Exception {
    EgdTls tls = new EgdTls(context(server), false);
    serve(
        tls,
        context(null, "server"),
        "TLSv1.3",
        socket -> {
          socket.getOutputStream().write(new byte[] {2, 8});
          assertArrayEquals(MeteredSource.stream(0, 8), socket.getInputStream().readNBytes(8));
        });
    assertEquals(1, events.size());
    assertTrue(events.get(0).endsWith("certified not"), events::toString);
  }

  @Test
  @DisplayName("should close a connection that does not speak TLS, and serve nothing over it")
  void plain() throws Exception {
    EgdTls tls = new EgdTls(context(server), false);
    serve(
        tls,
        context(null, "server"),
        "TLSv1.3",
        unused -> {
          try (java.net.Socket socket =
              new java.net.Socket(unused.getInetAddress(), unused.getPort())) {
            socket.getOutputStream().write(new byte[] {2, 8, 4, 4, 4, 4, 4, 4});
            byte[] got = socket.getInputStream().readAllBytes();
            // An alert, in clear; no entropy.
            assertTrue(got.length <= 7, got.length + " bytes");
          }
        });
    assertEquals(0, source.drawn());
    assertEquals(2, events.size(), events::toString);
    assertTrue(events.stream().allMatch(event -> event.startsWith("refused: ")), events::toString);
  }
}
