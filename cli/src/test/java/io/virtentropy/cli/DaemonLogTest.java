package io.virtentropy.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.distribution.daemon.DaemonEvent;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@DisplayName("The daemon's log")
@Timeout(value = 10, unit = TimeUnit.MINUTES)
final class DaemonLogTest {
  private static DaemonEvent event(long number) {
    return new DaemonEvent(
        number, Instant.EPOCH, DaemonEvent.Kind.CLIENT_ATTACHED, "p", "client " + number);
  }

  @Test
  @DisplayName("should print a line for each event, in their order, and all of them in the end")
  void prints() {
    StringWriter printed = new StringWriter();
    try (DaemonLog log = new DaemonLog(new PrintWriter(printed))) {
      log.tell(event(1));
      log.tell(event(2));
      log.print("ended");
    }
    assertEquals(
        List.of("pool p: client-attached: client 1", "pool p: client-attached: client 2", "ended"),
        printed.toString().lines().toList());
  }

  /** A pipe that nobody reads until told. */
  private static final class Blocked extends Writer {
    private final CountDownLatch read = new CountDownLatch(1);
    private final StringWriter printed = new StringWriter();

    @Override
    public void write(char[] chars, int offset, int length) {
      try {
        read.await();
      } catch (InterruptedException e) {
        throw new UncheckedIOException(new IOException(e));
      }
      printed.write(chars, offset, length);
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  @Test
  @DisplayName("should have nobody wait while what it prints is not read, and say what is missing")
  void neverBlocks() {
    int events = 3 * DaemonLog.MAX_BEHIND;
    Blocked blocked = new Blocked();
    try (DaemonLog log = new DaemonLog(new PrintWriter(blocked))) {
      for (int i = 1; i <= events; i++) {
        log.tell(event(i)); // would wait for ever
      }
      blocked.read.countDown();
    }
    List<String> lines = blocked.printed.toString().lines().toList();
    int told = lines.size() - 1;
    assertTrue(told >= DaemonLog.MAX_BEHIND, () -> told + " lines");
    assertEquals(
        (events - told) + " lines more were too many to be printed", lines.get(lines.size() - 1));
  }
}
