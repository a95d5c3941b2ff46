package io.virtentropy.ratelimit.htb;

import io.virtentropy.ratelimit.NanoClock;
import io.virtentropy.ratelimit.RateLimiter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * A tree of classes that share one source: the root limits the source, inner classes limit groups,
 * and each {@link Leaf} limits one consumer. How their limits work together is the {@link Policy}.
 *
 * <pre>{@code
 * HierarchicalTokenBucket tree =
 *     HierarchicalTokenBucket.builder(clock)
 *         .policy(Policy.PATH)
 *         .root("hwrng", ClassLimits.of(Rate.perSecond(16_384)))
 *         .build();
 * InnerClass tenants = tree.addInner(tree.root(), "tenants", ClassLimits.of(Rate.perSecond(8192)));
 * Leaf guest = tree.addLeaf(tenants, "guest-1", ClassLimits.of(Rate.perSecond(1024)));
 * device.limitBy(guest); // a leaf is a RateLimiter
 * }</pre>
 *
 * <p>Consumers may ask whenever they like, each with its own timer. A single loop that serves all of
 * them asks {@link #nextReady} whose turn it is, and {@link #nanosUntilReady} how long to sleep.
 *
 * <p>The algorithm is explained with the package. A decision costs time in proportion to the depth
 * of the tree, which is at most 8, plus the logarithm of the number of throttled classes that
 * somebody waits for, and not to the number of leaves. It allocates nothing and takes no lock.
 *
 * <p>A tree with all its classes belongs to one thread at a time; the package tells how to share
 * one.
 */
public final class HierarchicalTokenBucket {
  private static final int MAX_NAME_LENGTH = 255;

  final Wakeups wakeups = new Wakeups();

  private final NanoClock clock;
  private final Policy policy;
  private final long grain;
  private final InnerClass root;
  private int classes;
  private long nextId;
  private long latest;

  /** Leaves for which something was set aside since they came last, in that order. */
  private final Ring reserved = new Ring();

  /** Of the grant in the making: bytes by the depth of the lender, and the rings on the way down. */
  private final long[] from = new long[Offer.MAX_CLASSES_ON_PATH];

  private final long[] leftFrom = new long[Offer.MAX_CLASSES_ON_PATH];
  private final Ring[] way = new Ring[Offer.MAX_CLASSES_ON_PATH];

  private HierarchicalTokenBucket(Builder builder) {
    this.clock = builder.clock;
    this.policy = builder.policy;
    this.grain = builder.grain;
    this.latest = clock.nanoTime();
    requireFitting(builder.rootName, builder.rootLimits, true, true);
    this.root =
        new InnerClass(this, null, builder.rootName, nextId++, builder.rootLimits, latest);
    this.classes = 1;
  }

  /**
   * Starts to describe a tree.
   *
   * @param clock where time comes from
   * @return a builder
   */
  public static Builder builder(NanoClock clock) {
    return new Builder(clock);
  }

  /** {@return how the limits on a path work together} */
  public Policy policy() {
    return policy;
  }

  /** {@return how many bytes a class has to hold before anything is granted through it} */
  public long grain() {
    return grain;
  }

  /** {@return the class that all others are below} */
  public InnerClass root() {
    return root;
  }

  /**
   * Adds a class that others can be added to, with full buckets.
   *
   * @param parent where
   * @param name a name that no sibling has: 1 to 255 characters without {@code /}
   * @param limits its parameters
   * @return the class
   * @throws IllegalArgumentException if the name or the parameters are not acceptable, or the tree
   *     would be too deep: 8 classes from a leaf to the root are accepted
   */
  public InnerClass addInner(InnerClass parent, String name, ClassLimits limits) {
    requireRoom(parent, name, Offer.MAX_CLASSES_ON_PATH - 1);
    requireFitting(name, limits, true, false);
    InnerClass added = new InnerClass(this, parent, name, nextId++, limits, present());
    added(added);
    return added;
  }

  /**
   * Adds a class for one consumer, with full buckets. What they hold is not taken from anybody: the
   * classes above limit what the leaf gets of it.
   *
   * @param parent where
   * @param name a name that no sibling has: 1 to 255 characters without {@code /}
   * @param limits its parameters
   * @return the leaf
   * @throws IllegalArgumentException if the name or the parameters are not acceptable, or the tree
   *     would be too deep: 8 classes from a leaf to the root are accepted
   */
  public Leaf addLeaf(InnerClass parent, String name, ClassLimits limits) {
    requireRoom(parent, name, Offer.MAX_CLASSES_ON_PATH);
    requireFitting(name, limits, false, false);
    Leaf added = new Leaf(this, parent, name, nextId++, limits, present());
    parent.prepare(limits.priority());
    added(added);
    return added;
  }

  private void added(HtbClass c) {
    c.parent.childrenByName().put(c.name, c);
    classes++;
    wakeups.reserve(classes);
  }

  /**
   * Changes the parameters of a class while it is in use. It keeps its tokens as far as they fit,
   * and its debts; a limit that it didn't have starts with a full bucket.
   *
   * @param c a class of this tree
   * @param limits its parameters from now on
   * @throws IllegalArgumentException if the parameters are not acceptable; nothing has changed then
   */
  public void change(HtbClass c, ClassLimits limits) {
    requireOwn(c);
    requireFitting(c.name, limits, c instanceof InnerClass, c == root);
    long now = advance();
    if (c instanceof Leaf leaf) {
      // Out of the ring of the old priority and into that of the new one.
      long demand = leaf.demand;
      setDemand(leaf, 0, now);
      leaf.parent.prepare(limits.priority());
      leaf.setLimits(limits, now);
      setDemand(leaf, leaf.remembered(demand), now);
    } else {
      c.setLimits(limits, now);
      propagate(c, now);
    }
  }

  /**
   * Removes a class without children. What is set aside for a leaf goes back to its ancestors; its
   * own tokens vanish. A removed leaf refuses to be used.
   *
   * @param c a class of this tree other than the root
   * @throws IllegalArgumentException if it is the root or has children
   */
  public void remove(HtbClass c) {
    requireOwn(c);
    if (c == root) {
      throw new IllegalArgumentException("'" + c.name + "' is the root, which can't be removed");
    }
    if (c instanceof InnerClass inner && !inner.childrenByName().isEmpty()) {
      throw new IllegalArgumentException(
          "class '"
              + c.path()
              + "' has "
              + inner.childrenByName().size()
              + " children; a class without any can be removed");
    }
    if (c instanceof Leaf leaf) {
      withdraw(leaf);
    }
    c.parent.childrenByName().remove(c.name);
    c.removed = true;
    classes--;
  }

  /**
   * Says whose turn it is: for a loop that serves all consumers. The leaf's consumer should come and
   * acquire; if it doesn't, the next call names the same leaf.
   *
   * @return a waiting leaf that would get at least one byte now, in the order of the policy; null if
   *     there is none
   */
  public Leaf nextReady() {
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
      c = inner.ring(key).head().owner;
    }
    return (Leaf) c;
  }

  /**
   * Says how long nobody who waits can be served.
   *
   * @return nanoseconds from now; 0 if {@link #nextReady} names a leaf; {@link RateLimiter#NEVER} if
   *     nobody waits. A class may wake up then whose ancestors don't let anything through yet, so
   *     there may be nobody ready after that time, but a new answer
   */
  public long nanosUntilReady() {
    long now = advance();
    if (reserved.size() > 0 || root.funded != 0) {
      return 0;
    }
    HtbClass first = wakeups.first();
    return first == null ? RateLimiter.NEVER : first.wakeupAt - now;
  }

  /**
   * Looks at all classes as of now.
   *
   * @return a snapshot of each, parents before children
   */
  public List<ClassSnapshot> snapshots() {
    List<ClassSnapshot> all = new ArrayList<>(classes);
    for (HtbClass c : classes()) {
      all.add(c.snapshot());
    }
    return all;
  }

  /**
   * Saves the tokens and totals of all classes, and what is set aside. Who waits, and whose turn it
   * is, is not saved: consumers ask again.
   *
   * @return a self-describing, versioned copy of the state; instants are saved relative to now
   */
  public byte[] saveState() {
    return TreeState.save(this, advance());
  }

  /**
   * Takes over a saved state. Nobody waits afterwards, and nothing is set aside.
   *
   * @param state what {@link #saveState} of a tree with the same classes and parameters returned;
   *     treated as untrusted
   * @throws IllegalArgumentException if the bytes are not such a state; nothing has changed then
   */
  public void restoreState(byte[] state) {
    long now = advance();
    TreeState saved = TreeState.read(state, this, now);
    for (HtbClass c : classes()) {
      if (c instanceof Leaf leaf) {
        withdraw(leaf);
      }
    }
    saved.apply();
  }

  // What leaves do.

  long acquireUpTo(Leaf leaf, long wanted) {
    requireInUse(leaf);
    if (wanted <= 0) {
      throw new IllegalArgumentException(wanted + " bytes asked for; 1 or more is accepted");
    }
    long now = advance();
    refreshPath(leaf, now);
    leaf.forgetGrant();
    long granted = leaf.reserved > 0 ? collect(leaf, wanted, now) : 0;
    if (granted < wanted) {
      boolean nobodyElseIsReady = leaf.demand == 0 && root.funded == 0;
      granted +=
          nobodyElseIsReady
              ? takeAlone(leaf, wanted - granted, now)
              : takeTurn(leaf, wanted - granted, now);
    }
    setDemand(leaf, leaf.remembered(wanted - granted), now);
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

  /** Puts back what was set aside when the state was saved. */
  void putBack(Leaf leaf, long[] reservedFrom) {
    putPath(leaf, reservedFrom, Arrays.stream(reservedFrom).sum());
  }

  void restoreLeaf(Leaf leaf, Runnable tokens) {
    withdraw(leaf);
    tokens.run();
    propagate(leaf, advance());
  }

  // Time.

  /** The clock's reading, or the latest one if the clock went back. */
  private long present() {
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
   * @return bytes, 0 if there are none
   */
  private long takeAlone(Leaf leaf, long wanted, long now) {
    HtbClass lender = lenderOf(leaf);
    if (lender == null) {
      return 0;
    }
    long amount = compose(leaf, lender, wanted, true);
    takePath(leaf, from, amount);
    credit(leaf, amount);
    updatePath(leaf, now);
    return amount;
  }

  /**
   * Serves waiting leaves in their order until it is the leaf's turn. Ends, for every step takes
   * from what others are remembered for or closes a class.
   *
   * @return bytes of that turn, 0 if none are left when it comes
   */
  private long takeTurn(Leaf leaf, long wanted, long now) {
    setDemand(leaf, wanted, now);
    while (lenderOf(leaf) != null) {
      boolean alone = Long.bitCount(root.funded) == 1;
      long turn = Long.MAX_VALUE;
      int key = Long.numberOfTrailingZeros(root.funded);
      HtbClass c = root;
      while (c instanceof InnerClass inner) {
        key = inner.keyBelow(key);
        Ring ring = inner.ring(key);
        way[inner.depth] = ring;
        if (ring.size() > 1) {
          alone = false;
          turn = Math.min(turn, ring.beginTurn());
        }
        c = ring.head().owner;
      }
      Leaf served = (Leaf) c;
      long amount = serve(served, Math.max(turn, grain), alone, now);
      if (served == leaf) {
        credit(leaf, amount);
        return amount;
      }
      setAside(served, amount);
    }
    return 0;
  }

  private long serve(Leaf leaf, long turn, boolean alone, long now) {
    refreshPath(leaf, now);
    long amount = compose(leaf, lenderOf(leaf), Math.min(leaf.demand, turn), alone);
    for (int depth = 0; depth < leaf.depth; depth++) {
      way[depth].served(amount);
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
    if (!leaf.isExpected()) {
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

  /** A class pays its sustained rate for what itself or a class below it lends, its peak for all. */
  private static void takePath(Leaf leaf, long[] from, long amount) {
    long sum = 0;
    for (HtbClass c = leaf; c != null; c = c.parent) {
      sum += from[c.depth];
      c.take(sum, amount);
    }
  }

  private static void putPath(Leaf leaf, long[] from, long amount) {
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

  private void setDemand(Leaf leaf, long demand, long now) {
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

  private static void propagate(HtbClass from, long now) {
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

  /** All classes, parents before children. */
  List<HtbClass> classes() {
    List<HtbClass> all = new ArrayList<>(classes);
    all.add(root);
    for (int i = 0; i < all.size(); i++) {
      if (all.get(i) instanceof InnerClass inner) {
        all.addAll(inner.childrenByName().values());
      }
    }
    return all;
  }

  // What is accepted.

  private void requireOwn(HtbClass c) {
    if (c.tree != this || c.removed) {
      throw new IllegalArgumentException(
          "class '" + c.path() + (c.removed ? "' has been removed" : "' is of another tree"));
    }
  }

  private static void requireInUse(Leaf leaf) {
    if (leaf.removed) {
      throw new IllegalStateException("leaf '" + leaf.path() + "' has been removed from its tree");
    }
  }

  private void requireRoom(InnerClass parent, String name, int mostClassesOnPath) {
    requireOwn(parent);
    if (parent.childrenByName().containsKey(name)) {
      throw new IllegalArgumentException(
          "class '" + parent.path() + "' has a child '" + name + "' already");
    }
    if (parent.depth + 2 > mostClassesOnPath) {
      throw new IllegalArgumentException(
          "'"
              + name
              + "' would be class "
              + (parent.depth + 2)
              + " on the path from the root; up to "
              + (mostClassesOnPath == Offer.MAX_CLASSES_ON_PATH ? "8 for a leaf" : "7 for others")
              + " is accepted");
    }
  }

  private void requireFitting(String name, ClassLimits limits, boolean inner, boolean isRoot) {
    if (name.isEmpty() || name.length() > MAX_NAME_LENGTH || name.indexOf('/') >= 0) {
      throw new IllegalArgumentException(
          "'"
              + name
              + "' is no name for a class; 1 to "
              + MAX_NAME_LENGTH
              + " characters without / are accepted");
    }
    if (inner && limits.priority() != 0) {
      throw new IllegalArgumentException(
          "'"
              + name
              + "' has priority "
              + limits.priority()
              + ", but leaves alone have one; 0 is accepted");
    }
    if (policy == Policy.BORROW && limits.rate() == null && !isRoot) {
      throw new IllegalArgumentException(
          "'" + name + "' has no sustained rate; with policy BORROW only the root may have none");
    }
    requireGrain(name, "quantum", limits.quantum());
    if (limits.rate() != null) {
      requireGrain(name, "burst", limits.rate().burst());
    }
    if (limits.peak() != null) {
      requireGrain(name, "burst at the peak rate", limits.peak().burst());
    }
  }

  private void requireGrain(String name, String what, long bytes) {
    if (bytes < grain) {
      throw new IllegalArgumentException(
          "the "
              + what
              + " of '"
              + name
              + "' is "
              + bytes
              + " bytes; at least the tree's grain of "
              + grain
              + " is accepted");
    }
  }

  /** Describes a tree. */
  public static final class Builder {
    private final NanoClock clock;
    private Policy policy = Policy.PATH;
    private long grain = 1;
    private String rootName = "root";
    private ClassLimits rootLimits = ClassLimits.NONE;

    private Builder(NanoClock clock) {
      this.clock = Objects.requireNonNull(clock, "clock");
    }

    /**
     * Chooses how the limits on a path work together.
     *
     * @param policy {@link Policy#PATH} unless this is called
     * @return this builder
     */
    public Builder policy(Policy policy) {
      this.policy = Objects.requireNonNull(policy, "policy");
      return this;
    }

    /**
     * Sets what a class has to hold before anything is granted through it, so that a slow source is
     * not dealt out byte by byte. A leaf that wants less waits for as much all the same; it is
     * charged for what it gets only.
     *
     * @param bytes 1 unless this is called; at most the least burst and the least quantum of any
     *     class; 64 suits Linux guests, which ask for that much
     * @return this builder
     */
    public Builder grain(long bytes) {
      this.grain = bytes;
      return this;
    }

    /**
     * Describes the root, which is the source.
     *
     * @param name its name, {@code root} unless this is called
     * @param limits its parameters, none unless this is called
     * @return this builder
     */
    public Builder root(String name, ClassLimits limits) {
      this.rootName = Objects.requireNonNull(name, "name");
      this.rootLimits = Objects.requireNonNull(limits, "limits");
      return this;
    }

    /**
     * Makes the tree, with its root only.
     *
     * @return a new tree
     * @throws IllegalArgumentException if something isn't acceptable
     */
    public HierarchicalTokenBucket build() {
      if (grain < 1) {
        throw new IllegalArgumentException(
            "the grain is " + grain + " bytes; 1 or more is accepted");
      }
      return new HierarchicalTokenBucket(this);
    }
  }
}
