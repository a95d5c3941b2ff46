package io.virtentropy.virtio.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.virtentropy.virtio.device.DeviceCounter;
import io.virtentropy.virtio.device.DeviceCounters;
import java.util.EnumMap;
import java.util.Map;

/** Looks at what a device has counted since the last look. */
public final class Counted {
  private final DeviceCounters counters;
  private final Map<DeviceCounter, Long> seen = new EnumMap<>(DeviceCounter.class);

  /** Begins to look. */
  public Counted(DeviceCounters counters) {
    this.counters = counters;
    look();
  }

  private Map<DeviceCounter, Long> look() {
    Map<DeviceCounter, Long> changes = new EnumMap<>(DeviceCounter.class);
    for (DeviceCounter counter : DeviceCounter.values()) {
      long now = counters.get(counter);
      long change = now - seen.getOrDefault(counter, 0L);
      if (change != 0) {
        changes.put(counter, change);
      }
      seen.put(counter, now);
    }
    return changes;
  }

  /** Forgets what was counted up to now. */
  public void skip() {
    look();
  }

  /** Asserts that exactly these counters changed by exactly so much since the last look. */
  public void expect(Object... countersAndChanges) {
    Map<DeviceCounter, Long> wanted = new EnumMap<>(DeviceCounter.class);
    for (int i = 0; i < countersAndChanges.length; i += 2) {
      wanted.put(
          (DeviceCounter) countersAndChanges[i], ((Number) countersAndChanges[i + 1]).longValue());
    }
    assertEquals(wanted, look());
  }

  /** Asserts that one counter changed by so much since the last look, and forgets the others. */
  public void expectOnly(DeviceCounter counter, long change) {
    assertEquals(change, look().getOrDefault(counter, 0L), counter::name);
  }
}
