package io.virtentropy.ratelimit;

import io.virtentropy.ratelimit.state.StateLayout;
import io.virtentropy.ratelimit.state.StateReader;
import io.virtentropy.ratelimit.state.StateWriter;
import java.util.Objects;

/**
 * At most so many bytes in <em>every</em> interval of one period's length, wherever it begins: the
 * strict form of {@link QuotaWindow}, which lets twice the quota pass around the end of a window.
 *
 * <p>Each byte's share of the quota comes back one period after the byte was granted. To remember
 * that in bounded memory, grants that lie within 1/256 of a period are kept together in one entry
 * that comes back when the last of them is due:
 *
 * <pre>
 *   time    ----+-----+--+--+-------------------+-----+--+--+----------&gt;
 *   grants      a     b  c  d                   a+P   .  .  d+P
 *   entries    [a]   [b  c  d]                  a back      b, c and d back
 * </pre>
 *
 * <p>So a byte may come back up to 1/256 of a period late, never early: a greedy consumer that
 * takes its quota at once gets the whole of it again exactly one period later; one that sips
 * continuously gets at least 256/257 of the rate.
 *
 * <p>Belongs to one thread at a time. Allocates nothing and takes no lock while serving; a decision
 * costs a constant, plus a constant for each of at most 258 entries that come back.
 */
public final class SlidingQuota implements RateLimiter {
  /** Parts of a period that are told apart; what a byte can come back late is one part. */
  private static final int PARTS = 256;

  /**
   * Entries that can be alive at once. They begin more than one part apart, and one that lives has
   * begun at most a period and a part ago: {@value #PARTS} + 2 at most.
   */
  private static final int MAX_ALIVE = PARTS + 2;

  /** The next power of two, so that a mask makes an index. */
  private static final int ENTRIES = 512;

  private static final int MASK = ENTRIES - 1;

  private final Quota quota;
  private final NanoClock clock;
  private final long maxBytes;
  private final long periodNanos;
  private final long partNanos;

  private final long[] firstGrant = new long[ENTRIES];
  private final long[] lastGrant = new long[ENTRIES];
  private final long[] granted = new long[ENTRIES];

  /** Free-running indices of the oldest entry and of the one after the newest. */
  private int oldest;

  private int end;
  private long remaining;
  private long latest;

  /**
   * Creates a limit with a full quota.
   *
   * @param quota how many bytes in how long
   * @param clock where time comes from
   */
  public SlidingQuota(Quota quota, NanoClock clock) {
    this.quota = Objects.requireNonNull(quota, "quota");
    this.clock = Objects.requireNonNull(clock, "clock");
    this.maxBytes = quota.maxBytes();
    this.periodNanos = quota.periodNanos();
    // Rounded up, or a period that 256 doesn't divide would need one entry more.
    this.partNanos = (periodNanos + PARTS - 1) / PARTS;
    this.remaining = maxBytes;
    this.latest = clock.nanoTime();
  }

  /**
   * The limit's numbers.
   *
   * @return what the constructor was given
   */
  public Quota quota() {
    return quota;
  }

  @Override
  public long acquireUpTo(long wanted) {
    Amounts.requirePositive(wanted);
    return acquire(1, wanted);
  }

  @Override
  public long acquireAtLeast(long least, long wanted) {
    Amounts.requireRange(least, wanted);
    return acquire(Math.min(least, maxBytes), wanted);
  }

  private long acquire(long least, long wanted) {
    long now = now();
    takeBack(now);
    long grant = remaining < least ? 0 : Math.min(wanted, remaining);
    if (grant > 0) {
      remaining -= grant;
      record(now, grant);
    }
    return grant;
  }

  /**
   * Gives back bytes that were granted and not delivered: the youngest first. Bytes whose share has
   * come back already are forfeited.
   */
  @Override
  public void refund(long bytes) {
    long left = Amounts.requireNotNegative(bytes);
    while (left > 0 && end != oldest) {
      int newest = (end - 1) & MASK;
      long back = Math.min(left, granted[newest]);
      granted[newest] -= back;
      remaining += back;
      left -= back;
      if (granted[newest] == 0) {
        end--;
      }
    }
  }

  @Override
  public long nanosUntil(long bytes) {
    long needed = Math.min(Amounts.requirePositive(bytes), maxBytes);
    long now = now();
    takeBack(now);
    long available = remaining;
    long wait = 0;
    for (int i = oldest; available < needed; i++) {
      available += granted[i & MASK];
      wait = periodNanos - (now - lastGrant[i & MASK]);
    }
    return wait;
  }

  @Override
  public byte[] saveState() {
    long now = now();
    takeBack(now);
    StateWriter writer =
        new StateWriter(StateLayout.SLIDING_QUOTA)
            .number(maxBytes)
            .number(periodNanos)
            .number(end - oldest);
    for (int i = oldest; i != end; i++) {
      writer
          .number(now - firstGrant[i & MASK])
          .number(now - lastGrant[i & MASK])
          .number(granted[i & MASK]);
    }
    return writer.toByteArray();
  }

  @Override
  public void restoreState(byte[] state) {
    StateReader reader = new StateReader(state, StateLayout.SLIDING_QUOTA);
    reader.same("max-bytes", maxBytes);
    reader.same("period", periodNanos);
    int count = (int) reader.number("number of grants", 0, MAX_ALIVE);
    long[] firstAges = new long[count];
    long[] lastAges = new long[count];
    long[] bytes = new long[count];
    long left = maxBytes;
    // The entries keep their spacing of more than a part: on it rests the bound on their number.
    long oldestAccepted = periodNanos + partNanos;
    for (int i = 0; i < count; i++) {
      firstAges[i] = reader.number("age of a grant", 0, oldestAccepted);
      lastAges[i] =
          reader.number(
              "age of a grant",
              Math.max(0, firstAges[i] - partNanos),
              Math.min(firstAges[i], periodNanos - 1));
      bytes[i] = reader.number("size of a grant", 1, left);
      left -= bytes[i];
      oldestAccepted = firstAges[i] - partNanos - 1;
    }
    reader.end();
    long now = now();
    for (int i = 0; i < count; i++) {
      firstGrant[i] = now - firstAges[i];
      lastGrant[i] = now - lastAges[i];
      granted[i] = bytes[i];
    }
    oldest = 0;
    end = count;
    remaining = left;
  }

  @Override
  public String toString() {
    return "SlidingQuota[" + quota + ", " + remaining + " bytes left]";
  }

  /** The clock's reading, or the latest one if the clock went back. */
  private long now() {
    long reading = clock.nanoTime();
    if (reading - latest > 0) {
      latest = reading;
    }
    return latest;
  }

  private void takeBack(long now) {
    while (oldest != end && now - lastGrant[oldest & MASK] >= periodNanos) {
      remaining += granted[oldest & MASK];
      oldest++;
    }
  }

  private void record(long now, long grant) {
    int newest = (end - 1) & MASK;
    if (end != oldest && now - firstGrant[newest] <= partNanos) {
      lastGrant[newest] = now;
      granted[newest] += grant;
      return;
    }
    int slot = end & MASK;
    firstGrant[slot] = now;
    lastGrant[slot] = now;
    granted[slot] = grant;
    end++;
  }
}
