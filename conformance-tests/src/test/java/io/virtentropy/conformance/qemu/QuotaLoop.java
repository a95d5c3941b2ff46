package io.virtentropy.conformance.qemu;

import io.virtentropy.ratelimit.ManualClock;
import io.virtentropy.ratelimit.QemuQuota;
import io.virtentropy.ratelimit.Quota;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * The loop of {@link QemuQuota}'s documentation with nothing around it: buffers are lengths, and a
 * source answers in full, like a daemon, or with what it has, like a FIFO.
 */
final class QuotaLoop {
  private static final int CUT = 65_536;

  private final ManualClock clock = new ManualClock();
  private final QemuQuota quota;
  private final boolean answersShort;
  private final ArrayDeque<Integer> ring = new ArrayDeque<>();
  private final ArrayDeque<Integer> asked = new ArrayDeque<>();
  private final List<Integer> untold = new ArrayList<>();
  private final List<Integer> completed = new ArrayList<>();
  private int available;
  private boolean running = true;

  QuotaLoop(Quota parameters, boolean answersShort) {
    this.quota = new QemuQuota(parameters, clock);
    this.answersShort = answersShort;
  }

  /** The driver's DRIVER_OK, which is a look at the ring as well. */
  void start() {
    pass();
  }

  void post(int length) {
    ring.addLast(length);
    kick();
  }

  void kick() {
    pass();
    answer();
  }

  void deliver(int bytes) {
    available += bytes;
    answer();
  }

  void advance(long nanos) {
    clock.advance(nanos);
    if (quota.runTimer(this::pass)) {
      answer();
    }
  }

  void stop() {
    running = false;
  }

  void cont() {
    running = true;
    pass(); // the status is written again
    pass(); // and the device told that it runs
    answer();
  }

  /** What it has asked for since the last call. */
  List<Integer> takeRequests() {
    List<Integer> taken = List.copyOf(untold);
    untold.clear();
    return taken;
  }

  /** The lengths of all buffers that were completed. */
  List<Integer> completed() {
    return completed;
  }

  long remaining() {
    return quota.remaining();
  }

  private void pass() {
    quota.startPass();
    long limit = quota.scanLimit();
    long sum = 0;
    for (int length : ring) {
      sum += length;
      if (sum >= limit) {
        break;
      }
    }
    int size = (int) Math.min(quota.requestSize(sum), CUT);
    if (size != 0) {
      asked.addLast(size);
      untold.add(size);
    }
  }

  private void answer() {
    while (!asked.isEmpty() && available >= (answersShort ? 1 : asked.peekFirst())) {
      int bytes = Math.min(available, asked.removeFirst());
      available -= bytes;
      if (running) {
        answered(bytes);
      }
    }
  }

  private void answered(int bytes) {
    quota.charge(bytes);
    for (int left = bytes; left > 0 && !ring.isEmpty(); ) {
      int length = Math.min(left, ring.removeFirst());
      completed.add(length);
      left -= length;
    }
    if (!ring.isEmpty()) {
      pass();
    }
  }
}
