package io.virtentropy.distribution.serving;

import io.virtentropy.distribution.pool.Bucket;
import io.virtentropy.distribution.pool.ClassDefinition;
import io.virtentropy.distribution.pool.PoolDefinition;
import io.virtentropy.ratelimit.NanoClock;
import io.virtentropy.ratelimit.Rate;
import io.virtentropy.ratelimit.htb.ClassLimits;
import io.virtentropy.ratelimit.htb.ClassSnapshot;
import io.virtentropy.ratelimit.htb.HierarchicalTokenBucket;
import io.virtentropy.ratelimit.htb.InnerClass;
import io.virtentropy.ratelimit.htb.Leaf;
import io.virtentropy.ratelimit.htb.Policy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A pool's classes at work: the source at the root, a class for each that is defined, and below
 * those that guests draw on a leaf for each client, so that clients of one class share it alike;
 * those of one peer may be put together below one more class, and have one share of it.
 *
 * <p>Belongs to one thread at a time.
 */
final class ClassTree {
  private static final long SECOND_NANOS = 1_000_000_000;

  /** What a Linux guest asks for at once: less is not worth a turn. */
  static final long GRAIN_BYTES = 64;

  private final PoolDefinition pool;
  private final HierarchicalTokenBucket tree;
  private final Map<String, InnerClass> classes = new HashMap<>();
  private final Map<String, Integer> priorities = new HashMap<>();
  private final List<InnerClass> inOrder = new ArrayList<>();
  private final Map<SharedBy, Shared> shares = new HashMap<>();
  private final Map<InnerClass, Shared> sharesByClass = new HashMap<>();
  private long nextClient = 1;
  private long nextShare = 1;

  /** Whose clients have one share of a class. */
  private record SharedBy(String className, Object peer) {}

  /** A share that several clients have together. */
  private static final class Shared {
    private final SharedBy by;
    private final InnerClass share;
    private int clients;

    Shared(SharedBy by, InnerClass share) {
      this.by = by;
      this.share = share;
    }
  }

  ClassTree(PoolDefinition pool, NanoClock clock) {
    this.pool = pool;
    this.tree =
        HierarchicalTokenBucket.builder(clock)
            .policy(pool.policy())
            .grain(GRAIN_BYTES)
            .root("source", sourceLimits(pool))
            .build();
    for (ClassDefinition top : pool.classes()) {
      add(tree.root(), top, 0);
    }
  }

  /**
   * With several sources no more is drawn than from the slowest that has a rate: mixed, each byte
   * takes one of each; one after the other, it may be the slowest's turn.
   */
  private static ClassLimits sourceLimits(PoolDefinition pool) {
    Rate slowest = null;
    for (Optional<Bucket> limit : pool.sources().stream().map(s -> s.rate()).toList()) {
      if (limit.isPresent()) {
        Rate rate = withGrain(limit.get().toRate());
        slowest = slowest == null || rate.isAtMost(slowest) ? rate : slowest;
      }
    }
    return slowest == null ? ClassLimits.NONE : ClassLimits.of(slowest);
  }

  /** A bucket that never holds a grain would never give any. */
  private static Rate withGrain(Rate rate) {
    return rate.burst() < GRAIN_BYTES ? rate.withBurst(GRAIN_BYTES) : rate;
  }

  private void add(InnerClass parent, ClassDefinition c, int priorityAbove) {
    int priority = c.priority().orElse(priorityAbove);
    InnerClass made = tree.addInner(parent, c.name(), limits(c));
    classes.put(c.name(), made);
    priorities.put(c.name(), priority);
    inOrder.add(made);
    for (ClassDefinition below : c.classes()) {
      add(made, below, priority);
    }
  }

  private static ClassLimits limits(ClassDefinition c) {
    ClassLimits limits =
        c.rate().map(r -> ClassLimits.of(withGrain(r.toRate()))).orElse(ClassLimits.NONE);
    if (c.peak().isPresent()) {
      limits = limits.withPeak(withGrain(c.peak().get().toRate()));
    }
    return c.quantum().isPresent()
        ? limits.withQuantum(Math.max(GRAIN_BYTES, c.quantum().getAsLong()))
        : limits;
  }

  /**
   * Makes a leaf for a client.
   *
   * @param className a leaf class of the pool
   * @return the leaf, for {@link #detach}
   */
  Leaf attach(String className) {
    InnerClass parent = leafClass(className);
    return addClient(parent, parent, className);
  }

  /**
   * Makes a leaf for a client that has one share of its class together with others. A share has no
   * limit of its own.
   *
   * @param className a leaf class of the pool, whose policy is {@code path}
   * @param peer equal for those who share
   * @return the leaf, for {@link #detach}
   */
  Leaf attach(String className, Object peer) {
    InnerClass parent = leafClass(className);
    Shared shared =
        shares.computeIfAbsent(new SharedBy(className, peer), by -> addShare(by, parent));
    shared.clients++;
    return addClient(shared.share, parent, className);
  }

  private Shared addShare(SharedBy by, InnerClass parent) {
    ClassLimits limits = ClassLimits.NONE.withQuantum(GRAIN_BYTES);
    Shared shared = new Shared(by, tree.addInner(parent, "peer-" + nextShare++, limits));
    sharesByClass.put(shared.share, shared);
    return shared;
  }

  private InnerClass leafClass(String className) {
    InnerClass found = classes.get(className);
    if (found == null || !pool.find(className).orElseThrow().isLeaf()) {
      throw new IllegalArgumentException(
          "class '" + className + "'; one that pool '" + pool.name() + "' has is accepted");
    }
    return found;
  }

  private Leaf addClient(InnerClass under, InnerClass c, String className) {
    return tree.addLeaf(under, "client-" + nextClient++, clientLimits(c, className));
  }

  /**
   * A client has no limit of its own, and turns of one request of a Linux guest, so that those who
   * wait in a class of thousands have their share of any short while. Under {@code borrow} it must
   * have a guarantee: a token one, beyond which its class lends it, up to what the class may have.
   */
  private ClassLimits clientLimits(InnerClass parent, String className) {
    ClassLimits limits = ClassLimits.NONE;
    if (pool.policy() == Policy.BORROW) {
      ClassLimits above = parent.limits();
      Rate guarantee = new Rate(1, SECOND_NANOS, GRAIN_BYTES);
      limits =
          ClassLimits.of(guarantee).withPeak(above.peak() != null ? above.peak() : above.rate());
    }
    return limits.withPriority(priorities.get(className)).withQuantum(GRAIN_BYTES);
  }

  /** A client is gone: what was set aside for it goes back. */
  void detach(Leaf leaf) {
    leaf.withdraw();
    tree.remove(leaf);
    Shared shared = sharesByClass.get(leaf.parent());
    if (shared != null && --shared.clients == 0) {
      shares.remove(shared.by);
      sharesByClass.remove(shared.share);
      tree.remove(shared.share);
    }
  }

  /** Whose turn it is among the clients that wait; null if it is nobody's now. */
  Leaf nextReady() {
    return tree.nextReady();
  }

  /** Nanoseconds until that has another answer than null, or may have. */
  long nanosUntilReady() {
    return tree.nanosUntilReady();
  }

  /** How the classes are: the source first, then those defined, each before those below it. */
  List<ClassSnapshot> snapshots() {
    List<ClassSnapshot> all = new ArrayList<>();
    all.add(tree.root().snapshot());
    inOrder.forEach(c -> all.add(c.snapshot()));
    return all;
  }
}
