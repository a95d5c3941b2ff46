package io.virtentropy.conformance.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("A line socket")
final class LineSocketTest {
  private static final Duration DEADLINE = Duration.ofMillis(200);

  @TempDir private Path folder;
  private SocketChannel other;
  private LineSocket socket;

  @BeforeEach
  void connect() throws IOException {
    UnixDomainSocketAddress address = UnixDomainSocketAddress.of(folder.resolve("socket"));
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(address);
      other = SocketChannel.open(address);
      socket = new LineSocket(server.accept(), DEADLINE, () -> " (last words)");
    }
  }

  @AfterEach
  void close() throws IOException {
    socket.close();
    other.close();
  }

  @Test
  @DisplayName("should cut what arrives at its line feeds, wherever it was cut before")
  void lines() throws IOException {
    say("one\ntw");
    assertEquals("one", socket.readLine());
    say("o\r\n\nfour\n");
    assertEquals("two", socket.readLine());
    assertEquals("", socket.readLine());
    assertEquals("four", socket.readLine());
  }

  @Test
  @DisplayName("should read lines longer than any buffer before them, behind short ones")
  void longLines() throws IOException {
    for (int length : new int[] {8190, 8191, 8192, 20_000, 100_000}) {
      String line = "x".repeat(length);
      say("short\n" + line + "\nend\n");
      assertEquals("short", socket.readLine());
      assertEquals(line, socket.readLine());
      assertEquals("end", socket.readLine());
    }
  }

  @Test
  @DisplayName("should not wait longer than its deadline, and be of no use after")
  void deadline() throws IOException {
    QemuSilentException silent = assertThrows(QemuSilentException.class, socket::readLine);
    assertEquals("QEMU did not answer within 200 ms (last words)", silent.getMessage());
    say("late\n");
    assertThrows(QemuGoneException.class, socket::readLine);
  }

  @Test
  @DisplayName("should take what has come, though this side was too slow to look in time")
  void late() {
    socket.whileWaiting(this::sayTooLate);
    assertEquals("late", socket.readLine());
  }

  private void sayTooLate() {
    long end = System.nanoTime() + 2 * DEADLINE.toNanos();
    while (System.nanoTime() - end < 0) {
      LockSupport.parkNanos(end - System.nanoTime());
    }
    try {
      say("late\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  @DisplayName("should not wait longer than its deadline for a peer that doesn't read")
  void writeDeadline() {
    assertThrows(QemuSilentException.class, () -> socket.writeLine("x".repeat(10_000_000)));
  }

  @Test
  @DisplayName("should say that the other end is gone")
  void gone() throws IOException {
    say("half a line");
    other.close();
    QemuGoneException gone = assertThrows(QemuGoneException.class, socket::readLine);
    assertEquals("QEMU is gone: it closed the socket (last words)", gone.getMessage());
  }

  private void say(String text) throws IOException {
    ByteBuffer out = ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    while (out.hasRemaining()) {
      other.write(out);
    }
  }
}
