package io.virtentropy.benchmarks.crowd;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** How long each of many requests took. */
final class Latencies {
  private long[] nanos = new long[1 << 12];
  private int size;

  void add(long value) {
    if (size == nanos.length) {
      nanos = Arrays.copyOf(nanos, 2 * size);
    }
    nanos[size++] = value;
  }

  int size() {
    return size;
  }

  static Latencies ofAll(List<Latencies> parts) {
    Latencies all = new Latencies();
    for (Latencies part : parts) {
      for (int i = 0; i < part.size; i++) {
        all.add(part.nanos[i]);
      }
    }
    return all;
  }

  /** The percentiles in words. */
  String percentiles() {
    if (size == 0) {
      return "none";
    }
    Arrays.sort(nanos, 0, size);
    return "p50 "
        + time(0.5)
        + ", p99 "
        + time(0.99)
        + ", p99.9 "
        + time(0.999)
        + ", at the most "
        + time(1);
  }

  private String time(double part) {
    long value = nanos[(int) Math.min(size - 1L, (long) (part * size))];
    return value < 10_000_000
        ? String.format(Locale.ROOT, "%.0f µs", value / 1e3)
        : String.format(Locale.ROOT, "%.0f ms", value / 1e6);
  }
}
