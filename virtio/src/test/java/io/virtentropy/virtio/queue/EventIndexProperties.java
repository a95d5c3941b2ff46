package io.virtentropy.virtio.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;

import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

@Label("The rule of the event index")
final class EventIndexProperties {
  @Property(tries = 5000)
  @Label("should be true just when counting from old to new passes the event (VQ-EVT-05)")
  void counting(
      @ForAll @IntRange(max = 0xffff) int old,
      @ForAll @IntRange(max = 600) int steps,
      @ForAll @IntRange(min = -700, max = 700) int distance) {
    int event = (old + distance) & 0xffff;
    boolean passed = false;
    for (int i = 0; i < steps; i++) {
      passed |= ((old + i) & 0xffff) == event;
    }
    assertEquals(passed, SplitRingLayout.eventPassed(event, (old + steps) & 0xffff, old));
  }
}
