package io.virtentropy.backends.egd;

import static io.virtentropy.backends.egd.SessionModel.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.virtentropy.backends.egd.SessionModel.Asked;
import io.virtentropy.backends.egd.SessionModel.Door;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** The mode that does what QEMU's rng-egd was seen to do, with its weaknesses. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
final class QemuCompatibleTest {
  private final SessionModel model =
      new SessionModel(
          new EgdOptions(EgdBackend.MAX_WINDOW, 10 * SECOND, 0, 0, SECOND / 10, 30 * SECOND, true),
          false);

  @Test
  void should_ask_for_all_at_once() {
    model.ask(1000);
    model.ask(64);
    model.ask(2000);
    assertEquals(3064, model.owed());
    model.answer(3064);
    assertEquals(3, model.completed);
  }

  @Test
  void should_ask_for_nothing_again_and_stall_as_QEMU_does() {
    model.ask(32);
    model.answer(10);
    model.hangUp();
    model.pass(SECOND);
    assertEquals(2, model.links);
    assertEquals(0, model.owed(), "nothing is sent again");
    model.ask(24);
    assertEquals(24, model.owed());
    model.answer(24);
    assertEquals(1, model.completed, "22 of them went to the oldest");
    assertEquals(1, model.waiting().size(), "and the other waits for what nobody was asked for");
    assertEquals(22, model.waiting().get(0).missing());
  }

  @Test
  void should_never_send_a_request_that_meets_no_connection() {
    model.door = Door.REFUSING;
    model.hangUp();
    model.ask(64);
    model.door = Door.OPEN;
    model.pass(SECOND);
    assertEquals(EgdState.CONNECTED, model.session.state());
    assertEquals(0, model.owed());
    assertEquals(1, model.waiting().size());
  }

  @Test
  void should_keep_surplus_bytes_for_the_next_request() {
    model.babble();
    assertEquals(1, model.links, "and the connection");
    model.ask(2);
    Asked asked = model.waiting().get(0);
    assertFalse(asked.request.isDone());
    assertEquals(2, model.owed(), "though it is not needed any more");
    model.babbled(asked);
    model.answer(1);
    assertEquals(1, model.completed);
    model.hangUp();
    assertEquals(EgdState.RETRYING, model.session.state());
  }

  @Test
  void should_destroy_what_comes_for_a_cancelled_request_and_keep_the_connection() {
    model.ask(100);
    model.ask(7);
    Asked given = model.waiting().get(0);
    model.cancel(given);
    assertEquals(107, model.owed());
    model.answer(107);
    assertEquals(1, model.completed);
    assertEquals(100, model.tally.get(EgdCounter.BYTES_DISCARDED));
    assertEquals(1, model.links);
  }

  @Test
  void should_have_no_patience_of_its_own() {
    model.ask(100);
    model.pass(1_000_000 * SECOND);
    assertEquals(1, model.links);
    assertEquals(100, model.waiting().get(0).missing());
  }
}
