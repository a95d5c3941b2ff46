package io.virtentropy.benchmarks;

import io.virtentropy.ratelimit.NanoClock;
import io.virtentropy.ratelimit.Rate;
import io.virtentropy.ratelimit.RateLimiter;
import io.virtentropy.ratelimit.TokenBucket;
import io.virtentropy.ratelimit.htb.ClassLimits;
import io.virtentropy.ratelimit.htb.HierarchicalTokenBucket;
import io.virtentropy.ratelimit.htb.Policy;
import io.virtentropy.vhostuser.GuestSocket;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;

/**
 * Eight vhost-user drivers on one source of 64 KiB/s, each of which could use all of it. Seven keep
 * one request of 64 bytes on their ring, as Linux does, the eighth a hundred. Prints what each got,
 * and Jain's fairness index of the seven: (Σx)² / (n·Σx²), 1 if all are equal.
 */
public final class GreedyNeighbour {
  private static final int GUESTS = 8;
  private static final int GREEDY_DEPTH = 100;
  private static final int REQUEST = 64;
  private static final long SECONDS = 20;
  private static final Rate SOURCE = Rate.perSecond(65_536).withBurst(1024);

  private GreedyNeighbour() {}

  /**
   * Measures and prints.
   *
   * @param arguments none
   * @throws Exception if a driver fails
   */
  public static void main(String[] arguments) throws Exception {
    RateLimiter shared = TokenBucket.builder(NanoClock.system()).bytes(SOURCE).build();
    measure("one bucket for all", socket -> shared);
    for (Policy policy : Policy.values()) {
      HierarchicalTokenBucket tree =
          HierarchicalTokenBucket.builder(NanoClock.system())
              .policy(policy)
              .grain(REQUEST)
              .root("source", ClassLimits.of(SOURCE))
              .build();
      // A sixteenth is guaranteed to each, under BORROW, and the rest is lent.
      ClassLimits limits =
          ClassLimits.of(Rate.perSecond(4096)).withPeak(SOURCE).withQuantum(REQUEST);
      ClassLimits leaf =
          policy == Policy.PATH ? ClassLimits.of(SOURCE).withQuantum(REQUEST) : limits;
      measure(
          "tree, " + policy, socket -> tree.addLeaf(tree.root(), "guest" + socket.index(), leaf));
    }
  }

  private static void measure(String name, Function<GuestSocket, RateLimiter> limiters)
      throws IOException, InterruptedException, ExecutionException {
    ExecutorService drivers = Executors.newFixedThreadPool(GUESTS);
    try (Served served = new Served(GUESTS, limiters)) {
      long start = System.nanoTime() + 500_000_000L;
      long end = start + SECONDS * 1_000_000_000L;
      List<Future<Long>> running = new ArrayList<>();
      for (int i = 0; i < GUESTS; i++) {
        RingReader reader = new RingReader(served.socket(i), REQUEST);
        int depth = i == GUESTS - 1 ? GREEDY_DEPTH : 1;
        running.add(
            drivers.submit(
                () -> {
                  try (reader) {
                    // Until all are there, and the source's burst is gone.
                    long unused = reader.readUntil(start, depth);
                    return reader.readUntil(end, depth);
                  }
                }));
      }
      List<Long> got = new ArrayList<>();
      for (Future<Long> each : running) {
        got.add(each.get());
      }
      List<Long> honest = got.subList(0, GUESTS - 1);
      long sum = got.stream().mapToLong(Long::longValue).sum();
      System.out.printf(
          Locale.ROOT,
          "%-18s Jain's index of the honest %.6f; honest %s, greedy %d bytes, together %d B/s%n",
          name,
          jain(honest),
          honest,
          got.get(GUESTS - 1),
          sum / SECONDS);
    } finally {
      drivers.shutdownNow();
    }
  }

  private static double jain(List<Long> values) {
    double sum = values.stream().mapToDouble(Long::doubleValue).sum();
    double squares = values.stream().mapToDouble(each -> (double) each * each).sum();
    return sum * sum / (values.size() * squares);
  }
}
