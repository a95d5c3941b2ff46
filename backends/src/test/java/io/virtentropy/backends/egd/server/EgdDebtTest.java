package io.virtentropy.backends.egd.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.virtentropy.ratelimit.ManualClock;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The client is where QEMU would be: it listens, it is connected to, and it remembers. */
@DisplayName("A client that never asks twice")
final class EgdDebtTest {
  @TempDir Path folder;

  private final ManualClock clock = new ManualClock(0);
  private final MeteredSource source = new MeteredSource(MeteredSource.PLENTY);
  private Path path;
  private ServerSocketChannel qemu;
  private EgdServer server;

  @BeforeEach
  void listen() throws IOException {
    path = folder.resolve("rng.sock");
    qemu = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    qemu.bind(UnixDomainSocketAddress.of(path));
    qemu.configureBlocking(false);
    server = EgdServer.builder().clock(clock).drainNanos(0).build();
  }

  @AfterEach
  void close() throws IOException {
    server.close();
    qemu.close();
  }

  private EgdService service(int primer) {
    return EgdService.builder(source).rememberingClients(primer).build();
  }

  private SocketChannel accept() throws IOException {
    SocketChannel channel = qemu.accept();
    channel.configureBlocking(false);
    return channel;
  }

  private void work() {
    while (server.poll(0) > 0) {
      // until there is nothing more to do
    }
  }

  private static void ask(SocketChannel channel, int bytes) throws IOException {
    channel.write(ByteBuffer.wrap(new byte[] {2, (byte) bytes}));
  }

  private static byte[] received(SocketChannel channel) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(4096);
    channel.read(bytes);
    byte[] all = new byte[bytes.flip().remaining()];
    bytes.get(all);
    return all;
  }

  @Test
  @DisplayName("should be given a primer over its first connection")
  void primer() throws IOException {
    server.add(path, service(64));
    work();
    assertEquals(List.of(), server.endpoints(), "what it was built with, for whoever asks");
    SocketChannel connection = accept();
    assertArrayEquals(MeteredSource.stream(0, 64), received(connection));
    ask(connection, 16);
    work();
    assertArrayEquals(MeteredSource.stream(64, 16), received(connection));
  }

  @Test
  @DisplayName("should be given first what its last connection left owed")
  void debt() throws IOException {
    server.add(path, service(0));
    work();
    SocketChannel first = accept();
    source.supply(10 - MeteredSource.PLENTY);
    ask(first, 100);
    ask(first, 50);
    work();
    assertEquals(10, received(first).length);
    first.close();
    work();
    clock.advance(Retry.FIRST_NANOS);
    work();
    SocketChannel second = accept();
    ask(second, 5);
    work();
    source.supply(1000);
    work();
    assertArrayEquals(MeteredSource.stream(10, 145), received(second));
  }

  @Test
  @DisplayName("should be forgotten when its endpoint is removed")
  void removed() throws IOException {
    EgdEndpoint endpoint = server.add(path, service(64));
    work();
    SocketChannel connection = accept();
    received(connection);
    server.remove(endpoint);
    server.remove(endpoint);
    assertEquals(-1, connection.read(ByteBuffer.allocate(1)));
    assertEquals(0, server.peers().size());
    clock.advance(Retry.LAST_NANOS);
    work();
    assertNull(qemu.accept());
  }

  @Test
  @DisplayName("should not be told from others unless that was chosen")
  void othersAskAgain() throws IOException {
    server.add(path, EgdService.builder(source).build());
    work();
    SocketChannel first = accept();
    source.supply(10 - MeteredSource.PLENTY);
    ask(first, 100);
    work();
    first.close();
    work();
    source.supply(1000);
    clock.advance(Retry.FIRST_NANOS);
    work();
    assertEquals(0, received(accept()).length);
  }

  @Test
  @DisplayName("should not be promised more than a connection may be owed")
  void refusesPrimer() {
    EgdService.Builder builder = EgdService.builder(source);
    assertThrows(IllegalArgumentException.class, () -> builder.rememberingClients(-1));
    assertThrows(IllegalArgumentException.class, () -> builder.rememberingClients(65_537));
  }
}
