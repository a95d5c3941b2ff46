package io.virtentropy.distribution.management;

import static io.virtentropy.distribution.management.ManagementBench.head;
import static io.virtentropy.distribution.management.ManagementBench.lines;
import static io.virtentropy.distribution.management.ManagementBench.offer;
import static io.virtentropy.distribution.management.ManagementBench.rest;
import static io.virtentropy.distribution.management.ManagementBench.write;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.egd.server.UnixSocketAccess;
import io.virtentropy.distribution.management.ManagementBench.Reply;
import io.virtentropy.distribution.management.ManagementServer.Access;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who is let in, and what is not waited for. */
@DisplayName("The management server, of those who connect")
@Timeout(value = 10, unit = TimeUnit.MINUTES)
final class ManagementConnectionsTest {
  @TempDir Path folder;

  private ManagementBench bench;

  @BeforeEach
  void start() throws IOException {
    bench = new ManagementBench(folder);
  }

  @AfterEach
  void stop() {
    bench.close();
  }

  @Test
  @DisplayName("should refuse what is too long, and what is no HTTP")
  void refusesMalformed() throws IOException {
    Reply tooLong =
        bench.raw(
            "POST /v1/pools HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: "
                + (ManagementServer.MAX_BODY_BYTES + 1)
                + "\r\n\r\n");
    assertEquals(413, tooLong.status(), tooLong.body());
    assertEquals(
        431,
        bench
            .raw("GET /" + " HTTP/1.1\r\nHost: localhost\r\nX: " + "x".repeat(10_000) + "\r\n\r\n")
            .status());
    assertEquals(400, bench.raw("nonsense\r\n\r\n").status());
  }

  @Test
  @DisplayName("should say in JSON that a body is too long, however it comes, and go on")
  void refusesLongBodies() throws IOException {
    StringBuilder chunks = new StringBuilder();
    int chunk = 1 << 20;
    for (int i = 0; i < 5; i++) {
      chunks.append("100000\r\n").append("x".repeat(chunk)).append("\r\n");
    }
    try (SocketChannel channel = bench.open()) {
      write(channel, head("POST /v1/pools", "Transfer-Encoding: chunked"));
      offer(channel, chunks + "0\r\n\r\n");
      BufferedReader lines = lines(channel);
      assertEquals("HTTP/1.1 413", lines.readLine().substring(0, 12));
      String last = lines.lines().filter(line -> line.startsWith("{")).findFirst().orElseThrow();
      assertTrue(last.startsWith("{\"error\":\"HTTP_413\""), last);
    }
    assertEquals(200, bench.call("GET", "/v1/pools", "").status());
  }

  @Test
  @DisplayName("should refuse a body that is not in UTF-8")
  void refusesEncoding() throws IOException {
    try (SocketChannel channel = bench.open()) {
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
    bench.stop();
    // Without the time-out for silence, which a request that drips in does not run into.
    bench.startWithin(1);
    try (SocketChannel silent = bench.open();
        SocketChannel inHead = bench.open();
        SocketChannel inBody = bench.open();
        SocketChannel afterOne = bench.open()) {
      offer(inHead, "GET /v1/pools HTTP/1.1\r\nHost: local");
      offer(inBody, head("POST /v1/pools", "Content-Length: 1000") + "<entropypool>");
      offer(afterOne, head("GET /v1/pools", "X: y"));
      assertEquals("", rest(silent));
      assertEquals("", rest(inHead));
      assertFalse(rest(inBody).contains(" 200 "));
      rest(afterOne); // ends too, whether it was answered in time or not
    }
  }

  @Test
  @DisplayName("should serve others while many requests drip in, up to so many of a user")
  void limitsConnections() throws IOException {
    bench.stop();
    // Nothing ends by itself here.
    bench.startWithin(3600);
    List<SocketChannel> slow = new ArrayList<>();
    try {
      for (int i = 0; i < Callers.MAX_CONNECTIONS_OF_USER; i++) {
        SocketChannel channel = bench.open();
        slow.add(channel);
        write(channel, head("GET /v1/pools", "X: y"));
        assertEquals("HTTP/1.1 200 OK", lines(channel).readLine());
        write(channel, head("POST /v1/pools", "Content-Length: 1000") + "<entropypool>");
      }
      try (SocketChannel tooMany = bench.open()) {
        write(tooMany, head("GET /v1/pools", "X: y"));
        String refusal = rest(tooMany);
        assertTrue(refusal.startsWith("HTTP/1.1 503 "), refusal);
        assertTrue(refusal.contains("32 connections already"), refusal);
      }
      while (slow.size() <= Callers.MAX_CONNECTIONS_TOLD) {
        slow.add(bench.open());
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
      try (SocketChannel channel = bench.open()) {
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

  @Test
  @DisplayName("should not take the place of a file that is no socket")
  void keepsFiles() throws IOException {
    Path file = Files.writeString(folder.resolve("precious"), "keep");
    IOException refusal =
        assertThrows(
            IOException.class,
            () ->
                ManagementServer.start(
                    file, new Access(UnixSocketAccess.DEFAULT, Set.of()), bench.control));
    assertTrue(refusal.getMessage().endsWith("exists and is not a socket; it is left alone"));
    assertEquals("keep", Files.readString(file));
  }

  @Test
  @DisplayName("should let nobody in but the users that are named")
  void users() throws IOException {
    bench.stop();
    bench.start(Set.of("somebody else"));
    Reply reply = bench.call("GET", "/v1/pools", "");
    assertEquals(403, reply.status());
    bench.stop();
    bench.start(Set.of(System.getProperty("user.name")));
    assertEquals(200, bench.call("GET", "/v1/pools", "").status());
  }

  @Test
  @DisplayName("should set the mode of its socket, and not take one that is in use")
  void sockets() throws IOException {
    assertEquals(
        "rw-rw----", PosixFilePermissions.toString(Files.getPosixFilePermissions(bench.socket)));
    IOException refusal = assertThrows(IOException.class, () -> bench.start(Set.of()));
    assertTrue(refusal.getMessage().contains("another process listens at "));
    bench.stop();
    assertFalse(Files.exists(bench.socket));
    try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      dead.bind(UnixDomainSocketAddress.of(bench.socket));
    }
    bench.start(Set.of());
    assertEquals(200, bench.call("GET", "/v1/pools", "").status());
  }
}
