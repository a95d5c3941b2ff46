package io.virtentropy.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;

/** What holds of both quotas whatever is asked of them when, and what of QEMU's calendar. */
@Label("Quotas")
final class QuotaProperties {
  private static final long PERIOD = 1_000_000;

  /** Time goes by, then so many bytes are asked for, of which some aren't delivered. */
  record Step(long elapsed, long wanted, int undeliveredPercent) {}

  record Delivery(long time, long bytes) {}

  private static List<Delivery> deliveries(RateLimiter limit, ManualClock clock, List<Step> steps) {
    List<Delivery> all = new ArrayList<>();
    long time = 0;
    for (Step step : steps) {
      clock.advance(step.elapsed());
      time += step.elapsed();
      long granted = limit.acquireUpTo(step.wanted());
      long undelivered = granted * step.undeliveredPercent() / 100;
      limit.refund(undelivered);
      all.add(new Delivery(time, granted - undelivered));
    }
    return all;
  }

  /** The most bytes that were delivered in any interval of a length, its end excluded. */
  private static long mostIn(long nanos, List<Delivery> all) {
    long most = 0;
    for (int from = 0; from < all.size(); from++) {
      long sum = 0;
      for (int to = from; to < all.size(); to++) {
        if (all.get(to).time() - all.get(from).time() < nanos) {
          sum += all.get(to).bytes();
        }
      }
      most = Math.max(most, sum);
    }
    return most;
  }

  @Property
  @Label("invariant 2: a sliding quota should hold in every interval of a period")
  void slidingHolds(
      @ForAll @LongRange(min = 1, max = 1000) long max, @ForAll("steps") List<Step> steps) {
    ManualClock clock = new ManualClock(Long.MAX_VALUE - PERIOD);
    List<Delivery> all = deliveries(new SlidingQuota(new Quota(max, 1), clock), clock, steps);
    assertTrue(mostIn(PERIOD, all) <= max);
  }

  @Property
  @Label("invariant 2: a quota window should grant at most twice its quota in a period")
  void windowHolds(
      @ForAll @LongRange(min = 1, max = 1000) long max, @ForAll("steps") List<Step> steps) {
    ManualClock clock = new ManualClock(Long.MAX_VALUE - PERIOD);
    List<Delivery> all = deliveries(new QuotaWindow(new Quota(max, 1), clock), clock, steps);
    assertTrue(mostIn(PERIOD, all) <= 2 * max);
    assertTrue(mostIn(10 * PERIOD, all) <= 11 * max);
  }

  @Property
  @Label("invariant 5: both should grant at the announced instant and not before")
  void waitExactly(
      @ForAll @LongRange(min = 1, max = 1000) long max,
      @ForAll("steps") List<Step> steps,
      @ForAll @LongRange(min = 1, max = 1500) long wanted) {
    ManualClock clock = new ManualClock();
    for (RateLimiter limit :
        List.of(
            new QuotaWindow(new Quota(max, 1), clock),
            new SlidingQuota(new Quota(max, 1), clock))) {
      for (Step step : steps) {
        deliveries(limit, clock, List.of(step));
        long wait = limit.nanosUntil(wanted);
        if (wait > 0) {
          clock.advance(wait - 1);
          assertEquals(1, limit.nanosUntil(wanted));
          clock.advance(1);
        }
        assertEquals(0, limit.nanosUntil(wanted));
        assertEquals(Math.min(wanted, max), limit.acquireUpTo(wanted));
      }
    }
  }

  @Property
  @Label(
      "both should grant all that is needed, at the announced instant and not before, or nothing")
  void grantAtLeast(
      @ForAll @LongRange(min = 1, max = 1000) long max,
      @ForAll("steps") List<Step> steps,
      @ForAll @LongRange(min = 1, max = 1500) long wanted) {
    ManualClock clock = new ManualClock();
    for (RateLimiter limit :
        List.of(
            new QuotaWindow(new Quota(max, 1), clock),
            new SlidingQuota(new Quota(max, 1), clock))) {
      for (Step step : steps) {
        deliveries(limit, clock, List.of(step));
        long least = Math.min(wanted, 1 + step.wanted());
        long wait = limit.nanosUntil(least);
        if (wait > 0) {
          assertEquals(0, limit.acquireAtLeast(least, wanted));
          clock.advance(wait - 1);
          assertEquals(0, limit.acquireAtLeast(least, wanted));
          clock.advance(1);
        }
        long granted = limit.acquireAtLeast(least, wanted);
        assertTrue(granted >= Math.min(least, max) && granted <= wanted, granted + " bytes");
      }
    }
  }

  /**
   * With buffers that are always filled whole and at once, QEMU's accounting has no defect to show,
   * so both have to answer alike: who finds the quota empty is served by the timer.
   */
  @Property
  @Label("a quota window should keep QEMU's calendar")
  void keepsQemusCalendar(
      @ForAll @LongRange(min = 1, max = 1000) long max, @ForAll("steps") List<Step> steps) {
    ManualClock clock = new ManualClock();
    QuotaWindow window = new QuotaWindow(new Quota(max, 10), clock);
    QemuLoop qemu = new QemuLoop(new QemuQuota(new Quota(max, 10), clock));
    long pending = 0;
    long served = 0;
    for (Step step : steps) {
      // By whole milliseconds, which QEMU's timer counts in.
      for (long millis = step.elapsed() % 25; millis > 0; millis--) {
        clock.advance(1_000_000);
        qemu.runTimer();
        if (pending > 0 && window.nanosUntil(1) == 0) {
          long granted = retry(window, pending);
          served += granted;
          pending -= granted;
        }
        assertEquals(qemu.served, served);
      }
      qemu.kick(step.wanted());
      pending += step.wanted();
      long granted = retry(window, pending);
      served += granted;
      pending -= granted;
      assertEquals(qemu.served, served);
      assertEquals(qemu.pending, pending);
    }
  }

  /** Asks like a device that completes what it gets and asks again for the rest. */
  private static long retry(QuotaWindow window, long wanted) {
    long sum = 0;
    long granted = 1;
    while (sum < wanted && granted > 0) {
      granted = window.acquireUpTo(wanted - sum);
      sum += granted;
    }
    return sum;
  }

  /**
   * QEMU's loop over a ring of one-byte buffers and a backend that answers in full and soon, but
   * never from within a pass: even QEMU's built-in source answers from a bottom half.
   */
  private static final class QemuLoop {
    final QemuQuota quota;
    long pending;
    long served;
    private long asked;

    QemuLoop(QemuQuota quota) {
      this.quota = quota;
    }

    void kick(long bytes) {
      pending += bytes;
      pass();
      answers();
    }

    void runTimer() {
      quota.runTimer(this::pass);
      answers();
    }

    private void pass() {
      quota.startPass();
      asked = quota.requestSize(Math.min(pending, quota.scanLimit()));
    }

    private void answers() {
      while (asked > 0) {
        long bytes = asked;
        asked = 0;
        quota.charge(bytes);
        pending -= bytes;
        served += bytes;
        if (pending > 0) {
          pass();
        }
      }
    }
  }

  @Provide
  Arbitrary<List<Step>> steps() {
    Arbitrary<Long> elapsed =
        Arbitraries.oneOf(
            Arbitraries.longs().between(0, PERIOD / 64),
            Arbitraries.longs().between(0, PERIOD),
            Arbitraries.longs().between(PERIOD - 2, PERIOD + 2),
            Arbitraries.longs().between(0, 5 * PERIOD));
    Arbitrary<Long> wanted =
        Arbitraries.oneOf(Arbitraries.longs().between(1, 10), Arbitraries.longs().between(1, 1500));
    return Combinators.combine(elapsed, wanted, Arbitraries.integers().between(0, 100))
        .as(Step::new)
        .list()
        .ofMaxSize(150);
  }
}
