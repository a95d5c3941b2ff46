package io.virtentropy.backends.derived;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.EntropyRequest;
import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.backends.derived.SourceStatus.State;
import io.virtentropy.ratelimit.ManualClock;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class SupervisedSourcesTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long PATIENCE = SupervisedSources.DEFAULT_PATIENCE.toNanos();

  private final ManualClock clock = new ManualClock(Long.MAX_VALUE - 2 * SECOND); // wraps under way
  private final Heard heard = new Heard();
  private final ScriptedSource first = ScriptedSource.ready("first", i -> 1);
  private final ScriptedSource second = ScriptedSource.ready("second", i -> 2);
  private SupervisedSources source;

  private SupervisedSources alone() {
    source = SupervisedSources.failover(List.of(first)).clock(clock).listener(heard).build();
    return source;
  }

  private SupervisedSources both() {
    source =
        SupervisedSources.failover(List.of(first, second)).clock(clock).listener(heard).build();
    return source;
  }

  @AfterEach
  void close() {
    source.close();
  }

  private int servedBy() {
    ByteBuffer target = ByteBuffer.allocate(16);
    assertEquals(16, source.fill(target, 0, 16));
    return target.get(15);
  }

  private EntropyRequest request() {
    EntropyRequest request = new EntropyRequest(16, () -> {});
    request.submitTo(source, 16);
    return request;
  }

  private void pass(long nanos) {
    clock.advance(nanos);
    source.look();
  }

  private SourceStatus status(int index) {
    return source.statuses().get(index);
  }

  @Test
  void should_say_who_serves_and_what_was_drawn() {
    both();
    assertEquals(State.UNTRIED, status(0).state());
    assertFalse(status(0).serving());
    assertEquals(1, servedBy());
    assertEquals(
        new SourceStatus("first", State.WORKING, true, 16, 0, clock.nanoTime(), 0, ""), status(0));
    assertEquals(State.UNTRIED, status(1).state());
    first.breakDown();
    assertEquals(2, servedBy());
    assertEquals(
        new SourceStatus(
            "first",
            State.QUARANTINED,
            false,
            16,
            1,
            clock.nanoTime(),
            clock.nanoTime() + SECOND,
            "first is broken"),
        status(0));
    assertTrue(status(1).serving());
    assertEquals(16, status(1).delivered());
  }

  @Test
  void should_leave_the_only_source_alone_for_longer_and_longer() {
    alone();
    assertEquals(1, servedBy());
    first.breakDown();
    int asked = first.asked;
    for (int seconds : new int[] {1, 2, 4, 8, 16, 32, 60, 60}) {
      assertThrows(EntropySourceException.class, this::servedBy);
      assertEquals(++asked, first.asked);
      for (int i = 0; i < 100; i++) {
        assertThrows(EntropySourceException.class, this::servedBy);
      }
      clock.advance(seconds * SECOND - 1);
      assertThrows(EntropySourceException.class, this::servedBy);
      assertEquals(asked, first.asked, "before " + seconds + " s are over");
      clock.advance(1);
    }
    first.repair();
    int before = first.delivered();
    assertEquals(1, servedBy());
    assertEquals(before + 16, first.delivered(), "nothing is thrown away where nobody else serves");
    assertEquals(List.of("first failed, 1000 ms: first is broken", "first returned"), heard.lines);
    assertEquals(8, status(0).failures());
    assertEquals(State.WORKING, status(0).state());
    assertEquals("first is broken", status(0).failure());
  }

  @Test
  void should_say_that_the_only_source_is_slow_and_go_on_waiting() {
    alone();
    first.atHand = 0;
    assertEquals(Long.MAX_VALUE, source.nanosUntilDue());
    EntropyRequest waiting = request();
    assertEquals(PATIENCE, source.nanosUntilDue());
    pass(PATIENCE - 1);
    assertEquals(State.UNTRIED, status(0).state());
    assertEquals(1, source.nanosUntilDue());
    pass(1);
    assertEquals(State.SLOW, status(0).state());
    assertEquals(Long.MAX_VALUE, source.nanosUntilDue());
    pass(PATIENCE);
    assertEquals(List.of("first slow, 5000 ms"), heard.lines);
    assertTrue(first.answer(16));
    assertEquals(16, waiting.delivered());
    assertEquals(State.WORKING, status(0).state());
    assertEquals(List.of("first slow, 5000 ms", "first returned"), heard.lines);
    assertEquals(0, status(0).failures());
  }

  @Test
  void should_not_say_so_while_nobody_waits() {
    alone();
    first.atHand = 0;
    EntropyRequest gone = request();
    gone.cancel();
    assertEquals(Long.MAX_VALUE, source.nanosUntilDue());
    pass(10 * PATIENCE);
    assertEquals(List.of(), heard.lines);
  }

  @Test
  void should_serve_from_the_next_what_a_slow_source_was_asked_for() {
    both();
    first.atHand = 0;
    EntropyRequest waiting = request();
    pass(PATIENCE - 1);
    assertFalse(waiting.isDone());
    pass(1);
    assertEquals(2, waiting.bytes().get(0));
    assertEquals(State.QUARANTINED, status(0).state());
    assertEquals("first has given nothing for 5000 ms", status(0).failure());
    assertEquals(2, servedBy());
    assertEquals(1, first.waiting(), "it stays asked");
    // Its answer brings it back, once its pause is over.
    first.answer(16);
    assertEquals(2, servedBy());
    clock.advance(SECOND);
    first.atHand = Integer.MAX_VALUE;
    assertEquals(1, servedBy());
    assertEquals("first returned", heard.lines.get(1));
  }

  @Test
  void should_ask_one_in_quarantine_again_while_another_is_waited_for() {
    both();
    first.breakDown();
    second.atHand = 0;
    EntropyRequest waiting = request();
    assertFalse(waiting.isDone());
    first.repair();
    assertEquals(SECOND, source.nanosUntilDue());
    pass(SECOND);
    assertEquals(1, waiting.bytes().get(0));
  }

  @Test
  void should_wait_for_whoever_answers_when_all_are_slow() {
    both();
    first.atHand = 0;
    second.atHand = 0;
    EntropyRequest waiting = request();
    pass(PATIENCE);
    pass(PATIENCE);
    assertFalse(waiting.isDone());
    assertEquals(State.QUARANTINED, status(0).state());
    assertEquals(State.QUARANTINED, status(1).state());
    second.answer(16);
    assertEquals(2, waiting.bytes().get(0));
    assertTrue(status(1).serving());
  }

  @Test
  void should_mix_without_one_that_is_slow() {
    source =
        SupervisedSources.mix(List.of(first, second))
            .clock(clock)
            .listener(heard)
            .patience(Duration.ofSeconds(2))
            .build();
    first.atHand = 0;
    EntropyRequest waiting = request();
    pass(2 * SECOND - 1);
    assertFalse(waiting.isDone());
    pass(1);
    assertEquals(16, waiting.delivered());
    assertFalse(status(0).serving());
    assertTrue(status(1).serving());
    assertEquals("mix(first,second)", source.toString());
  }

  @Test
  void should_be_made_of_at_least_one_source() {
    alone();
    assertThrows(IllegalArgumentException.class, () -> SupervisedSources.failover(List.of()));
    assertThrows(
        IllegalArgumentException.class,
        () -> SupervisedSources.mix(java.util.Collections.nCopies(17, second)));
    assertThrows(
        IllegalArgumentException.class,
        () -> SupervisedSources.failover(List.of(first)).patience(Duration.ZERO));
  }
}
