package io.virtentropy.ratelimit.htb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.ratelimit.ManualClock;
import io.virtentropy.ratelimit.Rate;
import io.virtentropy.ratelimit.RateLimiter;
import io.virtentropy.ratelimit.htb.TreePlan.Built;
import io.virtentropy.ratelimit.htb.TreePlan.ClassPlan;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Invariants 8 to 17 over generated trees and demands; those of one bucket are with the bucket. */
@Label("A hierarchical token bucket")
final class InvariantProperties {
  private static final Set<Action.Kind> ACQUIRING =
      EnumSet.of(Action.Kind.ACQUIRE, Action.Kind.ACQUIRE_AT_LEAST);

  private static final Set<Action.Kind> TRAFFIC =
      EnumSet.of(
          Action.Kind.ADVANCE,
          Action.Kind.SLEEP,
          Action.Kind.ACQUIRE,
          Action.Kind.ACQUIRE_AT_LEAST,
          Action.Kind.ACQUIRE_READY,
          Action.Kind.ASK);

  private static final Set<Action.Kind> TRAFFIC_AND_REFUNDS =
      EnumSet.of(
          Action.Kind.ADVANCE,
          Action.Kind.SLEEP,
          Action.Kind.ACQUIRE,
          Action.Kind.ACQUIRE_AT_LEAST,
          Action.Kind.ACQUIRE_READY,
          Action.Kind.REFUND,
          Action.Kind.WITHDRAW,
          Action.Kind.ASK);

  /** A tree that a trace runs on, and what was granted when. */
  private static class Run {
    final ManualClock clock = new ManualClock(Long.MAX_VALUE - 1_000_000);
    final Built built;
    final HierarchicalTokenBucket tree;
    final Map<Leaf, Long> refundable = new HashMap<>();
    final List<Long> grants = new ArrayList<>();
    long time;
    long delivered;

    Run(TreePlan plan) {
      this.built = plan.build(clock);
      this.tree = built.tree();
    }

    void run(List<Action> actions, Set<Action.Kind> kinds) {
      for (Action action : actions) {
        if (kinds.contains(action.kind())) {
          step(action);
        }
      }
    }

    void step(Action action) {
      Leaf leaf = built.leaves().get(action.which() % built.leaves().size());
      switch (action.kind()) {
        case ADVANCE -> advance(action.amount());
        case SLEEP -> {
          long wait = tree.nanosUntilReady();
          advance(wait == RateLimiter.NEVER ? 0 : wait);
        }
        case ACQUIRE, ACQUIRE_AT_LEAST -> acquire(leaf, action.least(), action.amount());
        case ACQUIRE_READY -> {
          Leaf ready = tree.nextReady();
          if (ready != null) {
            acquire(ready, 1, action.amount());
          }
        }
        case ASK -> leaf.nanosUntil(action.amount());
        case WITHDRAW -> leaf.withdraw();
        case REFUND -> {
          long bytes = Math.min(action.amount(), refundable.getOrDefault(leaf, 0L));
          refundable.merge(leaf, -bytes, Long::sum);
          leaf.refund(bytes);
          delivered -= bytes;
        }
        case CHANGE, ADD, REMOVE -> throw new IllegalArgumentException("not traffic: " + action);
      }
    }

    void advance(long nanos) {
      clock.advance(nanos);
      time += nanos;
    }

    void acquire(Leaf leaf, long least, long wanted) {
      long granted = leaf.acquireAtLeast(least, wanted);
      refundable.put(leaf, granted);
      delivered += granted;
      grants.add(granted);
    }
  }

  @Property
  @Label("invariant 5: should grant what was waited for at the announced instant and not before")
  void waitsExactly(
      @ForAll("trees") TreePlan plan,
      @ForAll("actions") List<Action> actions,
      @ForAll("amounts") long wanted) {
    Run run = new Run(plan);
    run.run(actions, TRAFFIC_AND_REFUNDS);
    // Exact as long as nobody else takes anything.
    run.built.leaves().forEach(Leaf::withdraw);
    Leaf leaf = run.built.leaves().get(0);
    long wait = leaf.nanosUntil(wanted);
    Assume.that(wait > 0 && wait < 1L << 61);
    run.advance(wait - 1);
    assertEquals(1, leaf.nanosUntil(wanted));
    byte[] before = run.tree.saveState();
    long early = leaf.acquireUpTo(wanted);
    leaf.withdraw();
    run.tree.restoreState(before);
    run.advance(1);
    assertEquals(0, leaf.nanosUntil(wanted));
    long granted = leaf.acquireUpTo(wanted);
    assertTrue(granted > 0);
    assertTrue(early < granted || early < run.tree.grain(), early + " before " + granted);
  }

  @Property
  @Label("invariant 8: should grant in every class what it grants below, and no byte twice")
  void conserves(@ForAll("trees") TreePlan plan, @ForAll("actions") List<Action> actions) {
    Run run = new Run(plan);
    run.run(actions, TRAFFIC_AND_REFUNDS);
    assertEquals(run.delivered, run.tree.root().snapshot().granted());
    for (HtbClass c : run.built.classes()) {
      if (c instanceof InnerClass inner) {
        long sum = 0;
        for (HtbClass child : inner.children()) {
          sum += child.snapshot().granted();
        }
        assertEquals(sum, c.snapshot().granted(), c.path());
      }
    }
  }

  @Property
  @Label("invariant 9: should take nothing anywhere when it refuses, but for whom it sets it aside")
  void refusesWithoutTrace(
      @ForAll("trees") TreePlan plan, @ForAll("actions") List<Action> actions) {
    Run run = new Run(plan);
    for (Action action : actions) {
      if (!ACQUIRING.contains(action.kind())) {
        run.run(List.of(action), TRAFFIC);
        continue;
      }
      List<ClassSnapshot> before = run.tree.snapshots();
      run.step(action);
      if (run.grants.get(run.grants.size() - 1) == 0) {
        List<ClassSnapshot> after = run.tree.snapshots();
        for (int i = 0; i < before.size(); i++) {
          assertEquals(
              held(before.get(i).peakTokens(), before.get(i)),
              held(after.get(i).peakTokens(), after.get(i)));
          if (plan.policy() == Policy.PATH) {
            assertEquals(
                held(before.get(i).rateTokens(), before.get(i)),
                held(after.get(i).rateTokens(), after.get(i)));
          }
          assertEquals(before.get(i).granted(), after.get(i).granted());
        }
      }
    }
  }

  private static OptionalLong held(OptionalLong tokens, ClassSnapshot seen) {
    return tokens.isEmpty() ? tokens : OptionalLong.of(tokens.getAsLong() + seen.reserved());
  }

  @Property
  @Label("invariant 10: should keep every class within its rates in any interval")
  void pathBound(@ForAll("trees") TreePlan plan, @ForAll("actions") List<Action> actions) {
    Run run = new Run(plan);
    record Sample(long time, long charged, long granted) {}
    Map<HtbClass, List<Sample>> samples = new LinkedHashMap<>();
    run.built.classes().forEach(c -> samples.put(c, new ArrayList<>(List.of(new Sample(0, 0, 0)))));
    for (Action action : actions) {
      run.run(List.of(action), TRAFFIC);
      samples.forEach(
          (c, s) -> {
            ClassSnapshot seen = c.snapshot();
            s.add(new Sample(run.time, seen.granted() + seen.reserved(), seen.granted()));
          });
    }
    samples.forEach(
        (c, s) -> {
          Rate rate = plan.policy() == Policy.PATH ? c.limits().rate() : null;
          Rate peak = c.limits().peak();
          if (peak == null && plan.policy() == Policy.BORROW) {
            peak = c.limits().rate();
          }
          for (int from = 0; from + 1 < s.size(); from++) {
            for (int to = from + 1; to < s.size(); to++) {
              // The first of the grants was made at the instant of the sample after `from`.
              long nanos = s.get(to).time() - s.get(from + 1).time();
              long charged = s.get(to).charged() - s.get(from).charged();
              assertWithin(rate, charged, nanos, c);
              assertWithin(peak, charged, nanos, c);
              if (c instanceof Leaf) {
                // What was set aside and is fetched late stays within the bound too.
                long granted = s.get(to).granted() - s.get(from).granted();
                assertWithin(rate, granted, nanos, c);
                assertWithin(peak, granted, nanos, c);
              }
            }
          }
        });
  }

  private static void assertWithin(Rate rate, long granted, long nanos, HtbClass c) {
    if (rate != null) {
      BigInteger most =
          BigInteger.valueOf(rate.tokens())
              .multiply(BigInteger.valueOf(nanos))
              .add(BigInteger.valueOf(rate.periodNanos() - 1))
              .divide(BigInteger.valueOf(rate.periodNanos()))
              .add(BigInteger.valueOf(rate.burst()));
      assertTrue(
          BigInteger.valueOf(granted).compareTo(most) <= 0,
          c.path() + ": " + granted + " of " + most + " in " + nanos + " ns");
    }
  }

  @Property(tries = 300)
  @Label(
      "invariant 11: should give a leaf all it may have, whatever its siblings do, if there is enough")
  void isolates(@ForAll("siblings") List<ClassPlan> plans, @ForAll("rounds") int rounds) {
    long sum = plans.stream().mapToLong(ClassPlan::tokens).sum();
    long served = servedBesideGreedyOnes(plans, rounds, 1, new Rate(sum, 1000, sum));
    assertEquals(plans.get(0).tokens() * rounds, served);
  }

  @Property(tries = 300)
  @Label(
      "invariant 11: should give a leaf its share, whatever its siblings do, if there isn't enough")
  void guaranteesShare(@ForAll("siblings") List<ClassPlan> plans, @ForAll("rounds") int rounds) {
    long sum = plans.stream().mapToLong(ClassPlan::tokens).sum();
    long quanta = plans.stream().mapToLong(ClassPlan::quantum).sum();
    ClassPlan first = plans.get(0);
    long source = Math.max(1, sum / 2);
    // A bucket of one round's tokens would flow over while the leaf waits for its turn.
    long served = servedBesideGreedyOnes(plans, rounds, 20, new Rate(source, 1000, sum));
    double share =
        Math.min((double) first.tokens(), (double) source * first.quantum() / quanta) * rounds;
    // One round of everybody's turns, and what didn't come in whole tokens at the ends.
    assertTrue(served >= share - quanta - sum, served + " of " + share);
  }

  @Property(tries = 200)
  @Label(
      "invariant 11: should serve a leaf beside greedy ones in its group and in others all it may have")
  void isolatesInGroups(@ForAll("siblings") List<ClassPlan> plans, @ForAll("rounds") int rounds) {
    long mayHave = plans.get(0).tokens() * rounds;
    assertEquals(mayHave, servedInGroups(plans, rounds, false));
    assertEquals(mayHave, servedInGroups(plans, rounds, true));
  }

  /** The first leaf asks for its rate, beside others in its group and in another. */
  private static long servedInGroups(List<ClassPlan> plans, int rounds, boolean othersAreGreedy) {
    ManualClock clock = new ManualClock();
    long sum = plans.stream().mapToLong(ClassPlan::tokens).sum();
    ClassLimits whole = ClassLimits.of(new Rate(sum, 1000, sum));
    HierarchicalTokenBucket tree =
        HierarchicalTokenBucket.builder(clock).root("root", whole).build();
    List<InnerClass> groups =
        List.of(
            tree.addInner(tree.root(), "group0", whole.withQuantum(quantumOf(plans, 0))),
            tree.addInner(tree.root(), "group1", whole.withQuantum(quantumOf(plans, 1))));
    List<Leaf> leaves = new ArrayList<>();
    for (ClassPlan plan : plans) {
      int number = leaves.size();
      Rate rate = new Rate(plan.tokens(), 1000, plan.tokens());
      leaves.add(
          tree.addLeaf(
              groups.get(groupOf(number)),
              "leaf" + number,
              ClassLimits.of(rate).withQuantum(plan.quantum())));
    }
    long backlog = 0;
    for (int round = 0; round < rounds; round++) {
      clock.advance(1000);
      for (int i = 1; i < leaves.size(); i++) {
        acquireAll(leaves.get(i), othersAreGreedy ? 1L << 40 : plans.get(i).tokens());
      }
      backlog += plans.get(0).tokens();
      backlog -= acquireAll(leaves.get(0), backlog);
    }
    return service(leaves.get(0));
  }

  /** The first two are neighbours, and then every second one. */
  private static int groupOf(int number) {
    return number < 2 ? 0 : number % 2;
  }

  private static long quantumOf(List<ClassPlan> plans, int group) {
    long sum = 1;
    for (int i = 0; i < plans.size(); i++) {
      sum += groupOf(i) == group ? plans.get(i).quantum() : 0;
    }
    return sum;
  }

  /** Serves leaves of which the first asks for its rate, the others for all there is, ten times. */
  private static long servedBesideGreedyOnes(
      List<ClassPlan> plans, int rounds, int burst, Rate source) {
    ManualClock clock = new ManualClock();
    HierarchicalTokenBucket tree =
        HierarchicalTokenBucket.builder(clock).root("root", ClassLimits.of(source)).build();
    List<Leaf> leaves = new ArrayList<>();
    for (ClassPlan plan : plans) {
      Rate rate = new Rate(plan.tokens(), 1000, plan.tokens() * burst);
      ClassLimits limits = ClassLimits.of(rate).withQuantum(plan.quantum());
      leaves.add(tree.addLeaf(tree.root(), "leaf" + leaves.size(), limits));
    }
    long backlog = 0;
    for (int round = 0; round < rounds; round++) {
      clock.advance(1000);
      for (int time = 0; time < 10; time++) {
        for (Leaf leaf : leaves.subList(1, leaves.size())) {
          acquireAll(leaf, 1L << 40);
        }
      }
      // What it didn't get in one round it still wants in the next.
      backlog += plans.get(0).tokens();
      backlog -= acquireAll(leaves.get(0), backlog);
    }
    return service(leaves.get(0));
  }

  /** As a consumer does that is told to come back at once after a turn. */
  private static long acquireAll(Leaf leaf, long wanted) {
    long left = wanted;
    long granted = 1;
    while (left > 0 && granted > 0) {
      granted = leaf.acquireUpTo(left);
      left -= granted;
    }
    return wanted - left;
  }

  @Property(tries = 500)
  @Label("invariant 12: should share among backlogged siblings in proportion to their quanta")
  void sharesByQuantum(
      @ForAll("siblings") List<ClassPlan> plans,
      @ForAll("policies") Policy policy,
      @ForAll("rounds") int rounds) {
    ManualClock clock = new ManualClock();
    // What is remembered of a leaf, 16 quanta, must not come all at once.
    Rate source = new Rate(10, 1000, 10);
    HierarchicalTokenBucket tree =
        HierarchicalTokenBucket.builder(clock)
            .policy(policy)
            .root("root", ClassLimits.of(source))
            .build();
    List<Leaf> leaves = new ArrayList<>();
    for (ClassPlan plan : plans) {
      // Under BORROW nothing to speak of is guaranteed: all is lent.
      ClassLimits limits =
          policy == Policy.PATH
              ? ClassLimits.NONE
              : ClassLimits.of(new Rate(1, 1_000_000_000_000L, 1)).withPeak(source.withBurst(1000));
      leaves.add(
          tree.addLeaf(tree.root(), "leaf" + leaves.size(), limits.withQuantum(plan.quantum())));
    }
    // Everybody waits before anything is shared.
    leaves.forEach(leaf -> leaf.acquireUpTo(Long.MAX_VALUE));
    long[] start = leaves.stream().mapToLong(InvariantProperties::service).toArray();
    // 1 + the greatest request / the least quantum, where a request is served by turns, so that
    // none is greater than a quantum.
    LongSummaryStatistics quanta = plans.stream().mapToLong(ClassPlan::quantum).summaryStatistics();
    double bound = 1 + (double) quanta.getMax() / quanta.getMin();
    for (int round = 0; round < rounds; round++) {
      clock.advance(1 + round * 7919L % 1500);
      Leaf asking = leaves.get(round * 31 % leaves.size());
      acquireTurns(asking);
      for (Leaf leaf : leaves) {
        if (!leaf.isWaiting()) {
          acquireTurns(leaf);
        }
      }
      for (int i = 0; i < leaves.size(); i++) {
        for (int j = 0; j < i; j++) {
          double a = (double) (service(leaves.get(i)) - start[i]) / plans.get(i).quantum();
          double b = (double) (service(leaves.get(j)) - start[j]) / plans.get(j).quantum();
          assertTrue(Math.abs(a - b) <= bound, a + " and " + b + " quanta");
        }
      }
    }
  }

  /** Until it is refused, and waits for as much as ever. */
  private static void acquireTurns(Leaf leaf) {
    while (leaf.acquireUpTo(Long.MAX_VALUE) > 0) {
      // It wants more.
    }
  }

  private static long service(Leaf leaf) {
    ClassSnapshot seen = leaf.snapshot();
    return seen.granted() + seen.reserved();
  }

  @Property
  @Label("invariant 13: should never serve a leaf while a better one waits that could be served")
  void keepsPriorities(@ForAll("trees") TreePlan plan, @ForAll("actions") List<Action> actions) {
    Run run = new Run(plan);
    for (Action action : actions) {
      if (action.kind() != Action.Kind.ACQUIRE) {
        run.run(List.of(action), TRAFFIC);
        continue;
      }
      Leaf leaf = run.built.leaves().get(action.which() % run.built.leaves().size());
      run.tree.nextReady(); // wakes up who is due
      HtbClass lender = lenderAfterRefresh(run, leaf);
      boolean fetches = leaf.snapshot().reserved() > 0;
      run.step(action);
      if (lender == null || fetches || run.grants.get(run.grants.size() - 1) == 0) {
        continue;
      }
      for (Leaf other : run.built.leaves()) {
        if (other != leaf && other.isWaiting()) {
          HtbClass others = Scheduler.lenderOf(other);
          boolean betterPriority = other.limits().priority() < leaf.limits().priority();
          boolean better = others != null && betterPriority && others.level <= lender.level;
          assertFalse(better, other.path() + " was passed over by " + leaf.path());
        }
      }
    }
  }

  private static HtbClass lenderAfterRefresh(Run run, Leaf leaf) {
    run.tree.snapshots();
    return Scheduler.lenderOf(leaf);
  }

  @Property
  @Label("invariant 14: should serve somebody whenever somebody who waits can be served")
  void conservesWork(@ForAll("trees") TreePlan plan, @ForAll("actions") List<Action> actions) {
    Run run = new Run(plan);
    for (Action action : actions) {
      run.run(List.of(action), TRAFFIC);
      run.tree.snapshots();
      boolean somebody =
          run.built.leaves().stream()
              .anyMatch(
                  leaf ->
                      leaf.isExpected() || (leaf.isWaiting() && Scheduler.lenderOf(leaf) != null));
      Leaf ready = run.tree.nextReady();
      assertEquals(somebody, ready != null);
      assertEquals(somebody, run.tree.nanosUntilReady() == 0);
      if (ready != null && action.which() % 2 == 0) {
        assertTrue(ready.acquireUpTo(action.amount()) > 0);
      }
    }
  }

  @Property
  @Label("invariant 15: should announce the next instant at which somebody can be served")
  void timer(@ForAll("trees") TreePlan plan, @ForAll("actions") List<Action> actions) {
    Run run = new Run(plan);
    run.run(actions, TRAFFIC_AND_REFUNDS);
    for (int turns = 0; turns < 500; turns++) {
      boolean waits = run.built.leaves().stream().anyMatch(l -> l.isWaiting() || l.isExpected());
      long wait = run.tree.nanosUntilReady();
      assertEquals(!waits, wait == RateLimiter.NEVER);
      if (!waits) {
        return;
      }
      if (wait == 0) {
        Leaf ready = run.tree.nextReady();
        assertNotNull(ready);
        assertTrue(ready.acquireUpTo(Math.max(1, ready.demand)) > 0);
      } else {
        assertNull(run.tree.nextReady());
        run.advance(wait - 1);
        assertNull(run.tree.nextReady());
        run.advance(1);
      }
    }
  }

  @Property
  @Label("invariant 16: should lend what is borrowed, and say what its tokens allow")
  void lendsWhatIsBorrowed(
      @ForAll("borrowTrees") TreePlan plan, @ForAll("actions") List<Action> actions) {
    Run run = new Run(plan);
    run.run(actions, TRAFFIC_AND_REFUNDS);
    long borrowed = 0;
    long lent = 0;
    for (ClassSnapshot seen : run.tree.snapshots()) {
      borrowed += seen.borrowed();
      lent += seen.lent();
      boolean rate = seen.rateTokens().isEmpty() || seen.rateTokens().getAsLong() >= plan.grain();
      boolean peak = seen.peakTokens().isEmpty() || seen.peakTokens().getAsLong() >= plan.grain();
      Mode expected = rate ? Mode.CAN_SEND : Mode.MAY_BORROW;
      assertEquals(peak ? expected : Mode.CANT_SEND, seen.mode());
    }
    assertEquals(borrowed, lent);
  }

  @Property
  @Label("invariant 17: should not mind a class that nobody uses")
  void ignoresIdleClasses(
      @ForAll("trees") TreePlan plan,
      @ForAll("actions") List<Action> actions,
      @ForAll("idle") ClassPlan idle) {
    Run run = new Run(plan);
    Run other = new Run(plan);
    InnerClass inner =
        other.tree.addInner(
            other.tree.root(), "idle", idle.limits(plan.policy(), plan.grain(), false, false));
    other.tree.addLeaf(inner, "idler", idle.limits(plan.policy(), plan.grain(), true, false));
    other.tree.addLeaf(
        other.tree.root(), "idler", idle.limits(plan.policy(), plan.grain(), true, false));
    run.run(actions, TRAFFIC_AND_REFUNDS);
    other.run(actions, TRAFFIC_AND_REFUNDS);
    assertEquals(run.grants, other.grants);
  }

  @Property
  @Label("invariant 17: should decide the same when rates and clock run k times slower")
  void scales(@ForAll("trees") TreePlan plan, @ForAll("actions") List<Action> actions) {
    Run run = new Run(slower(plan, 1));
    Run slow = new Run(slower(plan, 7));
    for (Action action : actions) {
      long before = run.time;
      run.run(List.of(action), TRAFFIC_AND_REFUNDS);
      if (action.kind() == Action.Kind.ADVANCE || action.kind() == Action.Kind.SLEEP) {
        slow.advance((run.time - before) * 7);
      } else {
        slow.run(List.of(action), TRAFFIC_AND_REFUNDS);
      }
      // Debts of more than a minute of the clock are forgiven, and a minute doesn't scale.
      for (ClassSnapshot seen : run.tree.snapshots()) {
        Assume.that(seen.rateTokens().orElse(0) > -60 / 7);
      }
    }
    assertEquals(run.grants, slow.grants);
  }

  /** With one token a period, for the instants of other rates fall between nanoseconds. */
  private static TreePlan slower(TreePlan plan, long k) {
    return new TreePlan(
        plan.policy(),
        plan.grain(),
        slower(plan.root(), k),
        plan.classes().stream().map(c -> slower(c, k)).toList());
  }

  private static ClassPlan slower(ClassPlan c, long k) {
    return new ClassPlan(
        c.parent(),
        c.leaf(),
        c.limited(),
        1,
        c.periodNanos() * k,
        c.burst(),
        Math.min(1, c.peakFactor()),
        c.peakBurst(),
        c.priority(),
        c.quantum());
  }

  @Property(tries = 300)
  @Label("invariant 17: should grant as much in all whatever the order of the siblings")
  void ignoresOrder(@ForAll("siblings") List<ClassPlan> plans, @ForAll("rounds") int rounds) {
    List<ClassPlan> reversed = new ArrayList<>(plans);
    Collections.reverse(reversed);
    assertEquals(servedInAll(plans, rounds), servedInAll(reversed, rounds));
  }

  private static long servedInAll(List<ClassPlan> plans, int rounds) {
    ManualClock clock = new ManualClock();
    HierarchicalTokenBucket tree =
        HierarchicalTokenBucket.builder(clock)
            .root("root", ClassLimits.of(new Rate(100, 1000, 100)))
            .build();
    List<Leaf> leaves = new ArrayList<>();
    for (ClassPlan plan : plans) {
      ClassLimits limits =
          ClassLimits.NONE.withQuantum(plan.quantum()).withPriority(plan.priority());
      leaves.add(tree.addLeaf(tree.root(), "leaf" + leaves.size(), limits));
    }
    long served = 0;
    for (int round = 0; round < rounds; round++) {
      clock.advance(997);
      for (Leaf leaf : leaves) {
        acquireAll(leaf, 1L << 40);
      }
    }
    for (Leaf leaf : leaves) {
      served += service(leaf);
    }
    return served;
  }

  @Provide
  Arbitrary<TreePlan> trees() {
    return Arbitraries.of(Policy.PATH, Policy.BORROW).flatMap(TreePlan::any);
  }

  @Provide
  Arbitrary<TreePlan> borrowTrees() {
    return TreePlan.any(Policy.BORROW);
  }

  @Provide
  Arbitrary<List<Action>> actions() {
    return Action.any().list().ofMaxSize(60);
  }

  @Provide
  Arbitrary<Long> amounts() {
    return Arbitraries.oneOf(
        Arbitraries.longs().between(1, 100), Arbitraries.longs().between(1, 100_000));
  }

  @Provide
  Arbitrary<Integer> rounds() {
    return Arbitraries.integers().between(1, 300);
  }

  @Provide
  Arbitrary<Policy> policies() {
    return Arbitraries.of(Policy.values());
  }

  @Provide
  Arbitrary<ClassPlan> idle() {
    return TreePlan.classPlan();
  }

  /** Who come back before what they are remembered for, 16 quanta, has come. */
  @Provide
  Arbitrary<List<ClassPlan>> siblings() {
    return TreePlan.classPlan()
        .map(
            c ->
                new ClassPlan(
                    0,
                    true,
                    true,
                    c.tokens(),
                    1000,
                    c.burst(),
                    0,
                    1,
                    c.priority(),
                    Math.max(c.quantum(), 1 + c.tokens() / 8)))
        .list()
        .ofMinSize(2)
        .ofMaxSize(5);
  }
}
