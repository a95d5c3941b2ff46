package io.virtentropy.backends.egd.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.egd.server.Timers.Timer;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Timers")
@Label("Timers")
class TimersTest {
  private final Timers timers = new Timers();
  private final List<String> ran = new ArrayList<>();

  private Timer timer(String name) {
    return new Timer(() -> ran.add(name));
  }

  private Timer set(String name, long at) {
    Timer timer = timer(name);
    timers.set(timer, at);
    return timer;
  }

  private void runAll(long now) {
    while (timers.run(now) > 0) {
      assertTrue(ran.size() < 10_000);
    }
  }

  @Test
  @DisplayName("should run what is due, the earliest first, and say when the next one is")
  void order() {
    set("c", 30);
    set("a", 10);
    set("b", 20);
    assertEquals(10, timers.nanosUntilDue(0));
    assertEquals(0, timers.run(9));
    assertEquals(2, timers.run(20));
    assertEquals(List.of("a", "b"), ran);
    assertEquals(10, timers.nanosUntilDue(20));
    assertEquals(1, timers.run(1000));
    assertEquals(Long.MAX_VALUE, timers.nanosUntilDue(1000));
  }

  @Test
  @DisplayName("should run those of one instant in the order in which they were set")
  void sameInstant() {
    Timer a = set("a", 5);
    set("b", 5);
    set("c", 5);
    timers.set(a, 5);
    assertEquals(3, timers.run(5));
    assertEquals(List.of("b", "c", "a"), ran);
  }

  @Test
  @DisplayName("should forget what is cancelled, and move what is set anew")
  void cancel() {
    Timer a = set("a", 10);
    Timer b = set("b", 20);
    timers.cancel(a);
    timers.cancel(a);
    assertFalse(a.isSet());
    timers.set(b, 50);
    assertEquals(0, timers.run(49));
    assertEquals(1, timers.run(50));
    assertFalse(b.isSet());
    assertEquals(List.of("b"), ran);
  }

  @Test
  @DisplayName("should work across the end of a clock's range")
  void wrap() {
    long near = Long.MAX_VALUE - 5;
    set("late", near + 10);
    set("early", near + 2);
    assertEquals(0, timers.run(near));
    assertEquals(1, timers.run(near + 3));
    assertEquals(7, timers.nanosUntilDue(near + 3));
    assertEquals(1, timers.run(near + 10));
    assertEquals(List.of("early", "late"), ran);
  }

  @Test
  @DisplayName("should run a bounded number at once, and the rest the next time")
  void bounded() {
    for (int i = 0; i < 1000; i++) {
      set("t" + i, i % 7);
    }
    assertEquals(Timers.RUN_AT_ONCE, timers.run(10));
    assertEquals(0, timers.nanosUntilDue(10));
    runAll(10);
    assertEquals(1000, ran.size());
  }

  @Test
  @DisplayName("should let what runs set and cancel others")
  void reentrant() {
    Timer victim = timer("victim");
    Timer again =
        new Timer(
            () -> {
              ran.add("first");
              timers.cancel(victim);
              set("next", 10);
            });
    timers.set(again, 10);
    timers.set(victim, 10);
    runAll(10);
    assertEquals(List.of("first", "next"), ran);
  }

  @Property(tries = 500)
  @Label("should be in the order of a sorted list, whatever is set, moved and cancelled")
  void asSorted(@ForAll @Size(max = 300) List<@IntRange(max = 10_000) Integer> steps) {
    Timers heap = new Timers();
    List<Integer> order = new ArrayList<>();
    Timer[] all = new Timer[40];
    for (int i = 0; i < all.length; i++) {
      int number = i;
      all[i] = new Timer(() -> order.add(number));
    }
    List<long[]> model = new ArrayList<>(); // time, timer, in the order of setting
    for (int step : steps) {
      int which = step % all.length;
      model.removeIf(entry -> entry[1] == which);
      if (step % 3 == 0) {
        heap.cancel(all[which]);
      } else {
        heap.set(all[which], step % 17);
        model.add(new long[] {step % 17, which});
      }
      assertEquals(step % 3 != 0, all[which].isSet());
    }
    model.sort((a, b) -> Long.compare(a[0], b[0])); // stable
    while (heap.run(1000) > 0) {
      assertTrue(order.size() <= all.length);
    }
    assertEquals(model.stream().map(entry -> (int) entry[1]).toList(), order);
  }
}
