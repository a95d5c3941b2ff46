package io.virtentropy.backends.egd;

import static io.virtentropy.backends.egd.SessionModel.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.EntropyRequest;
import io.virtentropy.backends.EntropySourceException.Reason;
import io.virtentropy.backends.egd.SessionModel.Asked;
import io.virtentropy.backends.egd.SessionModel.Door;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** What time does to a session; the time is virtual. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
final class EgdTimesTest {
  private static SessionModel failingAfter(long requestTimeout) {
    return new SessionModel(
        new EgdOptions(
            4, 10 * SECOND, 60 * SECOND, requestTimeout, SECOND / 10, 30 * SECOND, false),
        false);
  }

  @Test
  void should_leave_a_link_on_which_nothing_due_comes_and_ask_again() {
    SessionModel model = new SessionModel(SessionModel.options(4), false);
    model.ask(100);
    model.answer(40);
    model.pass(60 * SECOND - 1);
    assertEquals(EgdState.CONNECTED, model.session.state());
    model.pass(1);
    assertEquals(1, model.tally.get(EgdCounter.STALLED_CONNECTIONS));
    assertEquals("no bytes within 60 s, though 60 were asked for", model.session.problem());
    model.pass(SECOND);
    assertEquals(2, model.links);
    assertEquals(60, model.owed(), "the rest, and only that");
    model.settle();
  }

  @Test
  void should_not_mind_how_long_a_server_is_silent_that_owes_nothing() {
    SessionModel model = new SessionModel(SessionModel.options(4), false);
    model.ask(100);
    model.answer(100);
    model.pass(1000 * SECOND);
    model.ask(100);
    model.pass(59 * SECOND);
    assertEquals(1, model.links);
  }

  @Test
  void should_give_up_an_attempt_that_takes_too_long() {
    SessionModel model = new SessionModel(SessionModel.options(4), false);
    model.door = Door.SILENT;
    model.hangUp();
    model.pass(0);
    assertEquals(EgdState.CONNECTING, model.session.state());
    model.pass(10 * SECOND - 1);
    assertEquals(EgdState.CONNECTING, model.session.state());
    model.pass(1);
    assertEquals("no connection within 10 s", model.session.problem());
    assertFalse(model.attempting());
  }

  @Test
  void should_try_less_and_less_often_until_a_request_is_served() {
    SessionModel model = new SessionModel(SessionModel.options(4), false);
    model.door = Door.REFUSING;
    model.hangUp();
    for (int i = 0; i < 24 * 3600; i++) {
      model.pass(SECOND);
    }
    long attempts = model.tally.get(EgdCounter.FAILED_ATTEMPTS);
    assertTrue(attempts >= 24 * 3600 / 30 && attempts <= 24 * 3600 / 15 + 20, attempts + " a day");
    model.ask(10);
    model.settle();
    assertEquals(1, model.completed);
    model.hangUp();
    model.pass(0);
    assertEquals(EgdState.CONNECTED, model.session.state(), "at once, after one that was of use");
  }

  @Test
  void should_fail_requests_that_have_waited_as_long_as_they_may() {
    SessionModel model = failingAfter(5 * SECOND);
    model.door = Door.REFUSING;
    model.hangUp();
    EntropyRequest request = new EntropyRequest(10, () -> {});
    request.submitTo(model, 10);
    model.pass(5 * SECOND - 1);
    assertFalse(request.isDone());
    model.pass(1);
    assertEquals(Reason.UNAVAILABLE, request.failure().reason());
    assertEquals(
        "the source egd:pipe:model has not answered within 5 s: Connection refused",
        request.failure().getMessage());
    assertEquals(1, model.tally.get(EgdCounter.REQUESTS_EXPIRED));
  }

  @Test
  void should_not_give_the_late_reply_to_a_failed_request_to_the_next() {
    SessionModel model = failingAfter(5 * SECOND);
    EntropyRequest late = new EntropyRequest(10, () -> {});
    late.submitTo(model, 10);
    model.session.turn();
    model.clock.advance(4 * SECOND);
    EntropyRequest next = new EntropyRequest(10, () -> {});
    next.submitTo(model, 10);
    model.session.turn();
    assertEquals(20, model.owed());
    model.clock.advance(SECOND);
    model.session.tick();
    assertTrue(late.isDone());
    assertFalse(next.isDone());
    assertEquals(1, model.tally.get(EgdCounter.ABANDONED_EXCHANGES));
    model.session.tick();
    model.session.turn();
    model.clock.advance(SECOND);
    model.session.tick();
    assertEquals(2, model.links);
    assertEquals(10, model.owed());
  }

  @Test
  void should_say_when_it_has_to_be_looked_at_again() {
    SessionModel model = failingAfter(5 * SECOND);
    assertEquals(Long.MAX_VALUE, model.session.idle(model.clock.nanoTime()));
    model.ask(10);
    assertEquals(5 * SECOND, model.session.idle(model.clock.nanoTime()));
    Asked asked = model.waiting().get(0);
    model.cancel(asked);
    assertEquals(0, model.session.idle(model.clock.nanoTime()), "the next attempt is due");
    model.pass(0);
    assertEquals(Long.MAX_VALUE, model.session.idle(model.clock.nanoTime()));
    SessionModel patient = new SessionModel(SessionModel.options(4), false);
    patient.ask(10);
    assertEquals(60 * SECOND, patient.session.idle(patient.clock.nanoTime()));
  }
}
