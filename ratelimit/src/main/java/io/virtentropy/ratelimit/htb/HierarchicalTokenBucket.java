package io.virtentropy.ratelimit.htb;

import io.virtentropy.ratelimit.NanoClock;
import io.virtentropy.ratelimit.RateLimiter;
import java.util.ArrayList;
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
 * RateLimiter limiter = guest; // for a device
 * }</pre>
 *
 * <p>Consumers may ask whenever they like, each with its own timer. A single loop that serves all
 * of them asks {@link #nextReady} whose turn it is, and {@link #nanosUntilReady} how long to sleep.
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

  private final Scheduler scheduler;
  private final InnerClass root;
  private int classes;
  private long nextId;

  private HierarchicalTokenBucket(Builder builder) {
    this.scheduler = new Scheduler(builder.clock, builder.policy, builder.grain);
    requireFitting(builder.rootName, builder.rootLimits, true, true);
    this.root =
        new InnerClass(
            scheduler, null, builder.rootName, nextId++, builder.rootLimits, scheduler.present());
    this.classes = 1;
    scheduler.start(root);
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
    return scheduler.policy();
  }

  /** {@return how many bytes a class has to hold before anything is granted through it} */
  public long grain() {
    return scheduler.grain();
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
    InnerClass added =
        new InnerClass(scheduler, parent, name, nextId++, limits, scheduler.present());
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
    Leaf added = new Leaf(scheduler, parent, name, nextId++, limits, scheduler.present());
    added(added);
    parent.prepare(limits.priority());
    return added;
  }

  private void added(HtbClass c) {
    c.parent.childrenByName().put(c.name, c);
    classes++;
    scheduler.reserve(classes);
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
    long now = scheduler.advance();
    if (c instanceof Leaf leaf) {
      // Out of the queue of the old priority and into that of the new one.
      long demand = leaf.demand;
      scheduler.setDemand(leaf, 0, now);
      leaf.parent.prepare(limits.priority());
      leaf.setLimits(limits, now);
      scheduler.setDemand(leaf, leaf.remembered(demand), now);
    } else {
      c.setLimits(limits, now);
      Scheduler.propagate(c, now);
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
      scheduler.withdraw(leaf);
    }
    c.parent.childrenByName().remove(c.name);
    c.removed = true;
    classes--;
  }

  /**
   * Says whose turn it is: for a loop that serves all consumers. The leaf's consumer should come
   * and acquire; if it doesn't, the next call names the same leaf.
   *
   * @return a waiting leaf that would get at least one byte now, in the order of the policy; null
   *     if there is none. One that asks for more than a grain at least may find that some of it was
   *     set aside, and has to wait for the rest
   */
  public Leaf nextReady() {
    return scheduler.nextReady();
  }

  /**
   * Says how long nobody who waits can be served.
   *
   * @return nanoseconds from now; 0 if {@link #nextReady} names a leaf; {@link RateLimiter#NEVER}
   *     if nobody waits. A class may wake up then whose ancestors don't let anything through yet,
   *     so there may be nobody ready after that time, but a new answer
   */
  public long nanosUntilReady() {
    return scheduler.nanosUntilReady();
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
    return TreeState.save(this, scheduler.advance());
  }

  /**
   * Takes over a saved state. Nobody waits afterwards, and nothing is set aside.
   *
   * @param state what {@link #saveState} of a tree with the same classes and parameters returned;
   *     treated as untrusted
   * @throws IllegalArgumentException if the bytes are not such a state; nothing has changed then
   */
  public void restoreState(byte[] state) {
    long now = scheduler.advance();
    TreeState saved = TreeState.read(state, this, now);
    for (HtbClass c : classes()) {
      if (c instanceof Leaf leaf) {
        scheduler.withdraw(leaf);
      }
    }
    saved.apply();
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
    if (c.scheduler != scheduler || c.removed) {
      throw new IllegalArgumentException(
          "class '" + c.path() + (c.removed ? "' has been removed" : "' is of another tree"));
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
    if (policy() == Policy.BORROW && limits.rate() == null && !isRoot) {
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
    if (bytes < grain()) {
      throw new IllegalArgumentException(
          "the "
              + what
              + " of '"
              + name
              + "' is "
              + bytes
              + " bytes; at least the tree's grain of "
              + grain()
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
