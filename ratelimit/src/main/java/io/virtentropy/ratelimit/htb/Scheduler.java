package io.virtentropy.ratelimit.htb;

import io.virtentropy.ratelimit.NanoClock;
import io.virtentropy.ratelimit.RateLimiter;
import java.util.Arrays;

/**
 * Decides which leaf of a tree gets how much when, and moves the tokens: the working part of a
 * {@link HierarchicalTokenBucket}. The package tells how.
 *
 * <p>Every entry from outside wakes up first who is due; between entries all modes and offers of
 * classes that somebody waits for are up to date, and nobody looks at those of the others.
 */
final class Scheduler {
  private final NanoClock clock;
  private final Policy policy;
  private final long grain;
  private final Wakeups wakeups = new Wakeups();
  private InnerClass root;
  private long latest;

  /** Counts what happens to turns: the clock of {@link Turn#endedAt}. */
  private long turnsCounted;

  /** Leaves for which something was set aside since they came last, in that order. */
  private final TurnQueue reserved = new TurnQueue();

  /** Of the grant in the making: bytes by the depth of the lender. */
  private final long[] from = new long[Offer.MAX_CLASSES_ON_PATH];

  /** Of what was set aside and is being fetched, what is left, likewise. */
  private final long[] leftFrom = new long[Offer.MAX_CLASSES_ON_PATH];

  /** The queues on the way down to the leaf that is being served. */
  private final TurnQueue[] way = new TurnQueue[Offer.MAX_CLASSES_ON_PATH];

  Scheduler(NanoClock clock, Policy policy, long grain) {
    this.clock = clock;
    this.policy = policy;
    this.grain = grain;
    this.latest = clock.nanoTime();
  }

  /** Begins to work, for a tree with this root. */
  void start(InnerClass rootOfTree) {
    root = rootOfTree;
  }

  Policy policy() {
    return policy;
  }

  long grain() {
    return grain;
  }

  /** Makes room for so many classes, so that serving them never has to. */
  void reserve(int classes) {
    wakeups.reserve(classes);
    reserved.reserve(classes);
  }

  /** An instant later than all before, by which turns are ordered. */
  long nextTurn() {
    return ++turnsCounted;
  }

  /** Sets or moves the wake-up of a class. */
  void wakeUp(HtbClass c) {
    wakeups.put(c);
  }

  void letSleep(HtbClass c) {
    wakeups.remove(c);
  }

  Leaf nextReady() {
    advance();
    if (reserved.size() > 0) {
      return (Leaf) reserved.head().owner;
    }
    if (root.funded == 0) {
      return null;
    }
    int key = Long.numberOfTrailingZeros(root.funded);
    HtbClass c = root;
    while (c instanceof InnerClass inner) {
      key = inner.keyBelow(key);
      c = inner.queue(key).head().owner;
    }
    return (Leaf) c;
  }

  long nanosUntilReady() {
    long now = advance();
    if (reserved.size() > 0 || root.funded != 0) {
      return 0;
    }
    HtbClass first = wakeups.first();
    return first == null ? RateLimiter.NEVER : first.wakeupAt - now;
  }

  long acquire(Leaf leaf, long least, long wanted) {
    requireInUse(leaf);
    if (least < 1 || least > wanted) {
      throw new IllegalArgumentException(
          (least == 1 ? "" : "at least " + least + " of ")
              + wanted
              + " bytes asked for; 1 or more is accepted");
    }
    long now = advance();
    refreshPath(leaf, now);
    leaf.forgetGrant();
    leaf.least = least == 1 ? 1 : Math.min(least, capacity(leaf));
    long granted = leaf.reserved >= leaf.least ? collect(leaf, wanted, now) : 0;
    if (granted < wanted) {
      boolean nobodyWaits = leaf.demand == 0 && leaf.reserved == 0 && root.funded == 0;
      long missing = Math.max(1, leaf.least - granted);
      granted +=
          nobodyWaits
              ? takeAlone(leaf, missing, wanted - granted, now)
              : takeTurn(leaf, missing, wanted - granted, now);
    }
    long unserved = Math.max(0, wanted - granted - leaf.reserved);
    setDemand(leaf, leaf.remembered(unserved), now);
    return granted;
  }

  void refund(Leaf leaf, long bytes) {
    requireInUse(leaf);
    if (bytes < 0) {
      throw new IllegalArgumentException(bytes + " bytes given back; 0 or more is accepted");
    }
    long now = advance();
    // Loans first: to whom they are due they are worth more.
    long left = bytes;
    for (int depth = 0; depth <= leaf.depth; depth++) {
      from[depth] = Math.min(left, leaf.lastFrom[depth]);
      leaf.lastFrom[depth] -= from[depth];
      left -= from[depth];
    }
    uncredit(leaf, bytes);
    // Who lent the rest is forgotten. As a loan of the root it invents no tokens for anybody below.
    from[policy == Policy.PATH ? leaf.depth : 0] += left;
    putPath(leaf, from, bytes);
    updatePath(leaf, now);
  }

  long nanosUntil(Leaf leaf, long bytes) {
    requireInUse(leaf);
    if (bytes <= 0) {
      throw new IllegalArgumentException(bytes + " bytes waited for; 1 or more is accepted");
    }
    long now = advance();
    refreshPath(leaf, now);
    long needed = Math.min(bytes, capacity(leaf)) - leaf.reserved;
    if (needed <= 0) {
      return 0;
    }
    needed = Math.max(needed, grain);
    long forAll = 0;
    long forLender = RateLimiter.NEVER;
    for (HtbClass c = leaf; c != null; c = c.parent) {
      if (c.peak != null) {
        forAll = Math.max(forAll, c.peak.nanosUntil(needed));
      }
      long forRate = c.rate == null ? 0 : c.rate.nanosUntil(needed);
      if (policy == Policy.PATH) {
        forAll = Math.max(forAll, forRate);
      } else if (c.rate == null || c.rate.burst() >= needed) {
        forLender = Math.min(forLender, forRate);
      }
    }
    return policy == Policy.PATH ? forAll : Math.max(forAll, forLender);
  }

  void withdraw(Leaf leaf) {
    requireInUse(leaf);
    long now = advance();
    if (leaf.reserved > 0) {
      release(leaf);
      updatePath(leaf, now);
    }
    setDemand(leaf, 0, now);
  }

  void restoreLeaf(Leaf leaf, Runnable tokens) {
    withdraw(leaf);
    tokens.run();
    propagate(leaf, advance());
  }

  // Time.

  /** The clock's reading, or the latest one if the clock went back. */
  long present() {
    long reading = clock.nanoTime();
    if (reading - latest > 0) {
      latest = reading;
    }
    return latest;
  }

  /**
   * Wakes up every class that is due, each at its own instant, so that what follows doesn't depend
   * on how often anybody asks.
   */
  long advance() {
    long now = present();
    for (HtbClass due = wakeups.first();
        due != null && due.wakeupAt - now <= 0;
        due = wakeups.first()) {
      propagate(due, due.wakeupAt);
    }
    return now;
  }

  // Who is served.

  /**
   * Grants to a leaf at a time when no waiting leaf can be served, as much as there is.
   *
   * @return bytes, 0 if there are fewer than {@code least}
   */
  private long takeAlone(Leaf leaf, long least, long wanted, long now) {
    HtbClass lender = lenderOf(leaf);
    if (lender == null) {
      return 0;
    }
    long amount = compose(leaf, lender, wanted, true);
    if (amount < least) {
      return 0;
    }
    takePath(leaf, from, amount);
    credit(leaf, amount);
    updatePath(leaf, now);
    return amount;
  }

  /**
   * Serves waiting leaves in their order until it is the leaf's turn. Ends, for every step takes
   * from what others are remembered for, or is one of {@link Leaf#REMEMBERED_TURNS}, or closes a
   * class.
   *
   * @return bytes of that turn; 0 if none are left when it comes, or fewer than {@code least}:
   *     these are set aside then, if others wait too
   */
  private long takeTurn(Leaf leaf, long least, long wanted, long now) {
    setDemand(leaf, wanted - leaf.reserved, now);
    int turns = 0;
    while (turns < Leaf.REMEMBERED_TURNS && lenderOf(leaf) != null) {
      boolean alone = Long.bitCount(root.funded) == 1;
      long turn = Long.MAX_VALUE;
      int key = Long.numberOfTrailingZeros(root.funded);
      HtbClass c = root;
      while (c instanceof InnerClass inner) {
        key = inner.keyBelow(key);
        TurnQueue queue = inner.queue(key);
        way[inner.depth] = queue;
        if (queue.size() > 1) {
          alone = false;
          turn = Math.min(turn, queue.beginTurn());
        }
        c = queue.head().owner;
      }
      Leaf served = (Leaf) c;
      long missing = least - leaf.reserved;
      if (alone && missing > 1 && compose(leaf, lenderOf(leaf), missing, true) < missing) {
        return 0;
      }
      long amount = serve(served, Math.max(turn, grain), alone, now);
      if (served != leaf) {
        setAside(served, amount);
        continue;
      }
      if (leaf.reserved == 0 && amount >= least) {
        credit(leaf, amount);
        return amount;
      }
      turns++;
      setAside(leaf, amount);
      if (leaf.reserved >= least) {
        return collect(leaf, wanted, now);
      }
    }
    return 0;
  }

  private long serve(Leaf leaf, long turn, boolean alone, long now) {
    refreshPath(leaf, now);
    long amount = compose(leaf, lenderOf(leaf), Math.min(leaf.demand, turn), alone);
    for (int depth = 0; depth < leaf.depth; depth++) {
      way[depth].served(amount, nextTurn());
    }
    takePath(leaf, from, amount);
    leaf.demand -= amount;
    updatePath(leaf, now);
    return amount;
  }

  /**
   * Who pays for what is granted to a leaf: the leaf itself or its nearest ancestor that can send,
   * if every class below that may borrow and no class at all can't send.
   *
   * @return null if nobody does
   */
  static HtbClass lenderOf(Leaf leaf) {
    HtbClass lender = leaf;
    while (lender != null && lender.mode == Mode.MAY_BORROW) {
      lender = lender.parent;
    }
    for (HtbClass c = lender; c != null; c = c.parent) {
      if (c.mode == Mode.CANT_SEND) {
        return null;
      }
    }
    return lender;
  }

  /**
   * Says what a leaf can be granted, in total and, in {@link #from}, by lender.
   *
   * @param alone whether those above the nearest lender may lend what that can't
   */
  private long compose(Leaf leaf, HtbClass nearest, long wanted, boolean alone) {
    long most = allowedByAll(leaf, wanted);
    Arrays.fill(from, 0);
    if (policy == Policy.PATH) {
      from[leaf.depth] = most;
      return most;
    }
    // What is lent below is charged to those above as well, so they can lend only what exceeds it.
    long sum = 0;
    for (HtbClass c = nearest; c != null && sum < most; c = alone ? c.parent : null) {
      long lent = Math.max(0, (c.rate == null ? most : c.rate.upTo(most)) - sum);
      from[c.depth] = lent;
      sum += lent;
    }
    return sum;
  }

  /** The part of a grant that every class on the path allows, whoever pays for it. */
  private long allowedByAll(Leaf leaf, long wanted) {
    long most = wanted;
    for (HtbClass c = leaf; c != null; c = c.parent) {
      most = allowedBy(c, most);
    }
    return most;
  }

  private long allowedBy(HtbClass c, long wanted) {
    long most = wanted;
    if (c.peak != null) {
      most = c.peak.upTo(most);
    }
    if (c.rate != null && policy == Policy.PATH) {
      most = c.rate.upTo(most);
    }
    return most;
  }

  // What is done with it.

  /** Keeps a grant that a leaf waited for until it comes back. */
  private void setAside(Leaf leaf, long amount) {
    keep(leaf, amount);
    // Whoever is not remembered for more has to come and say that it wants more.
    boolean worthComing = leaf.reserved >= leaf.least || leaf.demand == 0;
    if (worthComing && !leaf.isExpected()) {
      leaf.reservedTurn.endedAt = nextTurn();
      reserved.add(leaf.reservedTurn);
    }
  }

  private void keep(Leaf leaf, long amount) {
    leaf.reserved += amount;
    for (int depth = 0; depth <= leaf.depth; depth++) {
      leaf.reservedFrom[depth] += from[depth];
    }
  }

  /** Puts what is set aside back; what no longer fits into a bucket is lost. */
  private void release(Leaf leaf) {
    putPath(leaf, leaf.reservedFrom, leaf.reserved);
    forget(leaf);
  }

  private void forget(Leaf leaf) {
    Arrays.fill(leaf.reservedFrom, 0);
    leaf.reserved = 0;
    if (leaf.isExpected()) {
      reserved.remove(leaf.reservedTurn);
    }
  }

  /**
   * Hands out what is set aside, and keeps the rest for the next time. The leaf's own buckets are
   * charged anew as far as it fits into them, so that a leaf gets no more in any interval than they
   * allow, however late it comes and however often something was set aside. What doesn't fit goes
   * back to the ancestors.
   */
  private long collect(Leaf leaf, long wanted, long now) {
    long left = leaf.reserved;
    System.arraycopy(leaf.reservedFrom, 0, leftFrom, 0, leaf.depth + 1);
    forget(leaf);
    leaf.put(leftFrom[leaf.depth], left);
    long granted = takeOfReserved(leaf, Math.min(wanted, left));
    credit(leaf, granted);
    left -= granted;
    if (left > 0) {
      long rest = takeOfReserved(leaf, left);
      keep(leaf, rest);
      left -= rest;
      long sum = leftFrom[leaf.depth];
      for (HtbClass c = leaf.parent; c != null; c = c.parent) {
        sum += leftFrom[c.depth];
        c.put(sum, left);
      }
    }
    updatePath(leaf, now);
    // Also of those that nobody waits for: more may be asked for at once.
    refreshPath(leaf, now);
    return granted;
  }

  /** Takes from what was set aside by each lender, own tokens first, as the leaf's limits allow. */
  private long takeOfReserved(Leaf leaf, long wanted) {
    long most = allowedBy(leaf, wanted);
    long left = most;
    for (int depth = leaf.depth; depth >= 0; depth--) {
      from[depth] = Math.min(left, leftFrom[depth]);
      leftFrom[depth] -= from[depth];
      left -= from[depth];
    }
    leaf.take(from[leaf.depth], most);
    return most;
  }

  /**
   * A class pays its sustained rate for what itself or a class below it lends, its peak for all.
   */
  private static void takePath(Leaf leaf, long[] from, long amount) {
    long sum = 0;
    for (HtbClass c = leaf; c != null; c = c.parent) {
      sum += from[c.depth];
      c.take(sum, amount);
    }
  }

  static void putPath(Leaf leaf, long[] from, long amount) {
    long sum = 0;
    for (HtbClass c = leaf; c != null; c = c.parent) {
      sum += from[c.depth];
      c.put(sum, amount);
    }
  }

  private void credit(Leaf leaf, long amount) {
    for (HtbClass c = leaf; c != null; c = c.parent) {
      c.granted = HtbClass.saturatedSum(c.granted, amount);
      leaf.lastFrom[c.depth] += from[c.depth];
      if (c != leaf) {
        c.lent = HtbClass.saturatedSum(c.lent, from[c.depth]);
        leaf.borrowed = HtbClass.saturatedSum(leaf.borrowed, from[c.depth]);
      }
    }
  }

  private void uncredit(Leaf leaf, long amount) {
    long ofLeaf = Math.min(amount, leaf.granted);
    for (HtbClass c = leaf; c != null; c = c.parent) {
      c.granted -= ofLeaf;
      if (c != leaf) {
        c.lent -= from[c.depth];
        leaf.borrowed -= from[c.depth];
      }
    }
  }

  void setDemand(Leaf leaf, long demand, long now) {
    if (leaf.demand != 0 || demand != 0) {
      leaf.demand = demand;
      propagate(leaf, now);
    }
  }

  private static void refreshPath(Leaf leaf, long now) {
    for (HtbClass c = leaf; c != null; c = c.parent) {
      c.refresh(now);
    }
  }

  private static void updatePath(Leaf leaf, long now) {
    for (HtbClass c = leaf; c != null; c = c.parent) {
      c.update(now);
    }
  }

  static void propagate(HtbClass from, long now) {
    HtbClass c = from;
    while (c != null && c.update(now)) {
      c = c.parent;
    }
  }

  /** What a leaf could get at once if all buckets were full. */
  private long capacity(Leaf leaf) {
    long ofAll = Long.MAX_VALUE;
    long ofLender = 0;
    for (HtbClass c = leaf; c != null; c = c.parent) {
      long ofRate = c.rate == null ? Long.MAX_VALUE : c.rate.burst();
      ofLender = Math.max(ofLender, ofRate);
      ofAll = Math.min(ofAll, c.peak == null ? Long.MAX_VALUE : c.peak.burst());
      if (policy == Policy.PATH) {
        ofAll = Math.min(ofAll, ofRate);
      }
    }
    return policy == Policy.PATH ? ofAll : Math.min(ofAll, ofLender);
  }

  private static void requireInUse(Leaf leaf) {
    if (leaf.removed) {
      throw new IllegalStateException("leaf '" + leaf.path() + "' has been removed from its tree");
    }
  }
}
