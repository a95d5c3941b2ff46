package io.virtentropy.distribution.management;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.CounterBackend;
import io.virtentropy.backends.egd.server.UnixSocketAccess;
import io.virtentropy.distribution.daemon.EventStream;
import io.virtentropy.distribution.daemon.PoolControl;
import io.virtentropy.distribution.libvirt.ConnectionReport;
import io.virtentropy.distribution.libvirt.LibvirtReport;
import io.virtentropy.distribution.libvirt.PlacedDevice;
import io.virtentropy.distribution.libvirt.PlacedDevice.State;
import io.virtentropy.distribution.management.ManagementServer.Access;
import io.virtentropy.distribution.registry.DirectoryStore;
import io.virtentropy.ratelimit.NanoClock;
import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.StringReader;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Spoken to over its socket, in HTTP written by hand, so that nothing of ours is in between. */
@DisplayName("The management server")
@Timeout(value = 10, unit = TimeUnit.MINUTES)
final class ManagementServerTest {
  private static final String POOL =
      "<entropypool><name>a pool</name><uuid>0b1c5ed2-0b4f-4f0a-8a5e-7c1f3f7b9a02</uuid>"
          + "<source type='char'><device path='/dev/x'/></source>"
          + "<classes default='free'><class name='free'/></classes>%s</entropypool>";

  @TempDir Path folder;

  private Path socket;
  private PoolControl control;
  private ManagementServer server;

  record Reply(int status, String type, String body) {
    JsonObject json() {
      try (JsonReader reader = Json.createReader(new StringReader(body))) {
        return reader.readObject();
      }
    }

    JsonArray list() {
      try (JsonReader reader = Json.createReader(new StringReader(body))) {
        return reader.readArray();
      }
    }
  }

  @BeforeEach
  void start() throws IOException {
    socket = folder.resolve("control");
    control =
        new PoolControl(
            new DirectoryStore(folder.resolve("pools")),
            spec -> new CounterBackend(1),
            NanoClock.system(),
            Thread::new,
            new EventStream(InstantSource.system()));
    server = serve(Set.of());
  }

  private ManagementServer serve(Set<String> users) throws IOException {
    return ManagementServer.start(socket, new Access(UnixSocketAccess.DEFAULT, users), control);
  }

  @AfterEach
  void stop() {
    server.close();
    control.close();
  }

  private Reply call(String method, String path, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    return raw(
        method
            + " "
            + path
            + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: "
            + bytes.length
            + "\r\n\r\n"
            + body);
  }

  private Reply raw(String request) throws IOException {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      offer(channel, request);
      String all = rest(channel);
      String[] parts = all.split("\r\n\r\n", 2);
      String type = "";
      for (String line : parts[0].split("\r\n", -1)) {
        if (line.startsWith("Content-Type: ")) {
          type = line.substring("Content-Type: ".length());
        }
      }
      return new Reply(Integer.parseInt(parts[0].split(" ", 3)[1]), type, parts[1]);
    }
  }

  private static String pool(String rest) {
    return POOL.replace("%s", rest);
  }

  @Test
  @DisplayName("should take a pool through its life")
  void life() throws IOException {
    assertEquals("[]", call("GET", "/v1/pools", "").list().toString());
    Reply defined = call("POST", "/v1/pools", pool(""));
    assertEquals(200, defined.status());
    assertEquals("inactive", defined.json().getString("state"));
    assertEquals(204, call("POST", "/v1/pools/a%20pool/start", "").status());
    assertEquals(204, call("PUT", "/v1/pools/a%20pool/autostart?enabled=true", "").status());
    JsonObject info = call("GET", "/v1/pools/0b1c5ed2-0b4f-4f0a-8a5e-7c1f3f7b9a02", "").json();
    assertEquals("active", info.getString("state"));
    assertTrue(info.getBoolean("autostart"));
    assertEquals(2, info.getJsonObject("report").getJsonArray("classes").size());
    JsonObject source =
        info.getJsonObject("report").getJsonArray("sources").getValuesAs(JsonObject.class).get(0);
    assertEquals("untried", source.getString("state"));
    assertFalse(source.getBoolean("serving"));
    assertEquals(0, source.getInt("failures"));
    assertFalse(source.containsKey("retryNanos"));
    assertEquals(1, call("GET", "/v1/pools?filter=active", "").list().size());
    assertEquals(0, call("GET", "/v1/pools?filter=inactive", "").list().size());
    Reply metrics = call("GET", "/metrics", "");
    assertTrue(
        metrics
            .body()
            .contains("virtentropy_class_granted_bytes_total{pool=\"a pool\",class=\"free\"} 0\n"),
        metrics.body());
    assertTrue(
        metrics.body().contains("\nvirtentropy_source_untried{pool=\"a pool\",number=\"1\","),
        metrics.body());
    assertEquals(409, call("DELETE", "/v1/pools/a%20pool", "").status());
    assertEquals(204, call("POST", "/v1/pools/a%20pool/stop?graceful=true", "").status());
    assertEquals(204, call("DELETE", "/v1/pools/a%20pool", "").status());
    assertEquals(404, call("GET", "/v1/pools/a%20pool", "").status());
  }

  @Test
  @DisplayName("should give back the definition, and the one of the next start")
  void xml() throws IOException {
    call("POST", "/v1/pools", pool(""));
    call("POST", "/v1/pools/a%20pool/start", "");
    call("POST", "/v1/pools", pool("<title>new</title>"));
    assertFalse(call("GET", "/v1/pools/a%20pool/xml", "").body().contains("<title>"));
    Reply next = call("GET", "/v1/pools/a%20pool/xml?inactive=true", "");
    assertEquals("application/xml", next.type());
    assertTrue(next.body().contains("<title>new</title>"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "POST|/v1/pools|<entropypool>|400|INVALID_XML",
        "POST|/v1/pools|<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>|400|INVALID_XML",
        "POST|/v1/pools||400|INVALID_XML",
        "GET|/v1/pools?filter=green||400|INVALID_ARGUMENT",
        "PUT|/v1/pools||405|METHOD",
        "POST|/v1/pools/none/start||404|NOT_FOUND",
        "GET|/v1/pools/none/xml||404|NOT_FOUND",
        "GET|/v1/pools/none/color||404|NO_SUCH_PATH",
        "GET|/v1/pools/a/b/c||404|NO_SUCH_PATH",
        "GET|/v2||404|NO_SUCH_PATH",
        "DELETE|/v1/events||405|METHOD",
        "DELETE|/metrics||405|METHOD",
      })
  @DisplayName("should refuse in one sentence what can't be done")
  void refuses(String method, String path, String body, int status, String error)
      throws IOException {
    Reply reply = call(method, path, body == null ? "" : body);
    assertEquals(status, reply.status(), reply.body());
    assertEquals(error, reply.json().getString("error"));
    assertFalse(reply.json().getString("message").isEmpty());
    assertFalse(reply.body().contains("Exception"), reply.body());
  }

  @ParameterizedTest
  @CsvSource({
    "/v1/pools/../../etc/passwd",
    "/v1/pools/%2e%2e/start",
    "/v1/pools/a%2fb",
    "//v1/pools",
    "/v1/pools/a;b=c/../x"
  })
  @DisplayName("should not be led astray by a path")
  void refusesPaths(String path) throws IOException {
    Reply reply = call("GET", path, "");
    assertTrue(reply.status() == 400 || reply.status() == 404, () -> reply.toString());
    assertFalse(reply.body().contains("Exception"), reply.body());
  }

  @Test
  @DisplayName("should refuse what is too long, and what is no HTTP")
  void refusesMalformed() throws IOException {
    Reply tooLong =
        raw(
            "POST /v1/pools HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: "
                + (ManagementServer.MAX_BODY_BYTES + 1)
                + "\r\n\r\n");
    assertEquals(413, tooLong.status(), tooLong.body());
    assertEquals(
        431,
        raw("GET /" + " HTTP/1.1\r\nHost: localhost\r\nX: " + "x".repeat(10_000) + "\r\n\r\n")
            .status());
    assertEquals(400, raw("nonsense\r\n\r\n").status());
  }

  @Test
  @DisplayName("should say in JSON that a body is too long, however it comes, and go on")
  void refusesLongBodies() throws IOException {
    StringBuilder chunks = new StringBuilder();
    int chunk = 1 << 20;
    for (int i = 0; i < 5; i++) {
      chunks.append("100000\r\n").append("x".repeat(chunk)).append("\r\n");
    }
    try (SocketChannel channel = open()) {
      write(channel, head("POST /v1/pools", "Transfer-Encoding: chunked"));
      offer(channel, chunks + "0\r\n\r\n");
      BufferedReader lines = lines(channel);
      assertEquals("HTTP/1.1 413", lines.readLine().substring(0, 12));
      String last = lines.lines().filter(line -> line.startsWith("{")).findFirst().orElseThrow();
      assertTrue(last.startsWith("{\"error\":\"HTTP_413\""), last);
    }
    assertEquals(200, call("GET", "/v1/pools", "").status());
  }

  @Test
  @DisplayName("should refuse a body that is not in UTF-8")
  void refusesEncoding() throws IOException {
    try (SocketChannel channel = open()) {
      write(channel, head("POST /v1/pools", "Connection: close\r\nContent-Length: 1"));
      channel.write(ByteBuffer.wrap(new byte[] {(byte) 0xff}));
      String all = lines(channel).lines().reduce("", String::concat);
      assertTrue(all.startsWith("HTTP/1.1 400"), all);
      assertTrue(
          all.endsWith("\"message\":\"the body is not in UTF-8, which is what is accepted\"}"),
          all);
    }
  }

  @Test
  @DisplayName("should end a connection whose request does not become whole in time")
  void endsSlowRequests() throws IOException {
    server.close();
    // Without the time-out for silence, which a request that drips in does not run into.
    server =
        ManagementServer.start(
            socket,
            new Access(UnixSocketAccess.DEFAULT, Set.of()),
            control,
            Optional.empty(),
            1,
            0);
    try (SocketChannel silent = open();
        SocketChannel inHead = open();
        SocketChannel inBody = open();
        SocketChannel afterOne = open()) {
      offer(inHead, "GET /v1/pools HTTP/1.1\r\nHost: local");
      offer(inBody, head("POST /v1/pools", "Content-Length: 1000") + "<entropypool>");
      offer(afterOne, head("GET /v1/pools", "X: y"));
      assertEquals("", rest(silent));
      assertEquals("", rest(inHead));
      assertFalse(rest(inBody).contains(" 200 "));
      rest(afterOne); // ends too, whether it was answered in time or not
    }
  }

  /** Sends to a server that may have had enough, which its answer tells, or its silence. */
  private static void offer(SocketChannel channel, String text) {
    try {
      write(channel, text);
    } catch (IOException e) {
      assertTrue(channel.isOpen(), e::toString);
    }
  }

  /**
   * All that still comes until the server ends the connection, which is a reset where it has left
   * something unread.
   */
  private static String rest(SocketChannel channel) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    ByteBuffer in = ByteBuffer.allocate(8192);
    try {
      while (channel.read(in.clear()) >= 0) {
        all.write(in.array(), 0, in.position());
      }
    } catch (IOException e) {
      assertTrue(channel.isOpen(), e::toString);
    }
    return all.toString(StandardCharsets.UTF_8);
  }

  @Test
  @DisplayName("should serve others while many requests drip in, up to so many of a user")
  void limitsConnections() throws IOException {
    server.close();
    // Nothing ends by itself here.
    server =
        ManagementServer.start(
            socket,
            new Access(UnixSocketAccess.DEFAULT, Set.of()),
            control,
            Optional.empty(),
            3600,
            0);
    List<SocketChannel> slow = new ArrayList<>();
    try {
      for (int i = 0; i < Callers.MAX_CONNECTIONS_OF_USER; i++) {
        SocketChannel channel = open();
        slow.add(channel);
        write(channel, head("GET /v1/pools", "X: y"));
        assertEquals("HTTP/1.1 200 OK", lines(channel).readLine());
        write(channel, head("POST /v1/pools", "Content-Length: 1000") + "<entropypool>");
      }
      try (SocketChannel tooMany = open()) {
        write(tooMany, head("GET /v1/pools", "X: y"));
        String refusal = rest(tooMany);
        assertTrue(refusal.startsWith("HTTP/1.1 503 "), refusal);
        assertTrue(refusal.contains("32 connections already"), refusal);
      }
      while (slow.size() <= Callers.MAX_CONNECTIONS_TOLD) {
        slow.add(open());
      }
      awaitAnEnd(slow);
    } finally {
      for (SocketChannel channel : slow) {
        channel.close();
      }
    }
    // The server learns of that one by one.
    String status = "";
    while (!status.equals("HTTP/1.1 200 OK")) {
      try (SocketChannel channel = open()) {
        write(channel, head("GET /v1/pools", "Connection: close"));
        status = String.valueOf(lines(channel).readLine());
      } catch (IOException e) {
        status = "";
      }
    }
  }

  /** Which connection was the one too many is up to the server's threads. */
  private static void awaitAnEnd(List<SocketChannel> channels) throws IOException {
    for (SocketChannel channel : channels) {
      channel.configureBlocking(false);
    }
    ByteBuffer in = ByteBuffer.allocate(8192);
    while (true) {
      for (SocketChannel channel : channels) {
        if (channel.read(in.clear()) < 0) {
          return;
        }
      }
    }
  }

  private SocketChannel open() throws IOException {
    return SocketChannel.open(UnixDomainSocketAddress.of(socket));
  }

  private static void write(SocketChannel channel, String text) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  private static String head(String call, String headers) {
    return call + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n\r\n";
  }

  private static BufferedReader lines(SocketChannel channel) {
    return new BufferedReader(
        new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.UTF_8));
  }

  @Test
  @DisplayName("should not take the place of a file that is no socket")
  void keepsFiles() throws IOException {
    Path file = Files.writeString(folder.resolve("precious"), "keep");
    IOException refusal =
        assertThrows(
            IOException.class,
            () ->
                ManagementServer.start(
                    file, new Access(UnixSocketAccess.DEFAULT, Set.of()), control));
    assertTrue(refusal.getMessage().endsWith("exists and is not a socket; it is left alone"));
    assertEquals("keep", Files.readString(file));
  }

  @Test
  @DisplayName("should stream events to whoever reads them")
  void streamsEvents() throws IOException {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      channel.write(
          ByteBuffer.wrap(
              "GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n"
                  .getBytes(StandardCharsets.UTF_8)));
      InputStream in = Channels.newInputStream(channel);
      BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
      String line = lines.readLine();
      assertEquals("HTTP/1.1 200 OK", line);
      // Up to the empty line that says that nothing is missed from now on.
      while (!line.equals("1")) {
        line = lines.readLine();
      }
      call("POST", "/v1/pools", pool(""));
      call("POST", "/v1/pools/a%20pool/start", "");
      call("POST", "/v1/pools/a%20pool/stop", "");
      List<String> kinds = new ArrayList<>();
      while (kinds.size() < 3) {
        line = lines.readLine();
        if (line.startsWith("{")) {
          try (JsonReader reader = Json.createReader(new StringReader(line))) {
            JsonObject event = reader.readObject();
            assertEquals("a pool", event.getString("pool"));
            assertEquals(kinds.size() + 1, event.getInt("sequence"));
            kinds.add(event.getString("event"));
          }
        }
      }
      assertEquals(List.of("defined", "started", "stopped"), kinds);
    }
  }

  @Test
  @DisplayName("should let nobody in but the users that are named")
  void users() throws IOException {
    server.close();
    server = serve(Set.of("somebody else"));
    Reply reply = call("GET", "/v1/pools", "");
    assertEquals(403, reply.status());
    server.close();
    server = serve(Set.of(System.getProperty("user.name")));
    assertEquals(200, call("GET", "/v1/pools", "").status());
  }

  @Test
  @DisplayName("should set the mode of its socket, and not take one that is in use")
  void sockets() throws IOException {
    assertEquals("rw-rw----", PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)));
    IOException refusal = assertThrows(IOException.class, () -> serve(Set.of()));
    assertTrue(refusal.getMessage().contains("another process listens at "));
    server.close();
    assertFalse(Files.exists(socket));
    try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      dead.bind(UnixDomainSocketAddress.of(socket));
    }
    server = serve(Set.of());
    assertEquals(200, call("GET", "/v1/pools", "").status());
  }

  @Test
  @DisplayName("should tell how things are with libvirt and its guests")
  void libvirt() throws IOException {
    assertEquals("unused", call("GET", "/v1/libvirt", "").json().getString("state"));
    assertFalse(call("GET", "/metrics", "").body().contains("libvirt"));
    server.close();
    PlacedDevice served =
        new PlacedDevice(
            "g", new UUID(1, 2), "rng0", Optional.of("/run/g"), "p", "c", State.SERVED, "");
    PlacedDevice refused =
        new PlacedDevice(
            "g", new UUID(1, 2), "rng1", Optional.empty(), "", "", State.REFUSED, "it's broken");
    LibvirtReport report =
        new LibvirtReport(
            "qemu:///system",
            "default",
            new ConnectionReport(false, "it is away", 2, 1, 30, 4, 1_500_000_000),
            List.of(served, refused));
    server =
        ManagementServer.start(
            socket,
            new Access(UnixSocketAccess.DEFAULT, Set.of()),
            control,
            Optional.of(() -> report));
    JsonObject json = call("GET", "/v1/libvirt", "").json();
    assertEquals("disconnected", json.getString("state"));
    assertEquals("it is away", json.getString("message"));
    assertEquals(4, json.getInt("domains"));
    assertEquals(1_500_000_000, json.getInt("waitingNanos"));
    assertEquals(
        "{\"domain\":\"g\",\"uuid\":\"00000000-0000-0001-0000-000000000002\",\"alias\":\"rng0\","
            + "\"pool\":\"p\",\"class\":\"c\",\"state\":\"served\",\"reason\":\"\","
            + "\"socket\":\"/run/g\"}",
        json.getJsonArray("devices").get(0).toString());
    String metrics = call("GET", "/metrics", "").body();
    assertTrue(metrics.contains("\nvirtentropy_libvirt_connected 0\n"), metrics);
    assertTrue(metrics.contains("\nvirtentropy_libvirt_losses_total 1\n"), metrics);
    assertTrue(metrics.contains("\nvirtentropy_libvirt_waiting_seconds 1.5\n"), metrics);
    assertTrue(metrics.contains("virtentropy_libvirt_devices{state=\"refused\"} 1\n"), metrics);
  }

  @Test
  @DisplayName("should describe every path that it answers, and no other")
  void describes() throws IOException {
    Reply document = call("GET", "/v1/openapi.json", "");
    JsonObject paths = document.json().getJsonObject("paths");
    Map<String, String> plain = Map.of("{pool}", "none");
    assertEquals(10, paths.size());
    for (String path : paths.keySet()) {
      if (path.equals("/v1/events")) {
        continue; // it would not end
      }
      for (String method : paths.getJsonObject(path).keySet()) {
        String called = path;
        for (Map.Entry<String, String> each : plain.entrySet()) {
          called = called.replace(each.getKey(), each.getValue());
        }
        Reply reply = call(method.toUpperCase(java.util.Locale.ROOT), called, "");
        assertTrue(
            paths
                .getJsonObject(path)
                .getJsonObject(method)
                .getJsonObject("responses")
                .containsKey(Integer.toString(reply.status())),
            method + " " + path + " gave " + reply);
      }
    }
  }
}
