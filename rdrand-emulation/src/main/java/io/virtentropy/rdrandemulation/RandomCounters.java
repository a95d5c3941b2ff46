package io.virtentropy.rdrandemulation;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The counters of one {@link VmEntropy}. Written by the thread that draws, read by any; readings of
 * different counters are not taken at the same instant.
 */
@SuppressWarnings("EnumOrdinal") // an index into an array that lives no longer than the enum
public final class RandomCounters {
  private static final VarHandle ELEMENT = MethodHandles.arrayElementVarHandle(long[].class);

  private final long[] values = new long[RandomCounter.values().length];

  RandomCounters() {}

  /**
   * Reads a counter.
   *
   * @param counter which
   * @return its value
   */
  public long get(RandomCounter counter) {
    return (long) ELEMENT.getOpaque(values, counter.ordinal());
  }

  /**
   * The share of draws that ended without a number.
   *
   * @param grade of which grade
   * @return 0 to 1; 0 if nothing was drawn
   */
  public double underflowRate(Grade grade) {
    boolean seed = grade == Grade.SEED;
    long delivered = get(seed ? RandomCounter.SEED_DELIVERED : RandomCounter.RANDOM_DELIVERED);
    long underflows = get(seed ? RandomCounter.SEED_UNDERFLOWS : RandomCounter.RANDOM_UNDERFLOWS);
    long all = delivered + underflows;
    return all == 0 ? 0 : (double) underflows / all;
  }

  void add(RandomCounter counter, long amount) {
    int at = counter.ordinal();
    ELEMENT.setOpaque(values, at, values[at] + amount); // one writer
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (RandomCounter counter : RandomCounter.values()) {
      text.append(text.length() == 0 ? "" : " ").append(counter).append('=').append(get(counter));
    }
    return text.toString();
  }
}
