package io.virtentropy.conformance.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.CounterBackend;
import io.virtentropy.distribution.pool.PoolXmlParser;
import io.virtentropy.distribution.serving.ClientReport;
import io.virtentropy.distribution.serving.PoolListener;
import io.virtentropy.distribution.serving.PoolServer;
import io.virtentropy.ratelimit.NanoClock;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * QEMU's {@code rng-egd} behind its own TLS (GnuTLS's), and a pool of ours at the other end; one
 * directory of certificates, laid out as QEMU wants it, for both.
 */
@DisplayName("A pool's output with TLS")
@Timeout(
    value = 15,
    unit = TimeUnit.MINUTES) // a hang is a failure; nothing is asserted of the time
final class PoolTlsIT {
  private static final Path PKI =
      Path.of("..", "backends", "src", "test", "resources", "pki").toAbsolutePath().normalize();

  private static final int BUFFER = 1000;

  @TempDir private Path folder;

  private final BlockingQueue<String> events = new LinkedBlockingQueue<>();
  private PoolServer pool;
  private long next = 1;

  private final class Log implements PoolListener {
    @Override
    public void clientAttached(ClientReport client) {
      events.add("attached " + client.name());
    }

    @Override
    public void clientDetached(ClientReport client, String why) {
      events.add("detached: " + why);
    }

    @Override
    public void clientTrouble(String what) {
      events.add(what);
    }
  }

  static Stream<QemuBinary> qemus() {
    return Qemus.all().stream();
  }

  private void serve(String source) {
    pool =
        PoolServer.start(
            new PoolXmlParser(UUID::randomUUID)
                .parse(
                    "test",
                    "<entropypool><name>p</name><source type='rdrand'/><classes><class name='c'/>"
                        + "</classes><outputs><output type='tcp' class='c'><source "
                        + source
                        + " tls='yes'/><tls directory='"
                        + PKI.resolve("trusted")
                        + "'/></output></outputs></entropypool>"),
            new CounterBackend(1),
            NanoClock.system(),
            Thread::new,
            new Log());
  }

  @AfterEach
  void stop() {
    if (pool != null) {
      pool.stop(false);
    }
  }

  /** What QEMU is told to be a client, or a server, of TLS on a port. */
  private static QemuDevice.Builder device(
      QemuBinary qemu, String credentials, String port, String channel) {
    List<String> words = new ArrayList<>();
    if (!credentials.isEmpty()) {
      words.addAll(List.of("-object", "tls-creds-x509,id=tls," + credentials));
    }
    words.addAll(
        List.of(
            "-chardev",
            "socket,id=egd,host=localhost,port="
                + port
                + channel
                + (credentials.isEmpty() ? "" : ",tls-creds=tls"),
            "-object",
            "rng-egd,id=rng,chardev=egd"));
    return QemuDevice.of(qemu).fedBy(words.toArray(String[]::new));
  }

  private static String client(Path directory) {
    return "endpoint=client,dir=" + WorkFolder.asOption(directory);
  }

  private String ourPort() {
    return pool.endpoints().get(0).replaceAll(".*:", "");
  }

  /**
   * Waits until QEMU's end of the handshake is over too, which may be later than ours: what it asks
   * before is lost, and its guest doesn't ask again.
   */
  private static void awaitConnected(QemuDevice device) {
    String filename;
    do {
      filename =
          device.machine().qmp().execute("query-chardev").asJsonArray().stream()
              .map(JsonValue::asJsonObject)
              .filter(channel -> channel.getString("label").equals("egd"))
              .map(channel -> channel.getString("filename"))
              .findAny()
              .orElseThrow();
    } while (filename.startsWith("disconnected:"));
  }

  /** Has the guest's driver read a buffer, which has to be the next of the pool's stream. */
  private void read(QemuDevice device, RingDriver driver) {
    int before = driver.usedIdx();
    long address = driver.post(BUFFER);
    driver.kick();
    while (driver.usedIdx() == before) {
      device.settle();
    }
    assertEquals(BUFFER, driver.usedLength(before));
    ByteBuffer words =
        ByteBuffer.wrap(device.memoryRead(address, BUFFER)).order(ByteOrder.LITTLE_ENDIAN);
    while (words.hasRemaining()) {
      assertEquals(next++, words.getLong());
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("qemus")
  @DisplayName("should serve a QEMU that connects, and is not disturbed by those it refuses")
  void qemuConnects(QemuBinary qemu) throws Exception {
    serve("mode='bind' host='0.0.0.0' service='0'");
    try (QemuDevice good = device(qemu, client(PKI.resolve("second")), ourPort(), "").start()) {
      RingDriver driver = new RingDriver(good).start();
      String attached = events.take();
      assertTrue(attached.endsWith(", certified CN=second"), attached);
      awaitConnected(good);
      read(good, driver);
      readWithRsaKey(qemu);
      read(good, driver);
      // GnuTLS does not even send a certificate of an authority that we did not name.
      assertRefused(
          qemu, client(with("stranger")) + ",sanity-check=off", "TLS: .*(?i)empty.*certificate.*");
      read(good, driver);
      assertRefused(qemu, client(with("expired")) + ",sanity-check=off", "TLS: .*(?i)validity.*");
      read(good, driver);
      assertRefused(qemu, client(with("")), "TLS: .*(?i)empty.*certificate.*");
      read(good, driver);
      assertRefused(qemu, "", "TLS: .*");
      read(good, driver);
      assertTrue(events.isEmpty(), events::toString);
      assertEquals(6 * BUFFER, pool.report().join().clients().get(0).delivered());
    }
    assertEquals("detached: the client left", events.take());
  }

  /**
   * Of TLS 1.3, GnuTLS before 3.8 has no RSA certificate to show to a JDK that asks for RSA-PSS
   * only, as 17.0.19 does.
   */
  private void readWithRsaKey(QemuBinary qemu) throws Exception {
    String credentials = client(PKI.resolve("trusted")) + ",priority=NORMAL:-VERS-TLS1.3";
    try (QemuDevice device = device(qemu, credentials, ourPort(), "").start()) {
      RingDriver driver = new RingDriver(device).start();
      String attached = events.take();
      assertTrue(attached.endsWith(", certified CN=client"), attached);
      awaitConnected(device);
      read(device, driver);
    }
    assertEquals("detached: the client left", events.take());
  }

  /** A QEMU is not let in, which is told of in one line, and gets nothing. */
  private void assertRefused(QemuBinary qemu, String credentials, String words)
      throws InterruptedException {
    try (QemuDevice device = device(qemu, credentials, ourPort(), "").start()) {
      RingDriver driver = new RingDriver(device).start();
      long unused = driver.post(BUFFER);
      driver.kick();
      device.settle();
      String refusal = events.take();
      assertTrue(refusal.matches("client .* was refused: " + words), refusal);
      device.settle();
      assertEquals(0, driver.usedIdx());
    }
  }

  /** The authority that QEMU expects of us, and a client's key and certificate of another. */
  private Path with(String client) throws IOException {
    Path mixed = Files.createDirectories(folder.resolve("with-" + client));
    Files.copy(PKI.resolve("trusted/ca-cert.pem"), mixed.resolve("ca-cert.pem"));
    if (!client.isEmpty()) {
      for (String file : List.of("client-cert.pem", "client-key.pem")) {
        Files.copy(PKI.resolve(client).resolve(file), mixed.resolve(file));
      }
    }
    return mixed;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("qemus")
  @DisplayName("should serve a QEMU that listens, and again after it has gone")
  void qemuListens(QemuBinary qemu) throws Exception {
    String port = Integer.toString(FreePort.find());
    serve("mode='connect' host='localhost' service='" + port + "'");
    String credentials =
        "endpoint=server,verify-peer=on,dir=" + WorkFolder.asOption(PKI.resolve("trusted"));
    for (int run = 0; run < 2; run++) {
      try (QemuDevice device = device(qemu, credentials, port, ",server=on,wait=off").start()) {
        RingDriver driver = new RingDriver(device).start();
        String attached = events.take();
        while (attached.contains(" can't be reached: ")) {
          attached = events.take();
        }
        assertTrue(attached.endsWith(", certified CN=localhost"), attached);
        awaitConnected(device);
        read(device, driver);
        read(device, driver);
      }
      String left = events.take();
      assertTrue(left.startsWith("detached: "), left);
      // What this QEMU was given beyond what its guest has read went with it: the primer.
      next = 1 + pool.report().join().classes().get(0).granted() / Long.BYTES;
    }
  }
}
