package io.virtentropy.benchmarks.crowd;

import java.io.IOException;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Reads a daemon's metrics once a second, as a busy operator's Prometheus would. */
final class MetricsReader {
  private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor();
  private final DaemonProcess daemon;
  private int reads;
  private long bytes;
  private long slowest;

  private MetricsReader(DaemonProcess daemon) {
    this.daemon = daemon;
  }

  static MetricsReader start(DaemonProcess daemon) {
    MetricsReader reader = new MetricsReader(daemon);
    var unused = reader.executor.scheduleAtFixedRate(reader::read, 0, 1, TimeUnit.SECONDS);
    return reader;
  }

  private synchronized void read() {
    long start = System.nanoTime();
    try {
      bytes = daemon.readMetrics();
    } catch (IOException e) {
      throw new IllegalStateException("the metrics can't be read", e);
    }
    slowest = Math.max(slowest, System.nanoTime() - start);
    reads++;
  }

  /** Ends it, and says what it did. */
  String stop() {
    executor.shutdown();
    try {
      if (!executor.awaitTermination(1, TimeUnit.MINUTES)) {
        throw new IllegalStateException("the metrics are still being read");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    synchronized (this) {
      return String.format(
          Locale.ROOT,
          "/metrics was read %d times, %d KiB each, in %.0f ms at the most",
          reads,
          bytes / 1024,
          slowest / 1e6);
    }
  }
}
