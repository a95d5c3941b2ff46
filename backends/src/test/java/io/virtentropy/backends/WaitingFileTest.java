package io.virtentropy.backends;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.EntropySourceException.Reason;
import java.io.ByteArrayOutputStream;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 600, threadMode = ThreadMode.SEPARATE_THREAD)
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class WaitingFileTest {
  private static final AtomicInteger READERS = new AtomicInteger();

  @TempDir Path dir;
  private Fifo fifo;
  private Thread reader;
  private EntropyBackend source;

  @BeforeEach
  void open() throws Exception {
    fifo = new Fifo(dir.resolve("pipe"));
    source = open(fifo.path);
  }

  @AfterEach
  void close() throws IOException {
    source.close();
    fifo.close();
  }

  private EntropyBackend open(Path path) {
    return RandomBackend.open(
        path,
        task -> {
          reader = new Thread(task, "reader-" + READERS.incrementAndGet());
          reader.setDaemon(true);
          return reader;
        });
  }

  private static byte[] bytes(int from, int to) {
    return Arrays.copyOfRange(Streams.stream(100_000), from, to);
  }

  @Test
  void should_wait_for_writers_and_survive_their_coming_and_going() throws Exception {
    Asking asking = new Asking(16);
    int at = 0;
    for (int part : new int[] {3, 16, 1, 7}) {
      asking.submitTo(source);
      ThreadWait.awaitReading(reader);
      assertFalse(asking.request.isDone());
      fifo.openWriter();
      fifo.write(bytes(at, at + part));
      fifo.closeWriter();
      assertArrayEquals(bytes(at, at + part), asking.bytes());
      at += part;
    }
  }

  @Test
  void should_read_no_more_than_was_asked_for() throws Exception {
    fifo.openWriter();
    fifo.write(bytes(0, 100));
    assertArrayEquals(bytes(0, 10), new Asking(10).submitTo(source).bytes());

    try (FileInputStream pipe = new FileInputStream(fifo.path.toFile())) {
      assertEquals(90, pipe.available(), "bytes left in the pipe");
    }

    assertArrayEquals(bytes(10, 100), new Asking(1000).submitTo(source).bytes());
  }

  @Test
  void should_give_what_was_read_for_a_cancelled_request_to_the_next_in_order() throws Exception {
    fifo.openWriter();
    Asking cancelled = new Asking(64).submitTo(source);
    ThreadWait.awaitReading(reader);
    Asking first = new Asking(16).submitTo(source);
    Asking second = new Asking(8).submitTo(source);
    Asking third = new Asking(64).submitTo(source);
    cancelled.request.cancel();
    assertTrue(cancelled.request.isFree());

    fifo.write(bytes(0, 64));

    assertArrayEquals(bytes(0, 16), first.bytes());
    assertArrayEquals(bytes(16, 24), second.bytes());
    assertArrayEquals(bytes(24, 64), third.bytes());
    assertEquals(0, cancelled.done.availablePermits());
  }

  @Test
  void should_keep_what_was_read_for_a_cancelled_request_until_there_is_a_next() throws Exception {
    fifo.openWriter();
    Asking cancelled = new Asking(64).submitTo(source);
    ThreadWait.awaitReading(reader);
    cancelled.request.cancel();
    fifo.write(bytes(0, 64));
    try (FileInputStream pipe = new FileInputStream(fifo.path.toFile())) {
      while (pipe.available() > 0) {
        Thread.onSpinWait(); // until the reader, which nobody waits for, has them
      }
    }

    assertArrayEquals(bytes(0, 10), new Asking(10).submitTo(source).bytes());
    assertArrayEquals(bytes(10, 64), new Asking(64).submitTo(source).bytes());
  }

  @Test
  void should_survive_thousands_of_cancelled_requests_and_lose_nothing() throws Exception {
    List<EntropyRequest> requests = new ArrayList<>();
    for (int i = 0; i < 5000; i++) {
      requests.add(new EntropyRequest(8, () -> {}));
    }
    requests.forEach(request -> request.submitTo(source, 8));
    Collections.shuffle(requests, new Random(1));
    requests.forEach(EntropyRequest::cancel);
    requests.forEach(request -> assertTrue(request.isFree()));

    fifo.openWriter();
    fifo.write(bytes(0, 64));
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    while (all.size() < 64) {
      all.writeBytes(new Asking(64).submitTo(source).bytes());
    }
    assertArrayEquals(bytes(0, 64), all.toByteArray());
  }

  @Test
  void should_end_its_thread_and_its_read_when_closed() throws Exception {
    Asking asking = new Asking(8).submitTo(source);
    ThreadWait.awaitReading(reader);
    assertEquals(1, descriptors(fifo.path));

    source.close();

    EntropySourceException failure = asking.failure();
    assertEquals(Reason.CLOSED, failure.reason());
    assertEquals("the source " + fifo.path + " has been closed", failure.getMessage());
    reader.join();
    assertEquals(0, descriptors(fifo.path));
  }

  @Test
  void should_end_its_thread_when_closed_before_anything_was_asked() throws Exception {
    source.close();
    reader.join();
  }

  @Test
  void should_be_closable_from_a_wake_up() throws Exception {
    Semaphore done = new Semaphore(0);
    EntropyRequest closing =
        new EntropyRequest(
            4,
            () -> {
              source.close();
              done.release();
            });
    closing.submitTo(source, 4);
    Asking other = new Asking(4).submitTo(source);
    fifo.openWriter();
    fifo.write(bytes(0, 4));

    done.acquire();
    assertEquals(4, closing.delivered());
    assertEquals(Reason.CLOSED, other.failure().reason());
    reader.join();
  }

  @Test
  void should_hold_nothing_while_it_wakes_a_consumer() throws Exception {
    Semaphore woken = new Semaphore(0);
    Semaphore goOn = new Semaphore(0);
    EntropyRequest slow =
        new EntropyRequest(
            4,
            () -> {
              woken.release();
              goOn.acquireUninterruptibly();
            });
    slow.submitTo(source, 4);
    fifo.openWriter();
    fifo.write(bytes(0, 4));
    woken.acquire();

    Asking other = new Asking(4).submitTo(source);
    other.request.cancel();
    assertTrue(other.request.isFree());
    source.close();
    goOn.release();
    reader.join();
  }

  @Test
  void should_serve_others_after_a_wake_up_that_throws() throws Exception {
    EntropyRequest bad =
        new EntropyRequest(
            4,
            () -> {
              throw new IllegalStateException("the consumer is broken; expected by a test");
            });
    bad.submitTo(source, 4);
    Asking good = new Asking(4).submitTo(source);
    fifo.openWriter();
    fifo.write(bytes(0, 8));

    assertArrayEquals(bytes(4, 8), good.bytes());
  }

  @Test
  void should_fail_everybody_when_its_thread_dies() throws Exception {
    Semaphore died = new Semaphore(0);
    reader.setUncaughtExceptionHandler((thread, e) -> died.release());
    EntropyRequest fatal =
        new EntropyRequest(
            4,
            () -> {
              throw new AssertionError("an error, expected by a test");
            });
    fatal.submitTo(source, 4);
    Asking other = new Asking(4).submitTo(source);
    fifo.openWriter();
    fifo.write(bytes(0, 4));

    assertEquals(Reason.CLOSED, other.failure().reason());
    died.acquire();
    assertEquals(Reason.CLOSED, new Asking(4).submitTo(source).failure().reason());
  }

  @Test
  void should_not_be_ended_by_an_interrupt_of_its_thread() throws Exception {
    fifo.openWriter();
    Asking asking = new Asking(8);
    for (int i = 0; i < 20; i++) {
      asking.submitTo(source);
      if (i % 2 == 0) {
        ThreadWait.awaitReading(reader);
      }
      reader.interrupt();
      fifo.write(bytes(8 * i, 8 * i + 8));
      assertArrayEquals(bytes(8 * i, 8 * i + 8), asking.bytes());
    }
  }

  @Test
  void should_fail_when_the_device_goes_away_and_serve_again_when_it_is_back() throws Exception {
    Path device = dir.resolve("device");
    Asking asking = new Asking(8);
    EntropyBackend terminal;
    try (Pty pty = new Pty()) {
      Files.createSymbolicLink(device, pty.path);
      terminal = open(device);
      asking.submitTo(terminal);
      pty.write(bytes(0, 8));
      assertArrayEquals(bytes(0, 8), asking.bytes());
      asking.submitTo(terminal);
      ThreadWait.awaitReading(reader);
    }
    try (terminal) {
      EntropySourceException gone = asking.failure();
      assertEquals(Reason.IO_ERROR, gone.reason());
      // Which of the two depends on whether the kernel or the driver notices first.
      Set<String> sentences =
          Set.of(
              "reading the source " + device + " failed: Input/output error",
              "the source " + device + " has come to its end; the next request opens it again");
      assertTrue(sentences.contains(gone.getMessage()), gone.getMessage());

      Files.delete(device);
      EntropySourceException missing = asking.submitTo(terminal).failure();
      assertEquals(Reason.NOT_FOUND, missing.reason());
      assertEquals(
          "the source " + device + " does not exist; an existing file is accepted",
          missing.getMessage());

      try (Pty back = new Pty()) {
        Files.createSymbolicLink(device, back.path);
        asking.submitTo(terminal);
        back.write(bytes(8, 16));
        assertArrayEquals(bytes(8, 16), asking.bytes());
      }
    }
  }

  @Test
  void should_open_a_device_that_ended_again() throws Exception {
    try (EntropyBackend empty = open(Path.of("/dev/null"))) {
      for (int i = 0; i < 3; i++) {
        EntropySourceException ended = new Asking(8).submitTo(empty).failure();
        assertEquals(Reason.IO_ERROR, ended.reason());
        assertEquals(
            "the source /dev/null has come to its end; the next request opens it again",
            ended.getMessage());
      }
    }
  }

  @Test
  void should_serve_requests_larger_than_its_buffer_in_part() throws Exception {
    try (EntropyBackend zeros = open(Path.of("/dev/zero"))) {
      assertEquals(65_536, new Asking(100_000).submitTo(zeros).bytes().length);
    }
  }

  private static long descriptors(Path path) throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return open.filter(fd -> leadsTo(fd, path)).count();
    }
  }

  private static boolean leadsTo(Path fd, Path path) {
    try {
      return Files.readSymbolicLink(fd).equals(path);
    } catch (IOException e) {
      return false;
    }
  }
}
