package io.virtentropy.benchmarks;

import io.virtentropy.ratelimit.ManualClock;
import io.virtentropy.ratelimit.Rate;
import io.virtentropy.ratelimit.htb.ClassLimits;
import io.virtentropy.ratelimit.htb.HierarchicalTokenBucket;
import io.virtentropy.ratelimit.htb.InnerClass;
import io.virtentropy.ratelimit.htb.Leaf;
import io.virtentropy.ratelimit.htb.Policy;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One decision of a hierarchical token bucket: the root, tenants, groups and leaves, every class
 * with two buckets. Consumers come in random order, as guests do.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class TreeBenchmark {
  private static final int REQUEST = 64;
  private static final int ORDER = 1 << 17;
  private static final long SECOND = 1_000_000_000L;
  private static final long PLENTY = 1L << 40;

  /** How the limits on a path work together. */
  @Param({"PATH", "BORROW"})
  public Policy policy;

  /** How many consumers. */
  @Param({"10", "1000", "100000"})
  public int leaves;

  /** What keeps them waiting. */
  @Param({"nothing", "source", "leaf"})
  public String bottleneck;

  /**
   * How many of the consumers come where nothing keeps them waiting; 0 for all. With few of them a
   * large tree shows what it costs by itself, and not what it costs to have fallen out of a cache.
   */
  @Param("0")
  public int coming;

  private final ManualClock clock = new ManualClock();
  private HierarchicalTokenBucket tree;
  private Leaf[] order;
  private int next;

  /** Builds the tree, and lets everybody wait. */
  @Setup(Level.Trial)
  public void build() {
    boolean source = bottleneck.equals("source");
    boolean own = bottleneck.equals("leaf");
    Rate plenty = Rate.perSecond(PLENTY);
    Rate slow = Rate.perSecond(1_000_000).withBurst(REQUEST);
    tree =
        HierarchicalTokenBucket.builder(clock)
            .policy(policy)
            .grain(REQUEST)
            .root("source", limits(source ? slow : plenty, source ? slow : plenty))
            .build();
    // With a slow source and BORROW everything is lent.
    Rate seldom = new Rate(1, 3600 * SECOND, REQUEST);
    Rate leafRate = own ? slow : source && policy == Policy.BORROW ? seldom : plenty;
    ClassLimits leafLimits = limits(leafRate, own ? slow : plenty);
    ClassLimits innerLimits = limits(source && policy == Policy.BORROW ? seldom : plenty, plenty);
    Leaf[] all = new Leaf[leaves];
    int width = Math.max(2, (int) Math.round(Math.cbrt(leaves)));
    InnerClass group = null;
    InnerClass tenant = null;
    int perGroup = Math.max(1, leaves / (width * width));
    for (int i = 0; i < leaves; i++) {
      if (i % (perGroup * width) == 0) {
        tenant = tree.addInner(tree.root(), "tenant" + i, innerLimits);
      }
      if (i % perGroup == 0) {
        group = tree.addInner(tenant, "group" + i, innerLimits);
      }
      all[i] = tree.addLeaf(group, "leaf" + i, leafLimits);
    }
    SplittableRandom random = new SplittableRandom(1);
    order = new Leaf[ORDER];
    for (int i = 0; i < ORDER; i++) {
      order[i] =
          all[random.nextInt(coming == 0 ? leaves : coming) * (coming == 0 ? 1 : leaves / coming)];
    }
    if (source || own) {
      for (Leaf leaf : all) {
        leaf.acquireUpTo(4 * REQUEST);
        clock.advance(own ? 1 + 50_000 / leaves : 0);
      }
    }
  }

  private static ClassLimits limits(Rate rate, Rate peak) {
    return ClassLimits.of(rate).withPeak(peak).withQuantum(REQUEST);
  }

  /**
   * One decision. Where leaves wait, that is: time goes by until one can be served, the tree says
   * whose turn it is, and that leaf gets one request and waits for more.
   *
   * @return bytes
   */
  @Benchmark
  public long decision() {
    if (bottleneck.equals("nothing")) {
      clock.advance(100);
      return order[next++ & (ORDER - 1)].acquireUpTo(REQUEST);
    }
    clock.advance(tree.nanosUntilReady());
    return tree.nextReady().acquireUpTo(4 * REQUEST);
  }
}
