package io.virtentropy.ratelimit.htb;

import io.virtentropy.ratelimit.Rate;
import io.virtentropy.ratelimit.RateLimiter;
import io.virtentropy.ratelimit.bucket.ExactBucket;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The rules of {@link HierarchicalTokenBucket} written down as plainly as possible: numbers without
 * end, no heap, no masks, nothing kept that can be found out by looking at every leaf. What a class
 * offers and who is in a ring follows from the definitions each time; only when turns ended is
 * remembered, for it is history.
 */
final class ReferenceTree {
  private static final long SIXTY_SECONDS = 60_000_000_000L;

  final Policy policy;
  final long grain;
  final Node root;
  final List<Node> all = new ArrayList<>();
  BigInteger now = BigInteger.ZERO;

  /** Leaves with something set aside, the first first. */
  private final List<Node> parkedInOrder = new ArrayList<>();

  private long nextId;

  /** Counts the turns that ended and the classes that were added. */
  private long instant;

  ReferenceTree(Policy policy, long grain, ClassLimits rootLimits) {
    this.policy = policy;
    this.grain = grain;
    this.root = new Node(null, false, rootLimits);
    all.add(root);
  }

  /** Who shares turns at a class, for one kind of service. */
  record Key(boolean funded, int level, int priority) {
    static final Comparator<Key> ORDER =
        Comparator.comparingInt(Key::level).thenComparingInt(Key::priority);
  }

  final class Node {
    final long id = nextId++;
    final long addedAt = ++instant;
    final Node parent;
    final boolean leaf;
    final int depth;
    final int level;
    ClassLimits limits;
    ExactBucket rate;
    ExactBucket peak;
    Mode mode = Mode.CAN_SEND;
    BigInteger wakeAt;
    BigInteger throttledSince;
    BigInteger throttled = BigInteger.ZERO;
    final Map<Key, List<Node>> rings = new LinkedHashMap<>();
    final Map<Key, Long> deficits = new LinkedHashMap<>();
    final Map<Key, Long> turnsEndedAt = new LinkedHashMap<>();
    long demand;
    long least = 1;
    long reserved;
    long[] reservedFrom;
    long[] lastFrom;
    long granted;
    long borrowed;
    long lent;

    Node(Node parent, boolean leaf, ClassLimits limits) {
      this.parent = parent;
      this.leaf = leaf;
      this.depth = parent == null ? 0 : parent.depth + 1;
      this.level = leaf ? 0 : 7 - depth;
      this.reservedFrom = new long[depth + 1];
      this.lastFrom = new long[depth + 1];
      setLimits(limits);
    }

    void setLimits(ClassLimits newLimits) {
      rate = changed(rate, newLimits.rate());
      Rate newPeak =
          newLimits.peak() == null && policy == Policy.BORROW ? newLimits.rate() : newLimits.peak();
      peak = changed(peak, newPeak);
      limits = newLimits;
    }

    private ExactBucket changed(ExactBucket bucket, Rate r) {
      if (r == null) {
        return null;
      }
      if (bucket == null) {
        return new ExactBucket(r.tokens(), r.periodNanos(), r.burst(), now);
      }
      bucket.refill(now);
      bucket.change(r.tokens(), r.periodNanos(), r.burst());
      return bucket;
    }

    void refill() {
      if (rate != null) {
        rate.refill(now);
      }
      if (peak != null) {
        peak.refill(now);
      }
    }

    void refreshMode() {
      refill();
      boolean rateOpen = rate == null || rate.holds(grain);
      boolean peakOpen = peak == null || peak.holds(grain);
      if (policy == Policy.PATH) {
        mode = rateOpen && peakOpen ? Mode.CAN_SEND : Mode.CANT_SEND;
      } else if (!peakOpen) {
        mode = Mode.CANT_SEND;
      } else {
        mode = rateOpen ? Mode.CAN_SEND : Mode.MAY_BORROW;
      }
    }

    void pay(long fromRate, long fromPeak) {
      if (peak != null) {
        peak.take(fromPeak);
      }
      if (rate != null && fromRate > 0) {
        rate.take(fromRate);
        rate.forgiveBeyond(SIXTY_SECONDS);
      }
    }

    void payBack(long toRate, long toPeak) {
      if (peak != null) {
        peak.put(toPeak);
      }
      if (rate != null) {
        rate.put(toRate);
      }
    }

    BigInteger wait(ExactBucket bucket, long tokens) {
      return bucket == null ? BigInteger.ZERO : bucket.nanosUntil(tokens);
    }

    BigInteger untilModeChanges() {
      if (policy == Policy.PATH) {
        return wait(rate, grain).max(wait(peak, grain));
      }
      return mode == Mode.CANT_SEND ? wait(peak, grain) : wait(rate, grain);
    }

    /** From this class to the root. */
    List<Node> path() {
      List<Node> path = new ArrayList<>();
      for (Node n = this; n != null; n = n.parent) {
        path.add(n);
      }
      return path;
    }

    boolean isBelow(Node other) {
      return path().contains(other);
    }

    /** What a leaf is to the parent of a class above it: null if it can't be served through it. */
    Key offeredBy(Node above) {
      if (demand == 0) {
        return null;
      }
      Node lender = null;
      for (Node n : path()) {
        if (n.mode == Mode.CANT_SEND) {
          return null;
        }
        if (lender == null && n.mode == Mode.CAN_SEND) {
          lender = n;
        }
        if (n == above) {
          break;
        }
      }
      return lender == null
          ? new Key(false, 0, limits.priority())
          : new Key(true, lender.level, limits.priority());
    }

    boolean isActive() {
      if (leaf) {
        return demand > 0;
      }
      for (Node child : all) {
        if (child.parent == this && !child.offers().isEmpty()) {
          return true;
        }
      }
      return false;
    }

    List<Key> offers() {
      List<Key> keys = new ArrayList<>();
      for (Node n : all) {
        if (n.leaf && n.isBelow(this)) {
          Key key = n.offeredBy(this);
          if (key != null && !keys.contains(key)) {
            keys.add(key);
          }
        }
      }
      return keys;
    }

    /** A leaf has one turn for what is funded and one for what is not, an inner class many. */
    private Key turnOf(Key key) {
      return leaf ? new Key(key.funded(), 0, 0) : key;
    }

    long deficit(Key key) {
      return deficits.getOrDefault(turnOf(key), 0L);
    }

    void setDeficit(Key key, long value) {
      deficits.put(turnOf(key), value);
    }

    /** Whose last turn ended first is first; a class that had none counts from its addition. */
    long turnEndedAt(Key key) {
      return turnsEndedAt.getOrDefault(turnOf(key), addedAt);
    }

    void endTurn(Key key) {
      turnsEndedAt.put(turnOf(key), ++instant);
    }
  }

  Node add(Node parent, boolean leaf, ClassLimits limits) {
    Node added = new Node(parent, leaf, limits);
    all.add(added);
    return added;
  }

  void remove(Node n) {
    if (n.leaf) {
      withdraw(n);
    }
    all.remove(n);
  }

  void change(Node n, ClassLimits limits) {
    advance();
    if (n.leaf) {
      long demand = n.demand;
      setDemand(n, 0);
      n.setLimits(limits);
      setDemand(n, remembered(n, demand));
    } else {
      n.setLimits(limits);
      settle(n, false);
    }
  }

  /** Lets every class that is due wake up, one after the other. */
  void advance() {
    while (true) {
      Node due = null;
      for (Node n : all) {
        if (n.wakeAt != null
            && n.wakeAt.compareTo(now) <= 0
            && (due == null
                || n.wakeAt.compareTo(due.wakeAt) < 0
                || (n.wakeAt.equals(due.wakeAt) && n.id < due.id))) {
          due = n;
        }
      }
      if (due == null) {
        return;
      }
      BigInteger present = now;
      now = due.wakeAt;
      settle(due, false);
      now = present;
    }
  }

  /** After something happened to a class, or to all on its path: modes, wake-ups, rings. */
  private void settle(Node changed, boolean wholePath) {
    for (Node n : changed.path()) {
      if (n == changed || wholePath) {
        n.refreshMode();
      }
    }
    // From the leaves up, for what a class offers depends on what is offered to it.
    List<Node> upwards = new ArrayList<>(all);
    upwards.sort(Comparator.comparingInt((Node n) -> n.depth).reversed());
    for (Node n : upwards) {
      boolean active = n.isActive();
      if (active && n.wakeAt == null) {
        n.refreshMode();
      }
      if (active && n.mode != Mode.CAN_SEND) {
        if (n.wakeAt == null) {
          n.throttledSince = now;
        }
        if (n.wakeAt == null || n == changed || (wholePath && changed.isBelow(n))) {
          n.wakeAt = now.add(n.untilModeChanges());
        }
      } else if (n.wakeAt != null) {
        n.throttled = n.throttled.add(now.subtract(n.throttledSince));
        n.wakeAt = null;
      }
    }
    for (Node inner : all) {
      if (!inner.leaf) {
        updateRings(inner);
      }
    }
  }

  private void updateRings(Node inner) {
    Map<Key, List<Node>> members = new LinkedHashMap<>();
    for (Node child : all) {
      if (child.parent == inner) {
        for (Key key : child.offers()) {
          members.computeIfAbsent(key, k -> new ArrayList<>()).add(child);
        }
      }
    }
    inner.rings.forEach(
        (key, ring) -> ring.removeIf(n -> !members.getOrDefault(key, List.of()).contains(n)));
    members.forEach(
        (key, wanted) -> {
          List<Node> ring = inner.rings.computeIfAbsent(key, k -> new ArrayList<>());
          ring.clear();
          ring.addAll(wanted);
          ring.sort(Comparator.comparingLong(n -> n.turnEndedAt(key)));
        });
  }

  /** The waiting leaves that can be served now, by looking at each. */
  List<Node> ready() {
    List<Node> ready = new ArrayList<>();
    for (Node n : all) {
      if (n.leaf && n.offeredBy(root) != null && n.offeredBy(root).funded()) {
        ready.add(n);
      }
    }
    return ready;
  }

  private Key bestKey() {
    return ready().stream().map(n -> n.offeredBy(root)).min(Key.ORDER).orElse(null);
  }

  private static Key keyBelow(Node inner, Key key) {
    return key.funded() && key.level() == inner.level ? new Key(false, 0, key.priority()) : key;
  }

  Node nextReady() {
    advance();
    if (!parkedInOrder.isEmpty()) {
      return parkedInOrder.get(0);
    }
    if (bestKey() == null) {
      return null;
    }
    Key key = bestKey();
    Node n = root;
    while (!n.leaf) {
      key = keyBelow(n, key);
      n = n.rings.get(key).get(0);
    }
    return n;
  }

  long nanosUntilReady() {
    advance();
    if (!parkedInOrder.isEmpty() || !ready().isEmpty()) {
      return 0;
    }
    BigInteger first = null;
    for (Node n : all) {
      if (n.wakeAt != null && (first == null || n.wakeAt.compareTo(first) < 0)) {
        first = n.wakeAt;
      }
    }
    return first == null
        ? RateLimiter.NEVER
        : first.subtract(now).min(BigInteger.ONE.shiftLeft(62)).longValueExact();
  }

  long acquire(Node leaf, long least, long wanted) {
    advance();
    leaf.path().forEach(Node::refreshMode);
    leaf.lastFrom = new long[leaf.depth + 1];
    leaf.least = Math.min(least, capacity(leaf));
    long granted = leaf.reserved >= leaf.least ? collect(leaf, wanted) : 0;
    if (granted < wanted) {
      long missing = Math.max(1, leaf.least - granted);
      if (leaf.demand == 0 && leaf.reserved == 0 && ready().isEmpty()) {
        granted += takeAlone(leaf, missing, wanted - granted);
      } else {
        granted += takeTurn(leaf, missing, wanted - granted);
      }
    }
    setDemand(leaf, remembered(leaf, Math.max(0, wanted - granted - leaf.reserved)));
    return granted;
  }

  private static long remembered(Node leaf, long wanted) {
    BigInteger most = BigInteger.valueOf(leaf.limits.quantum()).shiftLeft(4);
    return BigInteger.valueOf(wanted).min(most).longValueExact();
  }

  private void setDemand(Node leaf, long demand) {
    if (leaf.demand != 0 || demand != 0) {
      leaf.demand = demand;
      settle(leaf, false);
    }
  }

  private static Node lenderOf(Node leaf) {
    Node lender = null;
    for (Node n : leaf.path()) {
      if (n.mode == Mode.CANT_SEND) {
        return null;
      }
      if (lender == null && n.mode == Mode.CAN_SEND) {
        lender = n;
      }
    }
    return lender;
  }

  private long takeAlone(Node leaf, long least, long wanted) {
    if (lenderOf(leaf) == null) {
      return 0;
    }
    long[] from = compose(leaf, wanted, true);
    if (sum(from) < least) {
      return 0;
    }
    pay(leaf, from);
    credit(leaf, from);
    settle(leaf, true);
    return sum(from);
  }

  private long takeTurn(Node leaf, long least, long wanted) {
    setDemand(leaf, wanted - leaf.reserved);
    int turns = 0;
    while (turns < 16 && lenderOf(leaf) != null) {
      boolean alone = ready().size() == 1;
      if (alone && sum(compose(leaf, wanted, true)) + leaf.reserved < least) {
        return 0;
      }
      Key key = bestKey();
      long turn = Long.MAX_VALUE;
      Map<Node, Key> way = new LinkedHashMap<>();
      Node n = root;
      while (!n.leaf) {
        key = keyBelow(n, key);
        List<Node> ring = n.rings.get(key);
        Node head = ring.get(0);
        way.put(n, key);
        if (ring.size() > 1) {
          if (head.deficit(key) <= 0) {
            head.setDeficit(key, head.deficit(key) + head.limits.quantum());
          }
          turn = Math.min(turn, head.deficit(key));
        }
        n = head;
      }
      Node served = n;
      served.path().forEach(Node::refreshMode);
      long[] from = compose(served, Math.min(served.demand, Math.max(turn, grain)), alone);
      long amount = sum(from);
      way.forEach(
          (inner, k) -> {
            List<Node> ring = inner.rings.get(k);
            if (ring.size() > 1) {
              Node head = ring.get(0);
              head.setDeficit(k, head.deficit(k) - amount);
              if (head.deficit(k) <= 0) {
                head.endTurn(k);
              }
            }
          });
      pay(served, from);
      served.demand -= amount;
      if (served == leaf && leaf.reserved == 0 && amount >= least) {
        credit(leaf, from);
        settle(leaf, true);
        return amount;
      }
      served.reserved += amount;
      for (int i = 0; i < from.length; i++) {
        served.reservedFrom[i] += from[i];
      }
      boolean comes = served.reserved >= served.least || served.demand == 0;
      if (comes && !parkedInOrder.contains(served)) {
        parkedInOrder.add(served);
      }
      settle(served, true);
      if (served == leaf) {
        turns++;
        if (leaf.reserved >= least) {
          return collect(leaf, wanted);
        }
      }
    }
    return 0;
  }

  private long allowedByAll(Node leaf, long wanted) {
    long most = wanted;
    for (Node n : leaf.path()) {
      most = allowedBy(n, most);
    }
    return most;
  }

  private long allowedBy(Node n, long wanted) {
    long most = wanted;
    if (n.peak != null) {
      most = n.peak.upTo(most);
    }
    if (n.rate != null && policy == Policy.PATH) {
      most = n.rate.upTo(most);
    }
    return most;
  }

  private long[] compose(Node leaf, long wanted, boolean alone) {
    long most = allowedByAll(leaf, wanted);
    long[] from = new long[leaf.depth + 1];
    if (policy == Policy.PATH) {
      from[leaf.depth] = most;
      return from;
    }
    boolean found = false;
    long lentSoFar = 0;
    for (Node n : leaf.path()) {
      found |= n.mode == Mode.CAN_SEND;
      if (found) {
        long has = n.rate == null ? most : n.rate.upTo(most);
        if (has > lentSoFar) {
          from[n.depth] = has - lentSoFar;
          lentSoFar = has;
        }
        if (!alone) {
          break;
        }
      }
    }
    return from;
  }

  private static long sum(long[] from) {
    long sum = 0;
    for (long f : from) {
      sum += f;
    }
    return sum;
  }

  private static long lentAtOrBelow(Node n, long[] from) {
    long sum = 0;
    for (int depth = n.depth; depth < from.length; depth++) {
      sum += from[depth];
    }
    return sum;
  }

  private void pay(Node leaf, long[] from) {
    for (Node n : leaf.path()) {
      n.pay(lentAtOrBelow(n, from), sum(from));
    }
  }

  private void payBack(Node leaf, long[] from) {
    for (Node n : leaf.path()) {
      n.payBack(lentAtOrBelow(n, from), sum(from));
    }
  }

  private static void credit(Node leaf, long[] from) {
    for (Node n : leaf.path()) {
      n.granted += sum(from);
      leaf.lastFrom[n.depth] += from[n.depth];
      if (n != leaf) {
        n.lent += from[n.depth];
        leaf.borrowed += from[n.depth];
      }
    }
  }

  private long collect(Node leaf, long wanted) {
    long[] was = leaf.reservedFrom;
    long reserved = leaf.reserved;
    forget(leaf);
    leaf.payBack(was[leaf.depth], reserved);
    long[] fetched = takeOf(leaf, was, Math.min(wanted, reserved));
    credit(leaf, fetched);
    leaf.reservedFrom = takeOf(leaf, was, reserved - sum(fetched));
    leaf.reserved = sum(leaf.reservedFrom);
    for (Node n : leaf.path()) {
      if (n != leaf) {
        n.payBack(lentAtOrBelow(n, was), sum(was));
      }
    }
    settle(leaf, true);
    return sum(fetched);
  }

  private long[] takeOf(Node leaf, long[] was, long wanted) {
    long left = allowedBy(leaf, wanted);
    long[] from = new long[leaf.depth + 1];
    for (int depth = leaf.depth; depth >= 0; depth--) {
      from[depth] = Math.min(left, was[depth]);
      was[depth] -= from[depth];
      left -= from[depth];
    }
    leaf.pay(from[leaf.depth], sum(from));
    return from;
  }

  private void forget(Node leaf) {
    leaf.reservedFrom = new long[leaf.depth + 1];
    leaf.reserved = 0;
    parkedInOrder.remove(leaf);
  }

  private void release(Node leaf) {
    payBack(leaf, leaf.reservedFrom);
    forget(leaf);
  }

  void withdraw(Node leaf) {
    advance();
    if (leaf.reserved > 0) {
      release(leaf);
      settle(leaf, true);
    }
    setDemand(leaf, 0);
  }

  void refund(Node leaf, long bytes) {
    advance();
    long[] from = new long[leaf.depth + 1];
    long left = bytes;
    for (int depth = 0; depth <= leaf.depth; depth++) {
      from[depth] = Math.min(left, leaf.lastFrom[depth]);
      leaf.lastFrom[depth] -= from[depth];
      left -= from[depth];
    }
    long ofLeaf = Math.min(bytes, leaf.granted);
    for (Node n : leaf.path()) {
      n.granted -= ofLeaf;
      if (n != leaf) {
        n.lent -= from[n.depth];
        leaf.borrowed -= from[n.depth];
      }
    }
    from[policy == Policy.PATH ? leaf.depth : 0] += left;
    payBack(leaf, from);
    settle(leaf, true);
  }

  long nanosUntil(Node leaf, long bytes) {
    advance();
    leaf.path().forEach(Node::refill);
    BigInteger capacity = BigInteger.valueOf(capacity(leaf));
    long needed = capacity.min(BigInteger.valueOf(bytes)).longValueExact() - leaf.reserved;
    if (needed <= 0) {
      return 0;
    }
    needed = Math.max(needed, grain);
    BigInteger forAll = BigInteger.ZERO;
    BigInteger forLender = null;
    for (Node n : leaf.path()) {
      forAll = forAll.max(n.wait(n.peak, needed));
      if (policy == Policy.PATH) {
        forAll = forAll.max(n.wait(n.rate, needed));
      } else if (n.rate == null || n.limits.rate().burst() >= needed) {
        BigInteger forRate = n.wait(n.rate, needed);
        forLender = forLender == null ? forRate : forLender.min(forRate);
      }
    }
    return forAll
        .max(forLender == null ? BigInteger.ZERO : forLender)
        .min(BigInteger.valueOf(Long.MAX_VALUE))
        .longValueExact();
  }

  /** What a leaf could get at once if all buckets were full. */
  private long capacity(Node leaf) {
    BigInteger capacity = BigInteger.valueOf(Long.MAX_VALUE);
    BigInteger bestLender = BigInteger.ZERO;
    for (Node n : leaf.path()) {
      Rate peak = n.limits.peak();
      if (peak == null && policy == Policy.BORROW) {
        peak = n.limits.rate();
      }
      if (peak != null) {
        capacity = capacity.min(BigInteger.valueOf(peak.burst()));
      }
      BigInteger ofRate =
          BigInteger.valueOf(n.limits.rate() == null ? Long.MAX_VALUE : n.limits.rate().burst());
      bestLender = bestLender.max(ofRate);
      if (policy == Policy.PATH) {
        capacity = capacity.min(ofRate);
      }
    }
    if (policy == Policy.BORROW) {
      capacity = capacity.min(bestLender);
    }
    return capacity.longValueExact();
  }
}
