package io.virtentropy.backends.egd.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
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
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("An EGD server's endpoint")
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class EgdEndpointsTest {
  private static final long WHILE = 1_000_000_000L;

  @TempDir Path folder;

  private final MeteredSource source = new MeteredSource(MeteredSource.PLENTY);
  private final EgdService service = EgdService.builder(source).build();
  private final List<String> events = new ArrayList<>();

  private EgdServerBuilder builder() {
    return EgdServer.builder()
        .drainNanos(0)
        .listener(
            new EgdServerListener() {
              @Override
              public void unreachable(String endpoint, String why) {
                events.add("unreachable " + endpoint);
              }

              @Override
              public void connected(EgdPeer peer) {
                events.add("connected " + peer.endpoint());
              }
            });
  }

  /** Asks for bytes and lets the server work until they are all there. */
  private static byte[] ask(EgdServer server, SocketChannel client, int count) throws IOException {
    client.write(ByteBuffer.wrap(new byte[] {2, (byte) count}));
    client.configureBlocking(false);
    ByteBuffer in = ByteBuffer.allocate(count);
    while (in.hasRemaining()) {
      server.poll(WHILE);
      if (client.read(in) < 0) {
        throw new IOException("closed after " + in.position() + " bytes");
      }
    }
    return in.array();
  }

  @Test
  @DisplayName("should have its mode before anybody can see it, and be gone afterwards")
  void mode() throws IOException {
    Path path = folder.resolve("pool");
    UnixSocketAccess access =
        new UnixSocketAccess(
            PosixFilePermissions.fromString("rw-------"), Optional.empty(), Optional.empty());
    try (EgdServer server = builder().listen(path, access, service).build()) {
      assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
      assertEquals(List.of("unix:" + path), server.endpoints());
      try (var beside = Files.list(folder)) {
        assertEquals(List.of(path), beside.toList());
      }
    }
    assertFalse(Files.exists(path));
  }

  @Test
  @DisplayName("should take the group and owner it is told")
  void ownership() throws IOException {
    Path path = folder.resolve("pool");
    var lookup = folder.getFileSystem().getUserPrincipalLookupService();
    var owner = Files.getOwner(folder);
    var group =
        lookup.lookupPrincipalByGroupName(
            Files.getAttribute(folder, "unix:gid").toString()); // ours, by its number
    UnixSocketAccess access =
        new UnixSocketAccess(
            UnixSocketAccess.DEFAULT.mode(), Optional.of(owner), Optional.of(group));
    try (EgdServer server = builder().listen(path, access, service).build()) {
      assertEquals(1, server.endpoints().size());
      assertEquals("rw-rw----", PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
      assertEquals(owner, Files.getOwner(path));
    }
  }

  @Test
  @DisplayName("should replace a dead socket, and leave a living one and a file alone")
  void occupied() throws IOException {
    Path path = folder.resolve("pool");
    try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      dead.bind(UnixDomainSocketAddress.of(path));
    }
    assertTrue(Files.exists(path));
    EgdServerBuilder again = builder().listen(path, UnixSocketAccess.DEFAULT, service);
    try (EgdServer server = again.build();
        SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      IOException refused = assertThrows(IOException.class, again::build);
      assertEquals("another process listens at " + path, refused.getMessage());
      assertArrayEquals(MeteredSource.stream(0, 9), ask(server, client, 9));
    }
    Path file = Files.writeString(folder.resolve("precious"), "keep");
    IOException refused =
        assertThrows(
            IOException.class,
            () -> builder().listen(file, UnixSocketAccess.DEFAULT, service).build());
    assertEquals(file + " exists and is not a socket; it is left alone", refused.getMessage());
    assertEquals("keep", Files.readString(file));
  }

  @Test
  @DisplayName("should not remove a socket that somebody else has put in its place")
  void replaced() throws IOException {
    Path path = folder.resolve("pool");
    EgdServer server = builder().listen(path, UnixSocketAccess.DEFAULT, service).build();
    Files.delete(path);
    try (ServerSocketChannel other = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      other.bind(UnixDomainSocketAddress.of(path));
      server.close();
      assertTrue(Files.exists(path));
    }
  }

  @Test
  @DisplayName("should refuse a path that is too long for a socket in one sentence")
  void longPath() {
    Path path = folder.resolve("p".repeat(120));
    IOException refused =
        assertThrows(
            IOException.class,
            () -> builder().listen(path, UnixSocketAccess.DEFAULT, service).build());
    assertTrue(refused.getMessage().endsWith("1 to 107 are accepted"), refused.getMessage());
  }

  @Test
  @DisplayName("should serve a port of the loopback interface")
  void port() throws IOException {
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    try (EgdServer server = builder().listen(any, service).build()) {
      String name = server.endpoints().get(0);
      assertTrue(name.matches("tcp:127\\.0\\.0\\.1:[1-9]\\d*"), name);
      int port = Integer.parseInt(name.substring(name.lastIndexOf(':') + 1));
      try (SocketChannel client =
          SocketChannel.open(new InetSocketAddress(any.getAddress(), port))) {
        assertArrayEquals(MeteredSource.stream(0, 200), ask(server, client, 200));
        assertTrue(server.peers().get(0).user().isEmpty());
      }
    }
  }

  @Test
  @DisplayName("should not let entropy leave the machine in clear")
  void notLoopback() {
    InetSocketAddress all = new InetSocketAddress("0.0.0.0", 8888);
    String expected =
        "tcp:0.0.0.0:8888 is no loopback address, and without TLS entropy does not leave this"
            + " machine; a loopback address, or TLS, is accepted";
    assertEquals(
        expected,
        assertThrows(IllegalArgumentException.class, () -> builder().listen(all, service))
            .getMessage());
    assertEquals(
        expected,
        assertThrows(IllegalArgumentException.class, () -> builder().connect(all, service))
            .getMessage());
  }

  @Test
  @DisplayName("should connect to a client that listens, and again when it has come back")
  void connects() throws IOException {
    Path path = folder.resolve("client");
    try (EgdServer server = builder().connect(path, service).build()) {
      assertEquals(List.of("unreachable unix:" + path), events);
      for (int i = 0; i < 2; i++) {
        try (ServerSocketChannel listening =
            ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
          listening.bind(UnixDomainSocketAddress.of(path));
          listening.configureBlocking(false);
          SocketChannel client;
          while ((client = listening.accept()) == null) {
            server.poll(WHILE);
          }
          assertArrayEquals(MeteredSource.stream(16L * i, 16), ask(server, client, 16));
          client.close();
        }
        Files.delete(path);
        while (!server.peers().isEmpty()) {
          server.poll(WHILE);
        }
      }
      assertEquals(2, server.counters().get(EgdServerCounter.CONNECTIONS));
    }
  }

  @Test
  @DisplayName("should connect to a port where a client listens")
  void connectsToPort() throws IOException {
    try (ServerSocketChannel listening = ServerSocketChannel.open()) {
      listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      InetSocketAddress there = (InetSocketAddress) listening.getLocalAddress();
      try (EgdServer server = builder().connect(there, service).build();
          SocketChannel client = listening.accept()) {
        assertArrayEquals(MeteredSource.stream(0, 16), ask(server, client, 16));
      }
    }
  }
}
