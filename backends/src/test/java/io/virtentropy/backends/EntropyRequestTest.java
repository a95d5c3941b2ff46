package io.virtentropy.backends;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.EntropySourceException.Reason;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class EntropyRequestTest {
  private final EntropySourceException broken =
      new EntropySourceException(Reason.IO_ERROR, "the source is broken");

  /** The picture in the class, as a table; what is not in it is refused and changes nothing. */
  enum State {
    FREE("free"),
    SUBMITTED("submitted"),
    CLAIMED("claimed"),
    DONE("done"),
    ABANDONED("abandoned"),
    ABANDONED_CLAIMED("abandoned while claimed");

    final String described;

    State(String described) {
      this.described = described;
    }

    State after(Action action) {
      return switch (this) {
        case FREE ->
            switch (action) {
              case SUBMIT -> SUBMITTED;
              case CANCEL -> FREE;
              default -> null;
            };
        case SUBMITTED ->
            switch (action) {
              case CLAIM -> CLAIMED;
              case FAIL -> DONE;
              case CANCEL -> ABANDONED;
              default -> null;
            };
        case CLAIMED ->
            switch (action) {
              case COMPLETE, FAIL -> DONE;
              case CANCEL -> ABANDONED_CLAIMED;
              default -> null;
            };
        case DONE ->
            switch (action) {
              case RELEASE, CANCEL -> FREE;
              default -> null;
            };
        case ABANDONED ->
            switch (action) {
              case CLAIM, FAIL, FORGET -> FREE;
              case CANCEL -> ABANDONED;
              default -> null;
            };
        case ABANDONED_CLAIMED ->
            switch (action) {
              case COMPLETE, FAIL -> FREE;
              case CANCEL -> ABANDONED_CLAIMED;
              default -> null;
            };
      };
    }

    List<Action> path() {
      return switch (this) {
        case FREE -> List.of();
        case SUBMITTED -> List.of(Action.SUBMIT);
        case CLAIMED -> List.of(Action.SUBMIT, Action.CLAIM);
        case DONE -> List.of(Action.SUBMIT, Action.CLAIM, Action.COMPLETE);
        case ABANDONED -> List.of(Action.SUBMIT, Action.CANCEL);
        case ABANDONED_CLAIMED -> List.of(Action.SUBMIT, Action.CLAIM, Action.CANCEL);
      };
    }
  }

  enum Action {
    SUBMIT,
    CLAIM,
    COMPLETE,
    FAIL,
    FORGET,
    RELEASE,
    CANCEL
  }

  /** A request beside the model of it. */
  private static final class Pair {
    final AtomicInteger woken = new AtomicInteger();
    final Holding source = new Holding();
    final EntropyRequest request = new EntropyRequest(8, woken::incrementAndGet);
    State state = State.FREE;
    int ended;
    int abandoned;

    void step(Action action) {
      State next = state.after(action);
      if (next == null) {
        RuntimeException refused = assertThrows(RuntimeException.class, () -> perform(action));
        assertTrue(
            refused instanceof IllegalStateException || refused instanceof IllegalArgumentException,
            () -> action + " in " + state + " threw " + refused);
      } else {
        perform(action);
        if (action == Action.CANCEL && (state == State.SUBMITTED || state == State.CLAIMED)) {
          abandoned++;
        }
        if (next == State.DONE) {
          ended++;
        }
        state = next;
      }
      check();
    }

    private void perform(Action action) {
      switch (action) {
        case SUBMIT -> request.submitTo(source, 8);
        case CLAIM -> assertEquals(state == State.SUBMITTED, request.claim());
        case COMPLETE -> {
          if (state == State.CLAIMED || state == State.ABANDONED_CLAIMED) {
            request.target().putLong(0, -1);
          }
          request.complete(5);
        }
        case FAIL ->
            request.fail(new EntropySourceException(Reason.IO_ERROR, "the source is broken"));
        case FORGET -> request.forget();
        case RELEASE -> request.release();
        case CANCEL -> request.cancel();
      }
    }

    private void check() {
      assertTrue(request.toString().startsWith("EntropyRequest[" + state.described + ", "));
      assertEquals(state == State.FREE, request.isFree());
      assertEquals(state == State.DONE, request.isDone());
      assertEquals(
          state == State.ABANDONED || state == State.ABANDONED_CLAIMED, request.isAbandoned());
      assertEquals(ended, woken.get(), "wake-ups");
      assertEquals(abandoned, source.cancelled, "cancellations that the source heard of");
      if (state == State.FREE) {
        assertEquals(0, request.target().getLong(0), "a free request's buffer");
      }
      if (state == State.DONE) {
        assertEquals(request.failure() == null ? 5 : 0, request.delivered());
        assertEquals(request.failure() == null ? -1 : 0, request.bytes().getLong(0));
      } else {
        assertThrows(IllegalStateException.class, request::bytes);
        assertThrows(IllegalStateException.class, request::delivered);
        assertThrows(IllegalStateException.class, request::failure);
      }
    }
  }

  /** Takes requests and leaves them to the test. */
  private static final class Holding implements EntropyBackend {
    int cancelled;

    @Override
    public int fill(ByteBuffer target, int index, int length) {
      return 0;
    }

    @Override
    public void submit(EntropyRequest request) {}

    @Override
    public void cancel(EntropyRequest request) {
      cancelled++;
    }

    @Override
    public void close() {}
  }

  static Stream<Arguments> everyStateAndAction() {
    List<Arguments> all = new ArrayList<>();
    for (State state : State.values()) {
      for (Action action : Action.values()) {
        all.add(Arguments.of(state, action));
      }
    }
    return all.stream();
  }

  @ParameterizedTest
  @MethodSource("everyStateAndAction")
  void should_follow_its_picture(State state, Action action) {
    Pair pair = new Pair();
    state.path().forEach(pair::step);
    assertEquals(state, pair.state);

    pair.step(action);
  }

  @Property
  void shouldFollowItsPictureThroughAnySequence(@ForAll @Size(max = 60) List<Action> actions) {
    Pair pair = new Pair();
    actions.forEach(pair::step);
  }

  @Test
  void should_refuse_what_is_out_of_range() {
    assertEquals(
        "capacity 0; 1 or more is accepted",
        assertThrows(IllegalArgumentException.class, () -> new EntropyRequest(0, () -> {}))
            .getMessage());
    EntropyRequest request = new EntropyRequest(8, () -> {});
    Holding source = new Holding();
    for (int wanted : new int[] {-1, 0, 9}) {
      assertEquals(
          wanted + " bytes wanted; 1 to 8 is accepted",
          assertThrows(IllegalArgumentException.class, () -> request.submitTo(source, wanted))
              .getMessage());
    }
    request.submitTo(source, 6);
    request.claim();
    for (int delivered : new int[] {-1, 0, 7}) {
      assertEquals(
          delivered + " bytes delivered; 1 to 6 is accepted",
          assertThrows(IllegalArgumentException.class, () -> request.complete(delivered))
              .getMessage());
    }
    request.complete(6);
    assertEquals(6, request.delivered());
  }

  @Test
  void should_keep_what_was_delivered_when_a_source_completes_twice() {
    EntropyRequest request = new EntropyRequest(8, () -> {});
    request.submitTo(new Holding(), 8);
    request.claim();
    request.complete(3);

    assertThrows(IllegalStateException.class, () -> request.complete(8));
    assertThrows(IllegalStateException.class, () -> request.fail(broken));

    assertEquals(3, request.delivered());
    assertNull(request.failure());
  }

  @Test
  void should_fail_when_the_source_throws_from_submit() {
    AtomicInteger woken = new AtomicInteger();
    EntropyRequest request = new EntropyRequest(8, woken::incrementAndGet);
    IllegalArgumentException thrown = new IllegalArgumentException("no");

    request.submitTo(
        new Scripted(
            r -> {
              throw thrown;
            }),
        8);

    assertEquals(Reason.UNAVAILABLE, request.failure().reason());
    assertEquals(
        "the source refused the request: java.lang.IllegalArgumentException: no",
        request.failure().getMessage());
    assertSame(thrown, request.failure().getCause());
    assertEquals(1, woken.get());
    request.release();
    assertTrue(request.isFree());
  }

  @Test
  void should_fail_and_be_wiped_when_the_source_claims_and_writes_and_then_throws() {
    EntropyRequest request = new EntropyRequest(8, () -> {});

    request.submitTo(
        new Scripted(
            r -> {
              assertTrue(r.claim());
              r.target().putLong(0, -1);
              throw broken;
            }),
        8);

    assertSame(broken, request.failure());
    assertEquals(0, request.delivered());
    request.release();
    assertEquals(0, request.target().getLong(0));
  }

  @Test
  void should_keep_what_was_delivered_when_the_source_throws_afterwards() {
    AtomicInteger woken = new AtomicInteger();
    EntropyRequest request = new EntropyRequest(8, woken::incrementAndGet);

    request.submitTo(
        new Scripted(
            r -> {
              assertTrue(r.claim());
              r.complete(8);
              r.complete(8);
            }),
        8);

    assertEquals(8, request.delivered());
    assertNull(request.failure());
    assertEquals(1, woken.get());
  }

  @Test
  void should_shield_the_source_from_a_wake_up_that_throws() {
    EntropyRequest request =
        new EntropyRequest(
            8,
            () -> {
              throw new IllegalStateException("the consumer is broken; expected by a test");
            });
    request.submitTo(new Holding(), 8);
    request.claim();

    assertDoesNotThrow(() -> request.complete(8));

    assertTrue(request.isDone());
  }

  @Test
  void should_be_wiped_and_free_whatever_the_source_did_to_the_limit() {
    EntropyRequest request = new EntropyRequest(8, () -> {});

    request.submitTo(
        new Scripted(
            r -> {
              assertTrue(r.claim());
              r.target().putInt(-1).flip();
              r.complete(4);
            }),
        8);
    assertEquals(-1, request.bytes().getInt(0));
    request.bytes().limit(0);
    request.release();

    assertTrue(request.isFree());
    request.submitTo(new Holding(), 8);
    assertEquals(8, request.target().limit());
    assertEquals(0, request.target().getLong(0));
  }

  @Test
  void should_survive_a_source_that_lets_go_while_the_cancel_is_under_way() {
    // The source's thread meets the request between the consumer's two steps of a cancel; played on
    // one thread by a source that claims before it looks at the cancellation.
    EntropyRequest request = new EntropyRequest(8, () -> {});
    List<String> heard = new ArrayList<>();
    request.submitTo(
        new EntropyBackend() {
          @Override
          public int fill(ByteBuffer target, int index, int length) {
            return 0;
          }

          @Override
          public void submit(EntropyRequest r) {}

          @Override
          public void cancel(EntropyRequest r) {
            assertFalse(r.claim());
            heard.add(r.toString());
          }

          @Override
          public void close() {}
        },
        8);

    request.cancel();

    assertEquals(List.of("EntropyRequest[free, 8 bytes wanted]"), heard);
  }

  @Test
  void should_be_served_from_fill_by_a_source_without_a_submit_of_its_own() {
    EntropyRequest request = new EntropyRequest(8, () -> {});

    request.submitTo(new CounterBackend(0x0102030405060708L), 5);

    assertEquals(5, request.delivered());
    assertEquals(0x0405060708L, Long.reverseBytes(request.bytes().clear().getLong(0)));
  }

  @Test
  void should_fail_when_fill_returns_nothing_or_nonsense_and_there_is_no_submit() {
    EntropyRequest request = new EntropyRequest(8, () -> {});

    request.submitTo(new Filling(0), 8);
    assertEquals(
        Filling.class.getName() + " returned 0 from fill and has no submit of its own",
        request.failure().getMessage());
    request.release();

    request.submitTo(new Filling(9), 8);
    assertEquals(
        "the source refused the request: java.lang.IllegalArgumentException:"
            + " 9 bytes delivered; 1 to 8 is accepted",
        request.failure().getMessage());
    request.release();
    assertTrue(request.isFree());
  }

  @Test
  void should_never_show_contents() {
    EntropyRequest request = new EntropyRequest(8, () -> {});
    request.submitTo(new CounterBackend(0x4142434445464748L), 8);

    assertEquals("EntropyRequest[done, 8 bytes wanted]", request.toString());
  }

  /** A source whose submit is given. */
  private record Scripted(java.util.function.Consumer<EntropyRequest> script)
      implements EntropyBackend {
    @Override
    public int fill(ByteBuffer target, int index, int length) {
      return 0;
    }

    @Override
    public void submit(EntropyRequest request) {
      script.accept(request);
    }

    @Override
    public void close() {}
  }

  private record Filling(int answer) implements EntropyBackend {
    @Override
    public int fill(ByteBuffer target, int index, int length) {
      return answer;
    }

    @Override
    public void close() {}
  }
}
