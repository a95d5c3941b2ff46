package io.virtentropy.ratelimit.htb;

import io.virtentropy.ratelimit.Rate;
import io.virtentropy.ratelimit.bucket.Bucket;
import java.util.OptionalLong;

/**
 * A class of a {@link HierarchicalTokenBucket}: an {@link InnerClass} with classes below it, or a
 * {@link Leaf} on which one consumer draws.
 *
 * <p>Belongs, like everything of a tree, to one thread at a time.
 */
public abstract sealed class HtbClass permits InnerClass, Leaf {
  /**
   * Debt beyond this is forgiven under {@link Policy#BORROW}, where grants within a leaf's
   * guarantee are charged to ancestors that have no tokens: Linux's limit of a minute.
   */
  static final long LONGEST_DEBT_NANOS = 60_000_000_000L;

  /** A wake-up further off is cut to this, 146 years, so that instants can be compared. */
  static final long LONGEST_SLEEP_NANOS = 1L << 62;

  final Scheduler scheduler;
  final InnerClass parent;
  final String name;

  /** Order of addition; breaks ties between wake-ups. */
  final long id;

  /** When it was added, on the clock of {@link Turn#endedAt}. */
  final long addedAt;

  /** 0 for the root. */
  final int depth;

  final int level;
  ClassLimits limits;
  boolean removed;

  /** Null if not limited. */
  Bucket rate;

  Bucket peak;

  /** As of the last {@link #refresh}; kept up to date while somebody waits. */
  Mode mode = Mode.CAN_SEND;

  /** What is offered to the parent now. */
  long funded;

  int unfunded;

  int wakeupIndex = Wakeups.ABSENT;
  long wakeupAt;

  long granted;
  long borrowed;
  long lent;
  long throttledNanos;
  long throttledSince;

  HtbClass(
      Scheduler scheduler,
      InnerClass parent,
      String name,
      long id,
      boolean leaf,
      ClassLimits limits,
      long now) {
    this.scheduler = scheduler;
    this.parent = parent;
    this.name = name;
    this.id = id;
    this.addedAt = scheduler.nextTurn();
    this.depth = parent == null ? 0 : parent.depth + 1;
    this.level = leaf ? Offer.LEAF_LEVEL : Offer.ROOT_LEVEL - depth;
    setLimits(limits, now);
  }

  /** {@return the name among the siblings} */
  public final String name() {
    return name;
  }

  /** {@return the names from the root to this class, joined by {@code /}} */
  public final String path() {
    return parent == null ? name : parent.path() + '/' + name;
  }

  /** {@return the class above, or null for the root} */
  public final InnerClass parent() {
    return parent;
  }

  /** {@return the present parameters} */
  public final ClassLimits limits() {
    return limits;
  }

  /**
   * Looks at the class as of now.
   *
   * @return its tokens, mode and totals
   */
  public final ClassSnapshot snapshot() {
    long now = scheduler.advance();
    refresh(now);
    return new ClassSnapshot(
        path(),
        this instanceof Leaf,
        mode,
        rate == null ? OptionalLong.empty() : OptionalLong.of(rate.tokens()),
        peak == null ? OptionalLong.empty() : OptionalLong.of(peak.tokens()),
        granted,
        borrowed,
        lent,
        reserved(),
        isActive(),
        throttledUntil(now));
  }

  /**
   * How long somebody waited for this very class; {@link #snapshot} tells more, and costs more.
   *
   * @return nanoseconds in all, the present wait included
   */
  public final long throttledNanos() {
    return throttledUntil(scheduler.advance());
  }

  private long throttledUntil(long now) {
    return throttledNanos + (wakeupIndex == Wakeups.ABSENT ? 0 : now - throttledSince);
  }

  @Override
  public final String toString() {
    return "HtbClass[" + path() + ", " + limits + "]";
  }

  /** Whether somebody below, or the leaf itself, waits for this class and its ancestors only. */
  abstract boolean isActive();

  /** What funded keys the class offers, its own tokens apart. */
  abstract long fundedBelow();

  /** What unfunded keys the class offers if it can't fund them. */
  abstract int unfundedBelow();

  /** The place of this class in the queue of its parent for a key. */
  abstract Turn turn(int key);

  abstract long reserved();

  final void setLimits(ClassLimits newLimits, long now) {
    Rate newPeak = newLimits.peak();
    if (newPeak == null && scheduler.policy() == Policy.BORROW) {
      newPeak = newLimits.rate();
    }
    rate = changed(rate, newLimits.rate(), now);
    peak = changed(peak, newPeak, now);
    limits = newLimits;
  }

  private static Bucket changed(Bucket bucket, Rate rate, long now) {
    if (rate == null) {
      return null;
    }
    if (bucket == null) {
      return new Bucket(rate.tokens(), rate.periodNanos(), rate.burst(), now);
    }
    bucket.refill(now);
    bucket.change(rate.tokens(), rate.periodNanos(), rate.burst());
    return bucket;
  }

  /** Lets in the tokens that have come, and sees what they allow. */
  final void refresh(long now) {
    if (rate != null) {
      rate.refill(now);
    }
    if (peak != null) {
      peak.refill(now);
    }
    mode = modeOfTokens();
  }

  private Mode modeOfTokens() {
    long grain = scheduler.grain();
    boolean rateOpen = rate == null || rate.holds(grain);
    boolean peakOpen = peak == null || peak.holds(grain);
    if (!peakOpen) {
      return Mode.CANT_SEND;
    }
    if (rateOpen) {
      return Mode.CAN_SEND;
    }
    return scheduler.policy() == Policy.PATH ? Mode.CANT_SEND : Mode.MAY_BORROW;
  }

  /** How long the present mode lasts if nothing is taken; not for one that can send. */
  private long nanosUntilModeChanges() {
    long grain = scheduler.grain();
    long forRate = rate == null ? 0 : rate.nanosUntil(grain);
    long forPeak = peak == null ? 0 : peak.nanosUntil(grain);
    if (scheduler.policy() == Policy.PATH) {
      return Math.max(forRate, forPeak);
    }
    return mode == Mode.CANT_SEND ? forPeak : forRate;
  }

  /**
   * Brings mode, wake-up and offer up to date.
   *
   * @return whether the parent sees a difference
   */
  final boolean update(long now) {
    boolean active = isActive();
    if (!active && wakeupIndex == Wakeups.ABSENT && funded == 0 && unfunded == 0) {
      // Nobody waits here, nor did. The mode is looked up when somebody asks.
      return false;
    }
    refresh(now);
    if (active && mode != Mode.CAN_SEND) {
      if (wakeupIndex == Wakeups.ABSENT) {
        throttledSince = now;
      }
      wakeupAt = now + Math.min(nanosUntilModeChanges(), LONGEST_SLEEP_NANOS);
      scheduler.wakeUp(this);
    } else if (wakeupIndex != Wakeups.ABSENT) {
      throttledNanos += now - throttledSince;
      scheduler.letSleep(this);
    }
    return offer();
  }

  private boolean offer() {
    long newFunded = 0;
    int newUnfunded = 0;
    switch (mode) {
      case CAN_SEND ->
          newFunded = fundedBelow() | ((long) unfundedBelow() << Offer.fundedKey(level, 0));
      case MAY_BORROW -> {
        newFunded = fundedBelow();
        newUnfunded = unfundedBelow();
      }
      case CANT_SEND -> {
        // Nothing below can be served until this class wakes up.
      }
    }
    long fundedChange = funded ^ newFunded;
    int unfundedChange = unfunded ^ newUnfunded;
    funded = newFunded;
    unfunded = newUnfunded;
    if (parent != null) {
      for (long left = fundedChange; left != 0; left &= left - 1) {
        int key = Long.numberOfTrailingZeros(left);
        parent.join(key, turn(key), (newFunded & Offer.bit(key)) != 0);
      }
      for (int left = unfundedChange; left != 0; left &= left - 1) {
        int priority = Integer.numberOfTrailingZeros(left);
        int key = Offer.unfundedKey(priority);
        parent.join(key, turn(key), (newUnfunded & (1 << priority)) != 0);
      }
    }
    return fundedChange != 0 || unfundedChange != 0;
  }

  /** Takes tokens for a grant: all of it at the peak rate, a part of it at the sustained rate. */
  final void take(long fromRate, long fromPeak) {
    if (rate != null && fromRate > 0) {
      rate.take(fromRate);
      rate.forgiveBeyond(LONGEST_DEBT_NANOS);
    }
    if (peak != null) {
      peak.take(fromPeak);
    }
  }

  /** Puts back what {@link #take} took. */
  final void put(long toRate, long toPeak) {
    if (rate != null) {
      rate.put(toRate);
    }
    if (peak != null) {
      peak.put(toPeak);
    }
  }

  static long saturatedSum(long a, long b) {
    long sum = a + b;
    return sum < 0 ? Long.MAX_VALUE : sum;
  }
}
