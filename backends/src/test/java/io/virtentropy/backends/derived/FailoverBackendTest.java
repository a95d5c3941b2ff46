package io.virtentropy.backends.derived;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropyRequest;
import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.ratelimit.ManualClock;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class FailoverBackendTest {
  private static final long SECOND = 1_000_000_000L;

  private final ManualClock clock = new ManualClock();
  private final Heard heard = new Heard();
  private final ScriptedSource first = ScriptedSource.ready("first", i -> 1);
  private final ScriptedSource second = ScriptedSource.ready("second", i -> 2);
  private final EntropyBackend source =
      FailoverBackend.builder(List.of(first, second)).clock(clock).listener(heard).build();

  @AfterEach
  void close() {
    source.close();
  }

  private int servedBy() {
    ByteBuffer target = ByteBuffer.allocate(16);
    assertEquals(16, source.fill(target, 0, 16));
    return target.get(15);
  }

  @Test
  void should_serve_from_the_first_as_long_as_it_works() {
    assertEquals(1, servedBy());
    assertEquals(0, second.asked);
    assertEquals("failover(first,second)", source.toString());
  }

  @Test
  void should_serve_from_the_next_at_once_when_one_fails_and_go_back_after_its_pause() {
    first.breakDown();
    assertEquals(2, servedBy());
    assertEquals(List.of("first failed, 1000 ms: first is broken"), heard.lines);
    first.repair();
    clock.advance(SECOND - 1);
    assertEquals(2, servedBy());
    clock.advance(1);
    assertEquals(1, servedBy());
    assertEquals("first returned", heard.lines.get(1));
    assertEquals(32 + 16, first.delivered(), "its first 32 bytes were thrown away");
  }

  @Test
  void should_ask_one_that_comes_and_goes_less_and_less_until_it_is_steady() {
    for (int seconds : new int[] {1, 2, 4, 8, 16, 32, 60, 60}) {
      first.breakDown();
      assertEquals(2, servedBy());
      first.repair();
      clock.advance(seconds * SECOND - 1);
      assertEquals(2, servedBy(), "before " + seconds + " s");
      clock.advance(1);
      assertEquals(1, servedBy(), "after " + seconds + " s");
    }
    clock.advance(60 * SECOND);
    first.breakDown();
    assertEquals(2, servedBy());
    first.repair();
    clock.advance(SECOND);
    assertEquals(1, servedBy(), "a second after the failure of one that was steady");
  }

  @Test
  void should_ask_the_next_for_what_was_asked_of_one_that_failed() {
    first.atHand = 0;
    EntropyRequest[] requests = new EntropyRequest[3];
    for (int i = 0; i < requests.length; i++) {
      requests[i] = new EntropyRequest(16, () -> {});
      requests[i].submitTo(source, 16);
    }
    assertEquals(1, first.waiting());
    first.breakDown();
    for (EntropyRequest request : requests) {
      assertEquals(16, request.delivered());
      assertEquals(2, request.bytes().get(0));
    }
  }

  @Test
  void should_ask_once_for_what_several_requests_want() {
    first.atHand = 0;
    EntropyRequest[] requests = new EntropyRequest[4];
    for (int i = 0; i < requests.length; i++) {
      requests[i] = new EntropyRequest(64, () -> {});
      requests[i].submitTo(source, 64);
    }
    first.answer(64);
    assertEquals(64, requests[0].delivered());
    assertEquals(1, first.waiting());
    first.answer(3 * 64);
    for (EntropyRequest request : requests) {
      assertEquals(64, request.delivered());
    }
    assertEquals(4 * 64, first.delivered());
  }

  @Test
  void should_delay_nobody_while_it_tries_one_that_was_down() {
    first.breakDown();
    assertEquals(2, servedBy());
    first.repair();
    first.atHand = 0;
    clock.advance(SECOND);
    assertEquals(2, servedBy());
    assertEquals(1, first.waiting(), "it has been asked");
    assertEquals(2, servedBy());
    first.answer(32);
    first.atHand = Integer.MAX_VALUE;
    assertEquals(1, servedBy());
  }

  @Test
  void should_fail_when_none_works_and_take_the_first_to_come_back() {
    first.breakDown();
    second.breakDown();
    ByteBuffer target = ByteBuffer.allocate(16);
    EntropySourceException failure =
        assertThrows(EntropySourceException.class, () -> source.fill(target, 0, 16));
    assertSame(second.failure, failure);
    assertEquals(ByteBuffer.allocate(16), target);
    second.repair();
    assertEquals(2, servedBy(), "without a pause, because nobody else serves");
  }

  @Test
  void should_wait_for_whoever_answers_when_none_is_up() {
    first.breakDown();
    second.breakDown();
    assertThrows(EntropySourceException.class, this::servedBy);
    first.repair();
    first.atHand = 0;
    second.repair();
    second.atHand = 0;
    EntropyRequest request = new EntropyRequest(16, () -> {});
    request.submitTo(source, 16);
    assertFalse(request.isDone());
    second.answer(16);
    assertEquals(2, request.bytes().get(0));
  }
}
