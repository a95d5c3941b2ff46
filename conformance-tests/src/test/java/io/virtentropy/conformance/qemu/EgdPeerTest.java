package io.virtentropy.conformance.qemu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("The EGD peer")
final class EgdPeerTest {
  @TempDir private Path folder;
  private EgdPeer peer;
  private SocketChannel client;

  @BeforeEach
  void connect() throws IOException {
    peer = EgdPeer.listen(folder.resolve("egd"));
    assertFalse(peer.isConnected());
    client = SocketChannel.open(UnixDomainSocketAddress.of(peer.path()));
  }

  @AfterEach
  void close() throws IOException {
    client.close();
    peer.close();
    assertFalse(Files.exists(folder.resolve("egd")));
  }

  @Test
  @DisplayName("should read counts that arrive in halves")
  void halves() throws IOException {
    assertEquals(List.of(), peer.takeRequests());
    say(2, 255, 2);
    assertEquals(List.of(255), peer.takeRequests());
    assertEquals(List.of(), peer.takeRequests());
    say(1, 2, 2);
    assertEquals(List.of(1, 2), peer.takeRequests());
  }

  @Test
  @DisplayName("should not take another command for a request")
  void otherCommand() throws IOException {
    say(1, 64);
    assertThrows(IllegalStateException.class, peer::takeRequests);
  }

  @Test
  @DisplayName("should send more than a socket holds without waiting, in order")
  void large() throws IOException {
    byte[] bytes = new byte[4_000_000];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (i / 1000);
    }
    peer.send(bytes);
    assertFalse(peer.flush());
    peer.send(new byte[] {42});
    ByteBuffer got = ByteBuffer.allocate(bytes.length + 1);
    while (got.hasRemaining()) {
      client.read(got);
      boolean unused = peer.flush();
    }
    assertTrue(peer.flush());
    byte[] expected = Arrays.copyOf(bytes, bytes.length + 1);
    expected[bytes.length] = 42;
    assertArrayEquals(expected, got.array());
  }

  @Test
  @DisplayName("should take a new connection after it ended one")
  void reconnect() throws IOException {
    say(2);
    assertEquals(List.of(), peer.takeRequests());
    peer.disconnect();
    assertFalse(peer.isConnected());
    assertThrows(IllegalStateException.class, () -> peer.send(new byte[1]));
    client.close();
    client = SocketChannel.open(UnixDomainSocketAddress.of(peer.path()));
    say(2, 7);
    assertEquals(List.of(7), peer.takeRequests());
  }

  private void say(int... bytes) throws IOException {
    ByteBuffer out = ByteBuffer.allocate(bytes.length);
    for (int next : bytes) {
      out.put((byte) next);
    }
    client.write(out.flip());
  }
}
