package io.virtentropy.ratelimit.htb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.virtentropy.ratelimit.ManualClock;
import io.virtentropy.ratelimit.RateLimiter;
import io.virtentropy.ratelimit.htb.TreePlan.ClassPlan;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** The fast tree and the obvious one, side by side. */
@Label("A hierarchical token bucket and its reference")
final class ReferenceProperties {
  @Property(tries = 3000)
  @Label("should agree on every decision under policy PATH")
  void agreesOnPath(
      @ForAll("pathTrees") TreePlan plan,
      @ForAll("classes") List<ClassPlan> more,
      @ForAll("actions") List<Action> actions) {
    new Twins(plan, more).run(actions);
  }

  @Property(tries = 3000)
  @Label("should agree on every decision under policy BORROW")
  void agreesOnBorrow(
      @ForAll("borrowTrees") TreePlan plan,
      @ForAll("classes") List<ClassPlan> more,
      @ForAll("actions") List<Action> actions) {
    new Twins(plan, more).run(actions);
  }

  @Provide
  Arbitrary<TreePlan> pathTrees() {
    return TreePlan.any(Policy.PATH);
  }

  @Provide
  Arbitrary<TreePlan> borrowTrees() {
    return TreePlan.any(Policy.BORROW);
  }

  @Provide
  Arbitrary<List<ClassPlan>> classes() {
    return TreePlan.classPlan().list().ofSize(5);
  }

  @Provide
  Arbitrary<List<Action>> actions() {
    return Action.any().list().ofMinSize(1).ofMaxSize(120);
  }

  private static final class Twins {
    // Near the end of the numbers, so that the clock comes round.
    private final ManualClock clock = new ManualClock(Long.MAX_VALUE - 1_000_000);
    private final TreePlan plan;
    private final List<ClassPlan> more;
    private final HierarchicalTokenBucket fast;
    private final ReferenceTree slow;
    private final List<Leaf> leaves;
    private final List<HtbClass> classes;
    private final Map<HtbClass, ReferenceTree.Node> twin = new HashMap<>();
    private final Map<Leaf, Long> refundable = new HashMap<>();

    Twins(TreePlan plan, List<ClassPlan> more) {
      this.plan = plan;
      this.more = more;
      TreePlan.Built built = plan.build(clock);
      fast = built.tree();
      leaves = built.leaves();
      classes = built.classes();
      slow = new ReferenceTree(plan.policy(), plan.grain(), fast.root().limits());
      twin.put(fast.root(), slow.root);
      for (HtbClass c : classes) {
        if (c != fast.root()) {
          twin.put(c, slow.add(twin.get(c.parent()), c instanceof Leaf, c.limits()));
        }
      }
    }

    void run(List<Action> actions) {
      int done = 0;
      for (Action action : actions) {
        perform(action);
        // To look wakes up who is due, so not always.
        if (++done % 4 == 0 || done == actions.size()) {
          compare(action);
        }
      }
    }

    private void perform(Action action) {
      switch (action.kind()) {
        case ADVANCE -> advance(action.amount());
        case SLEEP -> {
          long wait = fast.nanosUntilReady();
          assertEquals(slow.nanosUntilReady(), wait);
          advance(wait == RateLimiter.NEVER ? 0 : wait);
        }
        case ACQUIRE, ACQUIRE_AT_LEAST -> {
          if (!leaves.isEmpty()) {
            Leaf leaf = leaves.get(action.which() % leaves.size());
            acquire(leaf, action.least(), action.amount());
          }
        }
        case ACQUIRE_READY -> {
          Leaf ready = fast.nextReady();
          ReferenceTree.Node slowReady = slow.nextReady();
          if (ready == null) {
            assertNull(slowReady);
          } else {
            assertEquals(twin.get(ready), slowReady, ready.path());
            acquire(ready, 1, action.amount());
          }
        }
        case REFUND -> {
          if (!leaves.isEmpty()) {
            Leaf leaf = leaves.get(action.which() % leaves.size());
            long bytes = Math.min(action.amount(), refundable.getOrDefault(leaf, 0L));
            refundable.merge(leaf, -bytes, Long::sum);
            leaf.refund(bytes);
            slow.refund(twin.get(leaf), bytes);
          }
        }
        case ASK -> {
          if (!leaves.isEmpty()) {
            Leaf leaf = leaves.get(action.which() % leaves.size());
            assertEquals(
                slow.nanosUntil(twin.get(leaf), action.amount()), leaf.nanosUntil(action.amount()));
          }
        }
        case WITHDRAW -> {
          if (!leaves.isEmpty()) {
            Leaf leaf = leaves.get(action.which() % leaves.size());
            leaf.withdraw();
            slow.withdraw(twin.get(leaf));
          }
        }
        case CHANGE -> {
          HtbClass c = classes.get(action.which() % classes.size());
          ClassLimits limits =
              more.get((int) (action.amount() % more.size()))
                  .limits(plan.policy(), plan.grain(), c instanceof Leaf, c == fast.root());
          fast.change(c, limits);
          slow.change(twin.get(c), limits);
        }
        case ADD -> {
          HtbClass c = classes.get(action.which() % classes.size());
          InnerClass parent = c instanceof InnerClass inner ? inner : c.parent();
          ClassLimits limits =
              more.get((int) (action.amount() % more.size()))
                  .limits(plan.policy(), plan.grain(), true, false);
          Leaf added = fast.addLeaf(parent, "more" + twin.size(), limits);
          leaves.add(added);
          classes.add(added);
          twin.put(added, slow.add(twin.get(parent), true, limits));
        }
        case REMOVE -> {
          if (!leaves.isEmpty()) {
            Leaf leaf = leaves.remove(action.which() % leaves.size());
            classes.remove(leaf);
            fast.remove(leaf);
            slow.remove(twin.get(leaf));
          }
        }
      }
    }

    private void advance(long nanos) {
      clock.advance(nanos);
      slow.now = slow.now.add(BigInteger.valueOf(nanos));
    }

    private void acquire(Leaf leaf, long least, long wanted) {
      long granted = leaf.acquireAtLeast(least, wanted);
      assertEquals(slow.acquire(twin.get(leaf), least, wanted), granted, leaf.path());
      refundable.put(leaf, granted);
    }

    private void compare(Action after) {
      slow.advance();
      for (HtbClass c : classes) {
        ReferenceTree.Node node = twin.get(c);
        ClassSnapshot seen = c.snapshot();
        node.refill();
        String what = c.path() + " after " + after;
        if (node.rate != null) {
          assertEquals(node.rate.tokens().longValueExact(), seen.rateTokens().orElseThrow(), what);
        }
        if (node.peak != null) {
          assertEquals(node.peak.tokens().longValueExact(), seen.peakTokens().orElseThrow(), what);
        }
        assertEquals(node.granted, seen.granted(), what);
        assertEquals(node.borrowed, seen.borrowed(), what);
        assertEquals(node.lent, seen.lent(), what);
        BigInteger throttled =
            node.wakeAt == null
                ? node.throttled
                : node.throttled.add(slow.now.subtract(node.throttledSince));
        assertEquals(throttled.longValueExact(), seen.throttledNanos(), what);
        if (c instanceof Leaf leaf) {
          assertEquals(node.reserved, seen.reserved(), what);
          assertEquals(node.demand, leaf.demand, what);
        }
      }
    }
  }
}
