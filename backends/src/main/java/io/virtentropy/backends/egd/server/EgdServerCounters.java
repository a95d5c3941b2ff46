package io.virtentropy.backends.egd.server;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The counters of one server. Written by the thread that polls it, read by any.
 *
 * <p>Readings of different counters are not taken at the same instant.
 */
@SuppressWarnings("EnumOrdinal") // an index into an array that lives no longer than the enum
public final class EgdServerCounters {
  private static final VarHandle ELEMENT = MethodHandles.arrayElementVarHandle(long[].class);

  private final long[] values = new long[EgdServerCounter.values().length];

  EgdServerCounters() {}

  /**
   * Reads a counter.
   *
   * @param counter which
   * @return its value
   */
  public long get(EgdServerCounter counter) {
    return (long) ELEMENT.getOpaque(values, counter.ordinal());
  }

  void increment(EgdServerCounter counter) {
    add(counter, 1);
  }

  void add(EgdServerCounter counter, long amount) {
    int at = counter.ordinal();
    ELEMENT.setOpaque(values, at, values[at] + amount); // one writer
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (EgdServerCounter counter : EgdServerCounter.values()) {
      text.append(text.length() == 0 ? "" : " ").append(counter).append('=').append(get(counter));
    }
    return text.toString();
  }
}
