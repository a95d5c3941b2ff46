package io.virtentropy.distribution.serving;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.CounterBackend;
import io.virtentropy.backends.egd.PemContext;
import io.virtentropy.distribution.pool.PoolXmlParser;
import io.virtentropy.distribution.registry.PoolException;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("A pool with an output for other hosts")
@Timeout(value = 10, unit = TimeUnit.MINUTES)
final class PoolTlsTest {
  private static final Path PKI =
      Path.of("..", "backends", "src", "test", "resources", "pki").toAbsolutePath().normalize();

  private final BlockingQueue<String> events = new LinkedBlockingQueue<>();
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
  }

  private void start(String source, String tls) {
    server =
        PoolServer.start(
            new PoolXmlParser(UUID::randomUUID)
                .parse(
                    "test",
                    "<entropypool><name>p</name><source type='rdrand'/><classes><class name='c'/>"
                        + "</classes><outputs><output type='tcp' class='c'><source "
                        + source
                        + "/>"
                        + tls
                        + "</output></outputs></entropypool>"),
            new CounterBackend(1),
            () -> 0, // a handshake may take as long as it likes
            Thread::new,
            new Log());
  }

  @AfterEach
  void stop() {
    if (server != null) {
      server.stop(false);
    }
  }

  private byte[] ask(String certificate) throws IOException {
    int port = Integer.parseInt(server.endpoints().get(0).replaceAll(".*:", ""));
    try (SSLSocket socket =
        (SSLSocket)
            PemContext.load(PKI.resolve(certificate), false)
                .getSocketFactory()
                .createSocket(InetAddress.getLoopbackAddress(), port)) {
      socket.getOutputStream().write(new byte[] {2, 8});
      byte[] got = socket.getInputStream().readNBytes(8);
      if (got.length < 8) {
        throw new IOException("ended after " + got.length);
      }
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
