package io.virtentropy.cli;

import io.virtentropy.distribution.daemon.DaemonEvent;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Prints a line for each event, for the journal, on a thread of its own: whoever reads the lines
 * may stop doing so, and pools must not wait for that. Lines that are too many are counted instead.
 */
final class DaemonLog implements AutoCloseable {
  /** How many lines may wait to be printed. */
  static final int MAX_BEHIND = 4096;

  private static final long LAST_LINES_MILLIS = 10_000;

  private final PrintWriter out;
  private final BlockingQueue<Optional<String>> lines = new ArrayBlockingQueue<>(MAX_BEHIND);
  private final AtomicLong lost = new AtomicLong();
  private final Thread printer = new Thread(this::run, "log");

  /** Begins to print. */
  DaemonLog(PrintWriter out) {
    this.out = out;
    printer.setDaemon(true);
    printer.start();
  }

  void tell(DaemonEvent event) {
    StringBuilder line = new StringBuilder();
    if (!event.pool().isEmpty()) {
      line.append("pool ").append(event.pool()).append(": ");
    }
    line.append(event.kind().word());
    if (!event.detail().isEmpty()) {
      line.append(": ").append(event.detail());
    }
    print(line.toString());
  }

  /** Prints a line after those that were told before. */
  void print(String line) {
    if (!lines.offer(Optional.of(line))) {
      lost.incrementAndGet();
    }
  }

  private void run() {
    try {
      Optional<String> line = lines.take();
      while (line.isPresent()) {
        out.println(line.get());
        if (lines.isEmpty()) {
          pause();
        }
        line = lines.take();
      }
      pause();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Says what is missing, and sees to it that everything can be read. */
  private void pause() {
    long missing = lost.getAndSet(0);
    if (missing > 0) {
      out.println(missing + " lines more were too many to be printed");
    }
    out.flush();
  }

  /** Prints what is left, unless nobody reads it. */
  @Override
  public void close() {
    try {
      if (lines.offer(Optional.empty(), LAST_LINES_MILLIS, TimeUnit.MILLISECONDS)) {
        printer.join(LAST_LINES_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
