package io.virtentropy.backends.health;

import java.util.concurrent.atomic.AtomicLongArray;

/** The counters of one noise source under test. Read by any thread. */
@SuppressWarnings("EnumOrdinal") // an index into an array that lives no longer than the enum
public final class HealthCounters {
  private final AtomicLongArray values = new AtomicLongArray(HealthCounter.values().length);

  /** Creates counters that read 0. */
  public HealthCounters() {}

  /**
   * Reads a counter.
   *
   * @param counter which
   * @return its value
   */
  public long get(HealthCounter counter) {
    return values.get(counter.ordinal());
  }

  /**
   * Counts. For the source that these are the counters of.
   *
   * @param counter which
   * @param amount how many, 0 or more
   */
  public void add(HealthCounter counter, long amount) {
    values.addAndGet(counter.ordinal(), amount);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (HealthCounter counter : HealthCounter.values()) {
      text.append(text.length() == 0 ? "" : " ").append(counter).append('=').append(get(counter));
    }
    return text.toString();
  }
}
