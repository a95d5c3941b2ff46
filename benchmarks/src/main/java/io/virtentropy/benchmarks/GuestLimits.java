package io.virtentropy.benchmarks;

import io.virtentropy.conformance.guest.GuestMachine;
import io.virtentropy.ratelimit.NanoClock;
import io.virtentropy.ratelimit.Quota;
import io.virtentropy.ratelimit.QuotaWindow;
import io.virtentropy.ratelimit.Rate;
import io.virtentropy.ratelimit.RateLimiter;
import io.virtentropy.ratelimit.SlidingQuota;
import io.virtentropy.ratelimit.TokenBucket;
import io.virtentropy.ratelimit.htb.ClassLimits;
import io.virtentropy.ratelimit.htb.HierarchicalTokenBucket;
import io.virtentropy.ratelimit.htb.Policy;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How near a reader gets to each limit: a Linux guest that reads {@code /dev/hwrng}, timed by its
 * own clock, and a driver without a guest, for rates that an emulated guest is too slow for.
 *
 * <p>Two periods' worth is read first, which spends the burst that every limit begins with. Then,
 * without a pause in which a quota's window could end half used, as much is read and timed as 20
 * periods allow, so that a window is at the same point at both ends.
 */
public final class GuestLimits {
  private static final int[] RATES = {1 << 10, 10 << 10, 100 << 10, 1 << 20};
  private static final int PERIODS = 20;
  private static final int PERIOD_MILLIS = 1000;
  private static final int REQUEST = 64;
  private static final int LARGE_READ = 4096;
  private static final int UNLIMITED = 4 << 20;

  private enum Kind {
    QUOTA,
    SLIDING_QUOTA,
    TOKEN_BUCKET,
    HTB_PATH,
    HTB_BORROW;

    RateLimiter limiter(int bytesPerSecond) {
      NanoClock clock = NanoClock.system();
      Quota quota = new Quota(bytesPerSecond, PERIOD_MILLIS);
      Rate rate = Rate.perSecond(bytesPerSecond).withBurst(Math.max(256, bytesPerSecond / 10));
      return switch (this) {
        case QUOTA -> new QuotaWindow(quota, clock);
        case SLIDING_QUOTA -> new SlidingQuota(quota, clock);
        case TOKEN_BUCKET -> TokenBucket.builder(clock).bytes(rate).build();
        case HTB_PATH -> leaf(Policy.PATH, ClassLimits.of(rate), clock);
        // A half is the guest's own, the other half is lent.
        case HTB_BORROW ->
            leaf(
                Policy.BORROW,
                ClassLimits.of(Rate.perSecond(bytesPerSecond / 2).withBurst(rate.burst()))
                    .withPeak(rate),
                clock);
      };
    }

    private static RateLimiter leaf(Policy policy, ClassLimits limits, NanoClock clock) {
      HierarchicalTokenBucket tree =
          HierarchicalTokenBucket.builder(clock)
              .policy(policy)
              .grain(REQUEST)
              .root("source", ClassLimits.of(Rate.perSecond(8 << 20)))
              .build();
      return tree.addLeaf(tree.root(), "guest", limits);
    }
  }

  private GuestLimits() {}

  /**
   * Measures and prints.
   *
   * @param arguments {@code guest} and arguments for {@code conformance-tests/guest/boot}, such as
   *     {@code --qemu BINARY}; or {@code driver}. Run in the project's folder
   * @throws IOException if a guest doesn't come up
   */
  public static void main(String[] arguments) throws IOException {
    String reader = arguments.length == 0 ? "" : arguments[0];
    if (!reader.equals("guest") && !reader.equals("driver")) {
      throw new IllegalArgumentException("'" + reader + "'; guest or driver is accepted");
    }
    boolean guest = reader.equals("guest");
    List<String> more = List.of(arguments).subList(1, arguments.length);
    if (guest) {
      try (Served served = new Served(1, socket -> RateLimiter.unlimited());
          GuestMachine machine = boot(served, more)) {
        print(reader, "none", 0, UNLIMITED, machine.agent().drain(UNLIMITED, LARGE_READ));
      }
    }
    for (Kind kind : Kind.values()) {
      for (int rate : RATES) {
        try (Served served = new Served(1, socket -> kind.limiter(rate))) {
          long bytes = (long) PERIODS * rate;
          long millis = guest ? guestMillis(served, rate, more) : driverMillis(served, rate);
          print(reader, kind.name().toLowerCase(Locale.ROOT), rate, bytes, millis);
        }
      }
    }
  }

  private static void print(String reader, String limiter, int rate, long bytes, long millis) {
    double got = bytes * 1000.0 / millis;
    String line =
        String.format(
            Locale.ROOT,
            "%-6s %-13s limit %7d B/s: %8d bytes in %6d ms, %9.1f B/s",
            reader,
            limiter,
            rate,
            bytes,
            millis,
            got);
    System.out.println(
        rate == 0 ? line : line + String.format(Locale.ROOT, ", %+.2f %%", 100 * (got / rate - 1)));
  }

  private static long guestMillis(Served served, int rate, List<String> more) throws IOException {
    try (GuestMachine machine = boot(served, more)) {
      String command =
          "sh "
              + read(2 * rate)
              + "; read a b </proc/uptime; "
              + read(PERIODS * rate)
              + "; read c d </proc/uptime; echo $a $c";
      byte[] answer = machine.agent().call(command).bytes();
      String[] seconds = new String(answer, StandardCharsets.US_ASCII).strip().split(" ", -1);
      return Math.round(1000 * (Double.parseDouble(seconds[1]) - Double.parseDouble(seconds[0])));
    }
  }

  private static String read(int bytes) {
    return "dd if=/dev/hwrng of=/dev/null bs=1024 count=" + bytes / 1024 + " 2>/dev/null";
  }

  private static GuestMachine boot(Served served, List<String> more) throws IOException {
    List<String> device = new ArrayList<>(List.of("--vhost-user", served.socket(0).toString()));
    device.addAll(more);
    return GuestMachine.boot(
        Path.of("conformance-tests", "guest").toAbsolutePath(), served.folder(), device);
  }

  private static long driverMillis(Served served, int rate) throws IOException {
    try (RingReader reader = new RingReader(served.socket(0), REQUEST)) {
      long unused = reader.read(2L * rate, 1);
      long start = System.nanoTime();
      unused += reader.read((long) PERIODS * rate, 1);
      return (System.nanoTime() - start) / 1_000_000;
    }
  }
}
