package io.virtentropy.distribution.serving;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.CounterBackend;
import io.virtentropy.backends.egd.PemContext;
import io.virtentropy.backends.egd.PemCredentials;
import io.virtentropy.distribution.pool.PoolXmlParser;
import io.virtentropy.distribution.registry.PoolException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("A pool with an output for other hosts")
@Timeout(value = 10, unit = TimeUnit.MINUTES)
final class PoolTlsTest {
  private static final Path PKI =
      Path.of("..", "backends", "src", "test", "resources", "pki").toAbsolutePath().normalize();

  @TempDir Path folder;

  private final BlockingQueue<String> events = new LinkedBlockingQueue<>();
  private final List<String> troubles = new CopyOnWriteArrayList<>();
  private final AtomicLong now = new AtomicLong();
  private PoolServer server;

  private final class Log implements PoolListener {
    @Override
    public void clientAttached(ClientReport client) {
      events.add("attached");
    }

    @Override
    public void clientDetached(ClientReport client, String why) {
      events.add("detached with " + client.delivered());
    }

    @Override
    public void clientTrouble(String what) {
      events.add(what);
    }

    @Override
    public void trouble(String what) {
      troubles.add(what);
    }
  }

  private void start(String source, String tls) {
    start("<class name='c'/>", "", source, tls);
  }

  private void start(String classes, String share, String source, String tls) {
    server =
        PoolServer.start(
            new PoolXmlParser(UUID::randomUUID)
                .parse(
                    "test",
                    "<entropypool><name>p</name><source type='rdrand'/><classes>"
                        + classes
                        + "</classes><outputs><output type='tcp' class='c'"
                        + share
                        + "><source "
                        + source
                        + "/>"
                        + tls
                        + "</output></outputs></entropypool>"),
            new CounterBackend(1),
            now::get, // a handshake may take as long as it likes
            Thread::new,
            new Log());
  }

  @AfterEach
  void stop() {
    if (server != null) {
      server.stop(false);
    }
  }

  private int port() {
    return Integer.parseInt(server.endpoints().get(0).replaceAll(".*:", ""));
  }

  private SSLSocket connect(String certificate) throws IOException {
    return (SSLSocket)
        PemContext.load(PKI.resolve(certificate), false)
            .getSocketFactory()
            .createSocket(InetAddress.getLoopbackAddress(), port());
  }

  private static byte[] ask(SSLSocket socket) throws IOException {
    socket.getOutputStream().write(new byte[] {2, 8});
    byte[] got = socket.getInputStream().readNBytes(8);
    if (got.length < 8) {
      throw new IOException("ended after " + got.length);
    }
    return got;
  }

  private byte[] ask(String certificate) throws IOException {
    try (SSLSocket socket = connect(certificate)) {
      byte[] got = ask(socket);
      ClientReport client = server.report().join().clients().get(0);
      assertTrue(client.connected());
      assertTrue(client.name().endsWith(", certified CN=second"), client.name());
      return got;
    }
  }

  @Test
  @DisplayName(
      "should serve whom its certificate and its list admit, and tell the others in a line")
  void serves() throws IOException, InterruptedException {
    start(
        "mode='bind' host='0.0.0.0' service='0' tls='yes'",
        "<tls directory='" + PKI.resolve("trusted") + "'><allow dn='cn=second'/></tls>");
    assertThrows(IOException.class, () -> ask("trusted"));
    String refusal = events.take();
    assertTrue(
        refusal.endsWith(" was refused: TLS: 'CN=client' is not among those allowed here"),
        refusal);
    byte[] first = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(1).array();
    assertArrayEquals(first, ask("second"));
    assertEquals("attached", events.take());
    assertEquals("detached with 8", events.take());
    assertTrue(server.report().join().clients().isEmpty());
  }

  private void put(String from, String... files) throws IOException {
    for (String file : files) {
      Files.copy(
          PKI.resolve(from).resolve(file),
          folder.resolve(file),
          StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private void letASecondPass() {
    now.addAndGet(PemCredentials.LOOK_NANOS);
  }

  private static String nameOf(SSLSocket socket) throws IOException {
    return socket.getSession().getPeerPrincipal().getName();
  }

  @Test
  @DisplayName("should use certificates and lists that are renewed, for those who come then")
  void renewed() throws IOException, InterruptedException {
    put("trusted", "ca-cert.pem", "server-cert.pem", "server-key.pem");
    start("mode='bind' host='0.0.0.0' service='0' tls='yes'", "<tls directory='" + folder + "'/>");
    try (SSLSocket early = connect("revoked")) {
      assertEquals(8, ask(early).length);
      assertEquals("CN=localhost", nameOf(early));
      assertEquals("attached", events.take());
      put("elsewhere", "server-cert.pem", "server-key.pem");
      put("revoked", "ca-crl.pem");
      letASecondPass();
      try (SSLSocket late = connect("second")) {
        assertEquals(8, ask(late).length);
        assertEquals("CN=elsewhere.example", nameOf(late));
        assertEquals("attached", events.take());
      }
      assertEquals("detached with 8", events.take());
      assertThrows(IOException.class, () -> ask("revoked"));
      String refusal = events.take();
      assertTrue(refusal.matches("client .* was refused: TLS: .*(?i)revoked.*"), refusal);
      assertEquals(8, ask(early).length);
    }
    assertEquals("detached with 16", events.take());
  }

  @Test
  @DisplayName("should serve on with the certificates it has when their successors are no good")
  void renewedBadly() throws IOException, InterruptedException {
    put("trusted", "ca-cert.pem", "server-cert.pem", "server-key.pem");
    start("mode='bind' host='0.0.0.0' service='0' tls='yes'", "<tls directory='" + folder + "'/>");
    put("elsewhere", "server-cert.pem");
    for (int look = 0; look < 3; look++) {
      letASecondPass();
      assertEquals(8, ask("second").length);
      assertEquals("attached", events.take());
      assertEquals("detached with 8", events.take());
    }
    assertEquals(1, troubles.size(), troubles::toString);
    assertTrue(
        troubles.get(0).endsWith(" what was read before is used until that is mended"),
        troubles::toString);
  }

  /** How much the clients of one name have, all together. */
  private long delivered(String name) {
    return server.report().join().clients().stream()
        .filter(client -> client.name().endsWith(", certified CN=" + name))
        .mapToLong(ClientReport::delivered)
        .sum();
  }

  private static void askForMuch(SSLSocket socket) throws IOException {
    byte[] commands = new byte[40];
    for (int i = 0; i < commands.length; i += 2) {
      commands[i] = 2;
      commands[i + 1] = (byte) 255;
    }
    socket.getOutputStream().write(commands);
  }

  private void awaitOwed(int clients) {
    while (server.report().join().clients().stream().filter(c -> c.owed() > 0).count() < clients) {
      // what they ask for has yet to come
    }
  }

  @Test
  @DisplayName("should give one share to all connections of one name where an output says so")
  void sharesByName() throws IOException {
    start(
        "<class name='c'><rate bytes='1000' burst='64'/></class>",
        " share='peer'",
        "mode='bind' host='0.0.0.0' service='0' tls='yes'",
        "<tls directory='" + PKI.resolve("trusted") + "'/>");
    try (SSLSocket a = connect("second");
        SSLSocket b = connect("second");
        SSLSocket c = connect("second");
        SSLSocket other = connect("trusted")) {
      for (SSLSocket socket : List.of(a, b, c, other)) {
        askForMuch(socket);
      }
      awaitOwed(4);
      long before = delivered("second");
      long otherBefore = delivered("client");
      for (int tick = 0; tick < 64; tick++) {
        now.addAndGet(64_000_000);
        for (int look = 0; look < 3; look++) {
          assertEquals(4, server.report().join().clients().size());
        }
      }
      long got = delivered("second") - before;
      long otherGot = delivered("client") - otherBefore;
      double tolerance = 2.0 * ClassTree.GRAIN_BYTES;
      assertEquals(4096.0, (double) (got + otherGot), tolerance);
      assertEquals((double) otherGot, (double) got, tolerance);
    }
  }

  /** Until the other side ends it, in whatever way. */
  private static void readToTheEnd(Socket socket) {
    try {
      byte[] unused = socket.getInputStream().readAllBytes();
    } catch (IOException e) {
      assertTrue(e.getMessage().contains("reset"), e::toString);
    }
  }

  @Test
  @DisplayName("should tell of a flood of handshakes that fail by their number")
  void flood() throws IOException {
    start(
        "mode='bind' host='0.0.0.0' service='0' tls='yes'",
        "<tls directory='" + PKI.resolve("trusted") + "'/>");
    for (int i = 0; i < StrangerEvents.REFUSALS + 7; i++) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port())) {
        socket.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes(US_ASCII));
        readToTheEnd(socket);
      }
    }
    assertTrue(server.report().join().clients().isEmpty());
    assertEquals(StrangerEvents.REFUSALS, events.size());
    assertTrue(events.stream().allMatch(e -> e.contains(" was refused: TLS: ")), events::toString);
    events.clear();
    letASecondPass();
    for (int look = 0; look < 2; look++) {
      assertTrue(server.report().join().clients().isEmpty());
    }
    assertEquals(
        List.of(
            server.endpoints().get(0) + " has too many clients to tell of each: 7 were refused"),
        List.copyOf(events));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "mode='bind' host='0.0.0.0' service='0'||tcp:0.0.0.0:0 is no loopback address, and without"
            + " TLS entropy does not leave this machine; a loopback address, or TLS, is accepted",
        "mode='connect' host='192.0.2.1' service='1'||tcp:192.0.2.1:1 is no loopback address, and"
            + " without TLS entropy does not leave this machine; a loopback address, or TLS, is"
            + " accepted",
        "mode='bind' host='0.0.0.0' service='0' tls='yes'|<tls directory='/nowhere'/>"
            + "|/nowhere/ca-cert.pem does not exist; a directory with ca-cert.pem,"
            + " server-cert.pem and server-key.pem is accepted",
        "mode='connect' host='::1' service='1' tls='yes'|<tls directory='/nowhere'/>"
            + "|/nowhere/ca-cert.pem does not exist; a directory with ca-cert.pem,"
            + " client-cert.pem and client-key.pem is accepted",
      })
  @DisplayName("should not start without TLS, or without certificates:")
  void refuses(String source, String tls, String words) {
    PoolException refusal =
        assertThrows(PoolException.class, () -> start(source, tls == null ? "" : tls));
    assertEquals("entropy pool 'p' can't be started: " + words, refusal.getMessage());
  }
}
