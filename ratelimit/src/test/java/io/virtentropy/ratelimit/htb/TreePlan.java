package io.virtentropy.ratelimit.htb;

import io.virtentropy.ratelimit.ManualClock;
import io.virtentropy.ratelimit.Rate;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;

/** A tree that a property generates: its classes, and how to build it. */
record TreePlan(Policy policy, long grain, ClassPlan root, List<ClassPlan> classes) {
  private static final int DEEPEST_INNER = 6;

  /**
   * One class. What it would be below, if it isn't a leaf already or too deep, is found by counting
   * through the inner classes there are.
   */
  record ClassPlan(
      int parent,
      boolean leaf,
      boolean limited,
      long tokens,
      long periodNanos,
      long burst,
      int peakFactor,
      long peakBurst,
      int priority,
      long quantum) {
    ClassLimits limits(Policy policy, long grain, boolean isLeaf, boolean isRoot) {
      boolean hasRate = limited || (policy == Policy.BORROW && !isRoot);
      Rate rate = hasRate ? new Rate(tokens, periodNanos, Math.max(grain, burst)) : null;
      Rate peak =
          peakFactor == 0
              ? null
              : new Rate(tokens * peakFactor, periodNanos, Math.max(grain, peakBurst));
      return new ClassLimits(rate, peak, isLeaf ? priority : 0, Math.max(grain, quantum));
    }
  }

  /** The tree that was built, with leaves and all classes in the order of the plan. */
  record Built(HierarchicalTokenBucket tree, List<Leaf> leaves, List<HtbClass> classes) {}

  Built build(ManualClock clock) {
    HierarchicalTokenBucket tree =
        HierarchicalTokenBucket.builder(clock)
            .policy(policy)
            .grain(grain)
            .root("root", root.limits(policy, grain, false, true))
            .build();
    List<InnerClass> inner = new ArrayList<>(List.of(tree.root()));
    List<Leaf> leaves = new ArrayList<>();
    List<HtbClass> all = new ArrayList<>(List.of(tree.root()));
    for (ClassPlan plan : classes) {
      InnerClass parent = inner.get(plan.parent() % inner.size());
      boolean leaf = plan.leaf() || parent.depth >= DEEPEST_INNER - 1;
      ClassLimits limits = plan.limits(policy, grain, leaf, false);
      if (leaf) {
        Leaf added = tree.addLeaf(parent, "leaf" + all.size(), limits);
        leaves.add(added);
        all.add(added);
      } else {
        InnerClass added = tree.addInner(parent, "inner" + all.size(), limits);
        inner.add(added);
        all.add(added);
      }
    }
    return new Built(tree, leaves, all);
  }

  static Arbitrary<TreePlan> any(Policy policy) {
    return Combinators.combine(
            Arbitraries.of(1L, 1L, 1L, 7L, 64L),
            classPlan(),
            // There is at least one leaf.
            classPlan().list().ofMaxSize(9),
            leafPlan())
        .as(
            (grain, root, classes, leaf) -> {
              List<ClassPlan> all = new ArrayList<>(classes);
              all.add(leaf);
              return new TreePlan(policy, grain, root, all);
            });
  }

  private static Arbitrary<ClassPlan> leafPlan() {
    return classPlan()
        .map(
            p ->
                new ClassPlan(
                    p.parent,
                    true,
                    p.limited,
                    p.tokens,
                    p.periodNanos,
                    p.burst,
                    p.peakFactor,
                    p.peakBurst,
                    p.priority,
                    p.quantum));
  }

  static Arbitrary<ClassPlan> classPlan() {
    Arbitrary<Long> bytes =
        Arbitraries.frequencyOf(
            Tuple.of(3, Arbitraries.longs().between(1, 100)),
            Tuple.of(2, Arbitraries.longs().between(1, 5000)),
            Tuple.of(1, Arbitraries.longs().between(1, 1_000_000)));
    return Combinators.combine(
            Combinators.combine(
                    Arbitraries.integers().between(0, 20),
                    Arbitraries.of(true, true, false),
                    Arbitraries.of(true, true, true, false))
                .as((parent, leaf, limited) -> new Object[] {parent, leaf, limited}),
            bytes,
            Arbitraries.of(1L, 10L, 1000L, 997L, 1_000_000L, 1_000_000_000L),
            bytes,
            Arbitraries.of(0, 0, 1, 2, 3),
            bytes,
            Arbitraries.of(0, 0, 0, 1, 7),
            bytes)
        .as(
            (place, tokens, period, burst, factor, peakBurst, priority, quantum) ->
                new ClassPlan(
                    (Integer) place[0],
                    (Boolean) place[1],
                    (Boolean) place[2],
                    tokens,
                    period,
                    burst,
                    factor,
                    peakBurst,
                    priority,
                    quantum));
  }
}
