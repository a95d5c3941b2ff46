package io.virtentropy.conformance.backends;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A pool's process, whose memory is searched for the bytes of its source. The process has so much
 * memory that it collects no garbage, whose copies nobody can wipe.
 */
@DisplayName("The memory of a pool")
@Timeout(value = 15, unit = TimeUnit.MINUTES)
final class PoolWipesTest {
  private static final int STARTUP = 1024;
  private static final int WINDOW = 512;

  @TempDir Path folder;

  private Process process;
  private BufferedReader said;
  private FileChannel source;
  private final byte[] stream = new byte[STARTUP + 4 * WINDOW];

  @BeforeEach
  void start() throws IOException, InterruptedException {
    new Random(11).nextBytes(stream);
    Path fifo = folder.resolve("fifo");
    assertEquals(0, new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor());
    source = FileChannel.open(fifo, StandardOpenOption.READ, StandardOpenOption.WRITE);
    process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-Xmn64m",
                "-Xmx96m",
                "-cp",
                System.getProperty("java.class.path"),
                WipingPool.class.getName(),
                "health(random:" + fifo + ")",
                folder.resolve("egd").toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    said = process.inputReader();
    assertEquals("started", said.readLine());
  }

  @AfterEach
  void end() throws IOException {
    source.close();
    process.destroyForcibly().onExit().join();
  }

  private SocketChannel guest() throws IOException {
    return SocketChannel.open(UnixDomainSocketAddress.of(folder.resolve("egd")));
  }

  private void supply(byte[] bytes, int from, int to) throws IOException {
    ByteBuffer left = ByteBuffer.wrap(bytes, from, to - from);
    while (left.hasRemaining()) {
      int unused = source.write(left);
    }
  }

  private static void ask(SocketChannel guest, int commands) throws IOException {
    byte[] bytes = new byte[2 * commands];
    for (int i = 0; i < bytes.length; i += 2) {
      bytes[i] = 2;
      bytes[i + 1] = (byte) 250;
    }
    assertEquals(bytes.length, guest.write(ByteBuffer.wrap(bytes)));
  }

  private int found(int length) throws IOException {
    return new MemorySearch(Arrays.copyOf(stream, length)).count(process.pid());
  }

  /** A buffer would be hundreds of places; some bytes may be in a register that was saved. */
  private void assertWiped(int length) throws IOException {
    int found = found(length);
    assertTrue(found <= 64, found + " places with bytes of the source");
  }

  private void stop() throws IOException {
    process.getOutputStream().write('\n');
    process.getOutputStream().flush();
    assertEquals("stopped", said.readLine());
  }

  @Test
  @DisplayName(
      "should hold nothing of what was asked for, delivered, left over or begun, at its end")
  void stops() throws IOException {
    SocketChannel guest = guest();
    ask(guest, 2);
    supply(stream, 0, STARTUP + WINDOW);
    ByteBuffer got = ByteBuffer.allocate(500);
    while (got.hasRemaining()) {
      assertTrue(guest.read(got) > 0);
    }
    assertTrue(
        Arrays.equals(got.array(), Arrays.copyOfRange(stream, STARTUP, STARTUP + 500)),
        "the guest was given the first window");
    // A window that is begun, and requests that wait for it; one of a guest that leaves.
    ask(guest, 8);
    try (SocketChannel leaving = guest()) {
      ask(leaving, 4);
      supply(stream, STARTUP + WINDOW, STARTUP + WINDOW + 300);
      while (found(stream.length) < 200) {
        assertTrue(process.isAlive());
      }
    }
    stop();
    assertWiped(stream.length);
  }

  @Test
  @DisplayName("should hold nothing of a window that failed its test, nor of those before it")
  void fails() throws IOException {
    try (SocketChannel guest = guest()) {
      ask(guest, 8);
      Arrays.fill(stream, stream.length - 100, stream.length, (byte) 0);
      supply(stream, 0, stream.length - 1);
      int told = stream.length - 100; // zeros are everywhere
      while (found(told) < 200) {
        assertTrue(process.isAlive());
      }
      supply(stream, stream.length - 1, stream.length);
      assertEquals("failed", said.readLine());
      assertWiped(told);
    }
  }
}
