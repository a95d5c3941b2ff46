package io.virtentropy.backends;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.virtentropy.backends.EntropySourceException.Reason;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 600, threadMode = ThreadMode.SEPARATE_THREAD)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class RandomBackendTest {
  @TempDir Path dir;

  private static void assertRefused(Reason reason, String sentence, Path path) {
    EntropySourceException refused =
        assertThrows(EntropySourceException.class, () -> RandomBackend.open(path).close());
    assertEquals(sentence, refused.getMessage());
    assertEquals(reason, refused.reason());
  }

  @Test
  void should_say_that_a_file_is_missing() {
    Path path = dir.resolve("none");
    assertRefused(
        Reason.NOT_FOUND,
        "the source " + path + " does not exist; an existing file is accepted",
        path);
  }

  @Test
  void should_say_that_a_link_leads_nowhere() throws IOException {
    Path path = Files.createSymbolicLink(dir.resolve("link"), dir.resolve("none"));
    assertRefused(
        Reason.NOT_FOUND,
        "the source " + path + " does not exist; an existing file is accepted",
        path);
  }

  @Test
  void should_refuse_a_directory() {
    assertRefused(
        Reason.UNSUITABLE,
        "the source " + dir + " is a directory; a file, a character device or a pipe is accepted",
        dir);
  }

  @Test
  void should_refuse_a_socket() throws IOException {
    Path path = dir.resolve("socket");
    try (ServerSocketChannel socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      socket.bind(UnixDomainSocketAddress.of(path));
      assertRefused(
          Reason.UNSUITABLE,
          "the source " + path + " is a socket; a file, a character device or a pipe is accepted",
          path);
    }
  }

  @Test
  void should_refuse_a_block_device() throws Exception {
    Path path = blockDevice();
    assertRefused(
        Reason.UNSUITABLE,
        "the source "
            + path
            + " is a block device; a file, a character device or a pipe is accepted",
        path);
  }

  private Path blockDevice() throws Exception {
    Optional<Path> present;
    try (Stream<Path> devices = Files.list(Path.of("/dev"))) {
      present = devices.filter(RandomBackendTest::isBlockDevice).findFirst();
    }
    if (present.isPresent()) {
      return present.get();
    }
    // A container without one, where we may be able to make one; it need not lead anywhere.
    Path made = dir.resolve("block");
    Process mknod = new ProcessBuilder("mknod", made.toString(), "b", "7", "0").start();
    assertEquals(0, mknod.waitFor(), "no block device in /dev, and mknod is not allowed");
    return made;
  }

  private static boolean isBlockDevice(Path path) {
    try {
      return ((int) Files.getAttribute(path, "unix:mode") & 0170000) == 0060000;
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void should_refuse_a_file_in_an_archive() throws IOException {
    try (FileSystem archive =
        FileSystems.newFileSystem(dir.resolve("a.zip"), Map.of("create", "true"))) {
      Path path = Files.write(archive.getPath("/entropy"), new byte[8]);
      assertRefused(
          Reason.UNSUITABLE,
          "the source /entropy is inside an archive; a file, a character device or a pipe is"
              + " accepted",
          path);
    }
  }

  @Test
  void should_say_what_the_platform_says_about_other_troubles() throws IOException {
    Path path = dir.resolve("loop");
    Files.createSymbolicLink(path, path);
    EntropySourceException refused =
        assertThrows(EntropySourceException.class, () -> RandomBackend.open(path).close());
    assertEquals(Reason.IO_ERROR, refused.reason());
    assertOnePath("the source " + path + " can't be opened: ", path, refused);
  }

  /** Root passes the check of the rights, and is refused by the file system when it opens. */
  @Test
  void should_say_that_a_file_may_not_be_read_when_only_opening_tells() {
    Path path = Path.of("/sys/bus/platform/drivers_probe");
    assumeTrue(Files.exists(path), "this kernel has no platform bus");
    assertRefused(
        Reason.ACCESS_DENIED, "the source " + path + " may not be read by this user", path);
  }

  @Test
  void should_refuse_a_name_that_is_none() {
    EntropySourceException refused =
        assertThrows(EntropySourceException.class, () -> EntropyBackends.open("random:a\0b"));
    assertEquals(Reason.UNSUITABLE, refused.reason());
    assertEquals("'a\0b' is not a file name: Nul character not allowed", refused.getMessage());
  }

  @Test
  void should_wait_at_the_end_of_a_file_and_go_on_when_it_has_grown() throws IOException {
    Path path = Files.createFile(dir.resolve("grows"));
    ByteBuffer target = ByteBuffer.allocate(8);
    try (EntropyBackend source = RandomBackend.open(path)) {
      assertEnded(path, source);

      Files.write(path, new byte[] {1, 2, 3}, StandardOpenOption.APPEND);
      assertEquals(3, source.fill(target, 0, 8), "what there is, although more was wanted");
      assertEnded(path, source);
      assertEnded(path, source);

      Files.write(path, new byte[] {4, 5}, StandardOpenOption.APPEND);
      assertEquals(2, source.fill(target, 3, 5));
      assertArrayEquals(new byte[] {1, 2, 3, 4, 5, 0, 0, 0}, target.array());
    }
  }

  private static void assertEnded(Path path, EntropyBackend source) {
    ByteBuffer target = ByteBuffer.allocate(8);
    EntropySourceException ended =
        assertThrows(EntropySourceException.class, () -> source.fill(target, 0, 8));
    assertEquals(Reason.END_OF_FILE, ended.reason());
    assertEquals(
        "the source " + path + " has been read to its end; requests wait until more is appended",
        ended.getMessage());
    assertArrayEquals(new byte[8], target.array());
  }

  @Test
  void should_say_that_reading_failed_and_try_again() {
    // Address 0 of this process, which is never mapped.
    Path path = Path.of("/proc/self/mem");
    ByteBuffer target = ByteBuffer.allocate(8);
    try (EntropyBackend source = RandomBackend.open(path)) {
      for (int i = 0; i < 3; i++) {
        EntropySourceException failed =
            assertThrows(EntropySourceException.class, () -> source.fill(target, 0, 8));
        assertEquals(Reason.IO_ERROR, failed.reason());
        assertOnePath("reading the source " + path + " failed: ", path, failed);
      }
    }
  }

  @Test
  void should_say_that_it_has_been_closed() throws IOException {
    Path path = Files.write(dir.resolve("file"), new byte[8]);
    EntropyBackend source = RandomBackend.open(path);
    source.close();
    EntropySourceException closed =
        assertThrows(EntropySourceException.class, () -> source.fill(ByteBuffer.allocate(8), 0, 8));
    assertEquals(Reason.CLOSED, closed.reason());
    assertEquals("the source " + path + " has been closed", closed.getMessage());
  }

  @Test
  void should_say_that_it_has_no_thread() {
    EntropySourceException refused =
        assertThrows(
            EntropySourceException.class,
            () -> RandomBackend.open(Path.of("/dev/random"), task -> null));
    assertEquals(Reason.UNAVAILABLE, refused.reason());
    assertEquals("the source /dev/random was given no thread to wait in", refused.getMessage());
  }

  /** A sentence whose end is the platform's, in the language of the machine. */
  private static void assertOnePath(String beginning, Path path, EntropySourceException e) {
    String message = e.getMessage();
    assertTrue(message.startsWith(beginning), message);
    String words = message.substring(beginning.length());
    assertTrue(!words.isBlank() && !words.contains(path.toString()), message);
  }
}
