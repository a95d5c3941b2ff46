package io.virtentropy.backends;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

/** What somebody meets who may not read, or not write, what he named; as root too. */
@Timeout(value = 600, threadMode = ThreadMode.SEPARATE_THREAD)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class RandomWithoutRightsTest {
  private static Path classes;

  @BeforeAll
  static void copyClasses() throws Exception {
    classes =
        ChildJvm.publicCopy(
            ChildJvm.classesOf(EntropyBackend.class), ChildJvm.classesOf(WithoutRights.class));
  }

  @AfterAll
  static void deleteClasses() throws IOException {
    ChildJvm.delete(classes);
  }

  private static ChildJvm start(String... arguments) throws IOException {
    String[] all = new String[3 + arguments.length];
    all[0] = "-cp";
    all[1] = classes.toString();
    all[2] = WithoutRights.class.getName();
    System.arraycopy(arguments, 0, all, 3, arguments.length);
    return ChildJvm.startWithoutRights(all);
  }

  @Test
  void should_say_what_may_not_be_read() throws Exception {
    Path file = Files.write(classes.resolve("secret"), new byte[8]);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("-w-------"));
    Path dir = Files.createDirectory(classes.resolve("private"));
    Path inside = Files.write(dir.resolve("file"), new byte[8]);
    Files.setPosixFilePermissions(dir, PosixFilePermissions.fromString("---------"));
    try (ChildJvm child =
        start("open", file.toString(), inside.toString(), classes.resolve("none").toString())) {
      assertEquals(
          List.of(
              "ACCESS_DENIED the source " + file + " may not be read by this user",
              "ACCESS_DENIED the source " + inside + " may not be read by this user",
              "NOT_FOUND the source "
                  + classes.resolve("none")
                  + " does not exist; an existing file is accepted"),
          child.readAll());
    } finally {
      Files.setPosixFilePermissions(dir, PosixFilePermissions.fromString("rwx------"));
    }
  }

  @Test
  void should_wait_for_the_next_writer_of_a_pipe_that_may_only_be_read() throws Exception {
    try (Fifo fifo = readOnlyFifo("read");
        ChildJvm child = start("read", fifo.path.toString(), "3")) {
      awaitOpened(child, fifo);
      for (String text : List.of("abcd", "efgh", "ijkl")) {
        assertEquals("waiting", child.readLine());
        fifo.openWriter();
        fifo.write(text.getBytes(StandardCharsets.US_ASCII));
        assertEquals(text, child.readLine());
        fifo.closeWriter();
      }
      assertEquals(List.of(), child.readAll());
    }
  }

  @Test
  void should_fail_requests_at_once_when_closed_while_the_opening_of_a_pipe_waits()
      throws Exception {
    try (Fifo fifo = readOnlyFifo("close");
        ChildJvm child = start("close", fifo.path.toString())) {
      awaitOpened(child, fifo);
      assertEquals("the source " + fifo.path + " has been closed", child.readLine());
      // Its thread is in open(2), out of reach, until there is a writer.
      fifo.openWriter();
      assertEquals(List.of("ended"), child.readAll());
    }
  }

  /** The child has seen that it may not write. From here on its owner may, who is us. */
  private static void awaitOpened(ChildJvm child, Fifo fifo) throws Exception {
    assertEquals("opened", child.readLine());
    Files.setPosixFilePermissions(fifo.path, PosixFilePermissions.fromString("rw-r--r--"));
  }

  private static Fifo readOnlyFifo(String name) throws Exception {
    Fifo fifo = new Fifo(classes.resolve(name));
    Files.setPosixFilePermissions(fifo.path, PosixFilePermissions.fromString("r--r--r--"));
    return fifo;
  }
}
