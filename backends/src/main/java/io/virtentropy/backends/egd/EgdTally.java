package io.virtentropy.backends.egd;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** The counters of one source: one thread writes, any reads. */
final class EgdTally {
  private final Map<EgdCounter, AtomicLong> counts = new EnumMap<>(EgdCounter.class);

  EgdTally() {
    for (EgdCounter counter : EgdCounter.values()) {
      counts.put(counter, new AtomicLong());
    }
  }

  void add(EgdCounter counter, long more) {
    AtomicLong count = counts.get(counter);
    count.setRelease(count.getPlain() + more);
  }

  long get(EgdCounter counter) {
    return counts.get(counter).getAcquire();
  }
}
