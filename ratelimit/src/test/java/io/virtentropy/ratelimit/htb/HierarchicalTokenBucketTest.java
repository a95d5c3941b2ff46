package io.virtentropy.ratelimit.htb;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.ratelimit.ManualClock;
import io.virtentropy.ratelimit.Rate;
import io.virtentropy.ratelimit.RateLimiter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A hierarchical token bucket")
final class HierarchicalTokenBucketTest {
  private static final long SECOND = 1_000_000_000;

  private final ManualClock clock = new ManualClock(Long.MAX_VALUE - 7);

  private HierarchicalTokenBucket tree(Policy policy, ClassLimits root) {
    return HierarchicalTokenBucket.builder(clock).policy(policy).root("source", root).build();
  }

  private static ClassLimits perSecond(long bytes) {
    return ClassLimits.of(Rate.perSecond(bytes)).withQuantum(1);
  }

  @Test
  @DisplayName("should grant what every class on the path has under policy PATH")
  void pathNeedsAll() {
    HierarchicalTokenBucket tree = tree(Policy.PATH, perSecond(100));
    InnerClass group = tree.addInner(tree.root(), "group", perSecond(50));
    Leaf a = tree.addLeaf(group, "a", perSecond(40));
    Leaf b = tree.addLeaf(group, "b", perSecond(40));
    assertEquals(40, a.acquireUpTo(64));
    assertEquals(10, b.acquireUpTo(64));
    assertEquals(SECOND / 50, b.nanosUntil(1));
    assertEquals("source/group/b", b.path());
    clock.advance(SECOND / 50);
    assertEquals(1, b.acquireUpTo(1));
  }

  @Test
  @DisplayName("should not lend under policy PATH")
  void pathDoesNotLend() {
    HierarchicalTokenBucket tree = tree(Policy.PATH, perSecond(100));
    Leaf a = tree.addLeaf(tree.root(), "a", perSecond(10));
    assertEquals(10, a.acquireUpTo(64));
    assertEquals(SECOND / 10, a.nanosUntil(1));
  }

  @Test
  @DisplayName("should lend up to the peak rate under policy BORROW")
  void borrows() {
    HierarchicalTokenBucket tree = tree(Policy.BORROW, perSecond(100));
    Leaf a = tree.addLeaf(tree.root(), "a", perSecond(10).withPeak(Rate.perSecond(60)));
    Leaf b = tree.addLeaf(tree.root(), "b", perSecond(10));
    assertEquals(60, a.acquireUpTo(64));
    ClassSnapshot seen = a.snapshot();
    assertEquals(Mode.CANT_SEND, seen.mode());
    assertEquals(50, seen.borrowed());
    assertEquals(50, tree.root().snapshot().lent());
    assertEquals(10, b.acquireUpTo(64));
    assertEquals(0, b.snapshot().borrowed());
    clock.advance(SECOND / 60 + 1);
    assertEquals(Mode.MAY_BORROW, a.snapshot().mode());
  }

  @Test
  @DisplayName("should keep an inner class within its peak where Linux would not")
  void clampsAncestors() {
    HierarchicalTokenBucket tree = tree(Policy.BORROW, perSecond(1000));
    InnerClass group = tree.addInner(tree.root(), "group", perSecond(15));
    Leaf a = tree.addLeaf(group, "a", perSecond(10));
    Leaf b = tree.addLeaf(group, "b", perSecond(10));
    assertEquals(10, a.acquireUpTo(64));
    assertEquals(5, b.acquireUpTo(64));
  }

  @Test
  @DisplayName("should serve better priorities first, and equals in proportion to their quanta")
  void serves() {
    HierarchicalTokenBucket tree = tree(Policy.PATH, perSecond(100));
    Leaf low = tree.addLeaf(tree.root(), "low", ClassLimits.NONE.withPriority(7).withQuantum(50));
    Leaf one = tree.addLeaf(tree.root(), "one", ClassLimits.NONE.withQuantum(10));
    Leaf three = tree.addLeaf(tree.root(), "three", ClassLimits.NONE.withQuantum(30));
    assertEquals(100, low.acquireUpTo(200));
    assertEquals(0, one.acquireUpTo(60));
    assertEquals(0, three.acquireUpTo(120));
    clock.advance(SECOND);
    assertEquals(0, low.acquireUpTo(200));
    assertEquals(30, one.snapshot().reserved());
    assertEquals(70, three.snapshot().reserved());
    assertSame(one, tree.nextReady());
    assertEquals(30, one.acquireUpTo(60));
    assertSame(three, tree.nextReady());
    assertEquals(70, three.acquireUpTo(120));
    assertNull(tree.nextReady());
    assertEquals(SECOND / 100, tree.nanosUntilReady());
  }

  @ParameterizedTest
  @ValueSource(ints = {64, 512})
  @DisplayName("should lend by quantum to classes that come and go as their guarantees fill up")
  void lendsByQuantum(int quantum) {
    Rate all = Rate.perSecond(7168);
    HierarchicalTokenBucket tree =
        HierarchicalTokenBucket.builder(clock)
            .policy(Policy.BORROW)
            .grain(64)
            .root("source", ClassLimits.of(all))
            .build();
    Leaf gold = tree.addLeaf(tree.root(), "gold", lent(1536, 3 * quantum));
    Leaf silver = tree.addLeaf(tree.root(), "silver", lent(512, quantum));
    Leaf bronze = tree.addLeaf(tree.root(), "bronze", lent(512, quantum));
    Leaf capped = tree.addLeaf(tree.root(), "capped", perSecond(1024).withQuantum(quantum));
    List<Leaf> guests = List.of(gold, silver, bronze, capped);
    ask(guests, 20); // until the buckets, which are full at first, no longer show
    long[] before = guests.stream().mapToLong(guest -> guest.snapshot().granted()).toArray();
    ask(guests, 100);
    // 7168 - 1536 - 512 - 512 - 1024 = 3584 bytes a second are lent, 3 : 1 : 1.
    double[] expected = {1536 + 2150.4, 512 + 716.8, 512 + 716.8, 1024};
    for (int i = 0; i < expected.length; i++) {
      assertEquals(expected[i], (guests.get(i).snapshot().granted() - before[i]) / 100.0, 2.5);
    }
  }

  /** Guests with one request of 64 bytes at a time look for its answer once a millisecond. */
  private void ask(List<Leaf> guests, int seconds) {
    for (int i = 0; i < seconds * 1000; i++) {
      clock.advance(SECOND / 1000);
      guests.forEach(guest -> guest.acquireUpTo(64));
    }
  }

  private static ClassLimits lent(long guarantee, int quantum) {
    return perSecond(guarantee).withPeak(Rate.perSecond(7168)).withQuantum(quantum);
  }

  @Test
  @DisplayName("should give back what is set aside when a leaf withdraws")
  void withdraws() {
    HierarchicalTokenBucket tree = tree(Policy.PATH, perSecond(100));
    Leaf b = tree.addLeaf(tree.root(), "b", ClassLimits.NONE.withQuantum(100));
    Leaf a = tree.addLeaf(tree.root(), "a", ClassLimits.NONE.withQuantum(100));
    a.acquireUpTo(100);
    b.acquireUpTo(60);
    clock.advance(SECOND);
    assertEquals(40, a.acquireUpTo(100));
    assertEquals(60, b.snapshot().reserved());
    b.withdraw();
    assertEquals(60, a.acquireUpTo(100));
    assertEquals(RateLimiter.NEVER, treeAfterWithdrawal(tree, a));
  }

  private static long treeAfterWithdrawal(HierarchicalTokenBucket tree, Leaf leaf) {
    leaf.withdraw();
    return tree.nanosUntilReady();
  }

  @Test
  @DisplayName("should deal out by the grain")
  void grain() {
    HierarchicalTokenBucket tree =
        HierarchicalTokenBucket.builder(clock)
            .grain(64)
            .root("source", ClassLimits.of(Rate.perSecond(64)))
            .build();
    Leaf a = tree.addLeaf(tree.root(), "a", ClassLimits.NONE);
    assertEquals(64, a.acquireUpTo(100));
    assertEquals(SECOND, a.nanosUntil(1));
    clock.advance(SECOND - 1);
    assertEquals(0, a.acquireUpTo(1));
    clock.advance(1);
    assertEquals(1, a.acquireUpTo(1));
  }

  @Test
  @DisplayName("should return loans to the lender")
  void refundsLoans() {
    HierarchicalTokenBucket tree = tree(Policy.BORROW, perSecond(100));
    Leaf a = tree.addLeaf(tree.root(), "a", perSecond(10).withPeak(Rate.perSecond(60)));
    assertEquals(60, a.acquireUpTo(60));
    a.refund(55);
    assertEquals(5, a.snapshot().rateTokens().orElseThrow());
    assertEquals(55, a.snapshot().peakTokens().orElseThrow());
    assertEquals(95, tree.root().snapshot().rateTokens().orElseThrow());
    assertEquals(0, a.snapshot().borrowed());
    assertEquals(5, a.snapshot().granted());
  }

  @Test
  @DisplayName("should keep tokens through a change of parameters, as far as they fit")
  void changes() {
    HierarchicalTokenBucket tree = tree(Policy.PATH, perSecond(100));
    Leaf a = tree.addLeaf(tree.root(), "a", perSecond(50));
    a.acquireUpTo(20);
    tree.change(a, ClassLimits.of(new Rate(7, SECOND, 25)));
    assertEquals(25, a.acquireUpTo(64));
    tree.change(a, ClassLimits.of(new Rate(70, SECOND, 250)));
    assertEquals(0, a.acquireUpTo(64));
    assertEquals(14_285_715, a.nanosUntil(1));
    tree.change(tree.root(), ClassLimits.NONE);
    clock.advance(10 * SECOND);
    assertEquals(250, a.acquireUpTo(1000));
  }

  @Test
  @DisplayName("should serve a waiting leaf by its new priority once that has changed")
  void changesPriority() {
    HierarchicalTokenBucket tree = tree(Policy.PATH, perSecond(10));
    Leaf a = tree.addLeaf(tree.root(), "a", ClassLimits.NONE.withPriority(3));
    Leaf b = tree.addLeaf(tree.root(), "b", ClassLimits.NONE.withPriority(2));
    a.acquireUpTo(20);
    b.acquireUpTo(20);
    tree.change(a, ClassLimits.NONE.withPriority(1));
    clock.advance(SECOND);
    assertSame(a, tree.nextReady());
  }

  @Test
  @DisplayName("should let classes come and go while others wait")
  void addsAndRemoves() {
    HierarchicalTokenBucket tree = tree(Policy.PATH, perSecond(10));
    Leaf a = tree.addLeaf(tree.root(), "a", ClassLimits.NONE);
    a.acquireUpTo(20);
    InnerClass group = tree.addInner(tree.root(), "group", ClassLimits.NONE);
    Leaf b = tree.addLeaf(group, "b", ClassLimits.NONE);
    b.acquireUpTo(20);
    tree.remove(a);
    assertThrows(IllegalStateException.class, () -> a.acquireUpTo(1));
    assertThrows(IllegalStateException.class, () -> a.nanosUntil(1));
    assertThrows(IllegalStateException.class, () -> a.refund(1));
    clock.advance(SECOND);
    assertSame(b, tree.nextReady());
    assertEquals(
        "class 'source/group' has 1 children; a class without any can be removed",
        assertThrows(IllegalArgumentException.class, () -> tree.remove(group)).getMessage());
    tree.remove(b);
    tree.remove(group);
    assertNull(tree.nextReady());
    assertEquals(RateLimiter.NEVER, tree.nanosUntilReady());
    assertEquals(1, tree.snapshots().size());
  }

  @Test
  @DisplayName("should tell operators which class is the bottleneck")
  void findsTheBottleneck() {
    HierarchicalTokenBucket tree = tree(Policy.PATH, perSecond(10));
    Leaf a = tree.addLeaf(tree.root(), "a", perSecond(20));
    a.acquireUpTo(20);
    clock.advance(SECOND / 20);
    assertEquals(SECOND / 20, tree.root().snapshot().throttledNanos());
    assertEquals(0, a.snapshot().throttledNanos());
    assertTrue(a.snapshot().waiting());
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("should go on where it was saved, under policy")
  void restores(Policy policy) {
    HierarchicalTokenBucket tree = tree(policy, perSecond(100));
    List<Leaf> leaves = threeLeaves(tree);
    leaves.get(0).acquireUpTo(1000);
    leaves.get(1).acquireUpTo(1000);
    clock.advance(SECOND / 3);
    leaves.get(2).acquireUpTo(17);
    HierarchicalTokenBucket other = tree(policy, perSecond(100));
    List<Leaf> others = threeLeaves(other);
    other.restoreState(tree.saveState());
    for (int i = 0; i < leaves.size(); i++) {
      leaves.get(i).withdraw();
    }
    assertArrayEquals(tree.saveState(), other.saveState());
    for (int i = 0; i < 100; i++) {
      clock.advance(SECOND / 7);
      Leaf leaf = leaves.get(i % 3);
      Leaf restored = others.get(i % 3);
      assertEquals(leaf.acquireUpTo(i + 1), restored.acquireUpTo(i + 1));
      // Whose turn it is, is not saved: nobody waits.
      leaf.withdraw();
      restored.withdraw();
    }
  }

  private static List<Leaf> threeLeaves(HierarchicalTokenBucket tree) {
    ClassLimits limits = perSecond(30).withPeak(Rate.perSecond(50));
    InnerClass group = tree.addInner(tree.root(), "group", limits);
    return List.of(
        tree.addLeaf(group, "a", limits),
        tree.addLeaf(group, "b", limits),
        tree.addLeaf(tree.root(), "c", limits));
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("should restore the tokens of one leaf without touching others, under policy")
  void restoresLeaf(Policy policy) {
    HierarchicalTokenBucket tree = tree(policy, perSecond(100));
    List<Leaf> leaves = threeLeaves(tree);
    leaves.get(0).acquireUpTo(25);
    byte[] state = leaves.get(0).saveState();
    clock.advance(SECOND);
    long root = tree.root().snapshot().peakTokens().orElse(0);
    leaves.get(0).restoreState(state);
    assertEquals(5, leaves.get(0).snapshot().rateTokens().orElseThrow());
    assertEquals(root, tree.root().snapshot().peakTokens().orElse(0));
    assertThrows(
        IllegalArgumentException.class,
        () -> leaves.get(0).restoreState(Arrays.copyOf(state, state.length - 1)));
    assertEquals(5, leaves.get(0).snapshot().rateTokens().orElseThrow());
  }

  @Test
  @DisplayName("should refuse the state of another tree, and say why")
  void refusesForeignState() {
    HierarchicalTokenBucket tree = tree(Policy.PATH, perSecond(100));
    tree.addLeaf(tree.root(), "a", ClassLimits.NONE);
    HierarchicalTokenBucket other = tree(Policy.PATH, perSecond(100));
    other.addLeaf(other.root(), "b", ClassLimits.NONE);
    byte[] state = other.saveState();
    assertEquals(
        "the saved class 'source/b' is not one of the tree's, or comes twice;"
            + " each of them once is accepted",
        assertThrows(IllegalArgumentException.class, () -> tree.restoreState(state)).getMessage());
    HierarchicalTokenBucket borrow = tree(Policy.BORROW, perSecond(100));
    assertEquals(
        "the saved policy is 'BORROW'; PATH is accepted",
        assertThrows(IllegalArgumentException.class, () -> tree.restoreState(borrow.saveState()))
            .getMessage());
  }

  @Test
  @DisplayName("should refuse classes that don't fit, and say which do")
  void refusesClasses() {
    HierarchicalTokenBucket tree = tree(Policy.BORROW, perSecond(100));
    InnerClass c = tree.root();
    for (int depth = 1; depth <= 6; depth++) {
      c = tree.addInner(c, "c" + depth, perSecond(1));
    }
    InnerClass deepest = c;
    Leaf leaf = tree.addLeaf(deepest, "leaf", perSecond(1));
    assertEquals(1, leaf.acquireUpTo(5));
    assertRefused(
        "'c7' would be class 8 on the path from the root; up to 7 for others is accepted",
        () -> tree.addInner(deepest, "c7", perSecond(1)));
    assertRefused(
        "class 'source' has a child 'c1' already",
        () -> tree.addLeaf(tree.root(), "c1", perSecond(1)));
    assertRefused(
        "'a/b' is no name for a class; 1 to 255 characters without / are accepted",
        () -> tree.addLeaf(tree.root(), "a/b", perSecond(1)));
    assertRefused(
        "'a' has no sustained rate; with policy BORROW only the root may have none",
        () -> tree.addLeaf(tree.root(), "a", ClassLimits.NONE));
    assertRefused(
        "'a' has priority 2, but leaves alone have one; 0 is accepted",
        () -> tree.addInner(tree.root(), "a", perSecond(1).withPriority(2)));
    assertRefused("priority is 8; 0 (best) to 7 is accepted", () -> perSecond(1).withPriority(8));
    assertRefused(
        "quantum is 0 bytes; 1 to 9223372036854775807 (2^63-1) is accepted",
        () -> perSecond(1).withQuantum(0));
    assertThrows(IllegalArgumentException.class, () -> perSecond(10).withPeak(Rate.perSecond(9)));
    HierarchicalTokenBucket coarse = HierarchicalTokenBucket.builder(clock).grain(64).build();
    assertRefused(
        "the burst of 'a' is 10 bytes; at least the tree's grain of 64 is accepted",
        () -> coarse.addLeaf(coarse.root(), "a", ClassLimits.of(Rate.perSecond(10))));
    assertThrows(
        IllegalArgumentException.class, () -> coarse.addLeaf(tree.root(), "a", ClassLimits.NONE));
    assertRefused("'source' is the root, which can't be removed", () -> tree.remove(tree.root()));
    assertRefused("0 bytes asked for; 1 or more is accepted", () -> leaf.acquireUpTo(0));
    assertRefused("-1 bytes given back; 0 or more is accepted", () -> leaf.refund(-1));
    assertRefused("0 bytes waited for; 1 or more is accepted", () -> leaf.nanosUntil(0));
  }

  private static void assertRefused(
      String message, org.junit.jupiter.api.function.Executable executable) {
    assertEquals(message, assertThrows(IllegalArgumentException.class, executable).getMessage());
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("should work at the ends of its ranges, under policy")
  void extremes(Policy policy) {
    Rate most = new Rate(Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE);
    Rate fastest = new Rate(Long.MAX_VALUE, 1, Long.MAX_VALUE);
    ClassLimits limits =
        ClassLimits.of(most).withPeak(fastest).withQuantum(Long.MAX_VALUE).withPriority(0);
    HierarchicalTokenBucket tree = tree(policy, limits);
    Leaf a = tree.addLeaf(tree.root(), "a", limits);
    Leaf b = tree.addLeaf(tree.root(), "b", limits);
    assertEquals(Long.MAX_VALUE, a.acquireUpTo(Long.MAX_VALUE));
    b.acquireUpTo(Long.MAX_VALUE);
    b.withdraw();
    a.refund(Long.MAX_VALUE);
    clock.advance(Long.MAX_VALUE);
    a.acquireUpTo(Long.MAX_VALUE);
    b.acquireUpTo(Long.MAX_VALUE);
    clock.advance(1);
    assertTrue(a.nanosUntil(Long.MAX_VALUE) > 0);
    assertEquals(Long.MAX_VALUE, tree.root().snapshot().granted());
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName(
      "should share with a Jain index of 0.999 beside one guest that is greedy, under policy")
  void isFair(Policy policy) {
    HierarchicalTokenBucket tree =
        HierarchicalTokenBucket.builder(clock)
            .policy(policy)
            .grain(64)
            .root("source", ClassLimits.of(Rate.perSecond(4096)))
            .build();
    ClassLimits limits =
        ClassLimits.of(Rate.perSecond(1024)).withPeak(Rate.perSecond(4096)).withQuantum(64);
    List<Leaf> guests = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      guests.add(tree.addLeaf(tree.root(), "guest" + i, limits));
    }
    long[] served = new long[8];
    for (int tick = 0; tick < 20_000; tick++) {
      clock.advance(SECOND / 1000);
      for (int i = 0; i < 8; i++) {
        // The first asks a hundred times as often, and for all there is.
        for (int time = 0; time < (i == 0 ? 100 : 1); time++) {
          served[i] += guests.get(i).acquireUpTo(i == 0 ? 65_536 : 64);
        }
      }
    }
    double sum = 0;
    double squares = 0;
    for (int i = 1; i < 8; i++) {
      sum += served[i];
      squares += (double) served[i] * served[i];
    }
    double jain = sum * sum / (7 * squares);
    assertTrue(jain >= 0.999, "Jain's index is " + jain + " of " + Arrays.toString(served));
    // And the honest ones got their share: 4096 bytes/s by 8 guests for 20 s.
    assertTrue(sum >= 0.98 * 7 * 10_240, Arrays.toString(served));
  }
}
