package io.virtentropy.backends.derived;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropyRequest;
import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.ratelimit.ManualClock;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/**
 * Any sequence of what consumers and a source below can do: what a {@link DerivedBackend} passes on
 * is the source's stream, nothing left out, nothing twice, in order.
 */
class DerivedBackendProperties {
  private static final int REQUESTS = 4;

  enum Action {
    FILL,
    SUBMIT,
    CANCEL,
    ANSWER,
    HAVE_SOME_AT_HAND,
    BREAK_DOWN,
    REPAIR
  }

  record Step(Action action, int which, int bytes) {}

  /** Two consumers' worth of requests on one source, and what was delivered in which order. */
  private static final class Bench {
    final byte[] stream = new byte[1 << 16];
    final ScriptedSource below = new ScriptedSource("below", i -> stream[i]);
    final EntropyBackend source =
        FailoverBackend.builder(List.of(below))
            .clock(new ManualClock())
            .listener(new Heard())
            .build();
    final List<EntropyRequest> requests = new ArrayList<>();
    final ByteArrayOutputStream delivered = new ByteArrayOutputStream();
    final List<Integer> order = new ArrayList<>();
    final List<Integer> submitted = new ArrayList<>();

    Bench() {
      new Random(1).nextBytes(stream);
      for (int i = 0; i < REQUESTS; i++) {
        int number = i;
        requests.add(new EntropyRequest(64, () -> woken(number)));
      }
    }

    /** Runs where a request ends, which shows the order. */
    private void woken(int number) {
      EntropyRequest request = requests.get(number);
      order.add(number);
      for (int i = 0; i < request.delivered(); i++) {
        delivered.write(request.bytes().get(i));
      }
    }

    void step(Step step) {
      EntropyRequest request = requests.get(step.which);
      switch (step.action) {
        case FILL -> fill(step.bytes);
        case SUBMIT -> {
          if (request.isFree()) {
            submitted.add(step.which);
            request.submitTo(source, step.bytes);
          }
        }
        case CANCEL -> {
          if (!request.isDone()) {
            submitted.remove((Integer) step.which);
            request.cancel();
            assertTrue(request.isFree(), "a request that waits here can be let go of at once");
          }
        }
        case ANSWER -> below.answer(step.bytes);
        case HAVE_SOME_AT_HAND -> below.atHand = step.bytes;
        case BREAK_DOWN -> below.breakDown();
        case REPAIR -> below.repair();
      }
      assertEquals(submitted.subList(0, order.size()), order, "requests ended out of order");
      for (EntropyRequest each : requests) {
        if (each.isDone()) {
          each.release();
        }
      }
      submitted.subList(0, order.size()).clear();
      order.clear();
      assertTrue(below.waiting() <= 1, "one request at a time stands below");
    }

    private void fill(int length) {
      ByteBuffer target = ByteBuffer.allocate(length);
      try {
        int n = source.fill(target, 0, length);
        delivered.write(target.array(), 0, n);
      } catch (EntropySourceException e) {
        assertEquals(ByteBuffer.allocate(length), target, "a fill that failed has written");
      }
    }
  }

  @Property(tries = 500)
  void shouldPassOnTheStreamBelowWholeAndInOrder(
      @ForAll @Size(max = 80) List<Action> actions, @ForAll @IntRange(max = 1 << 20) int seed) {
    Bench bench = new Bench();
    Random random = new Random(seed);
    for (Action action : actions) {
      bench.step(new Step(action, random.nextInt(REQUESTS), 1 + random.nextInt(64)));
    }
    byte[] delivered = bench.delivered.toByteArray();
    assertArrayEquals(Arrays.copyOf(bench.stream, delivered.length), delivered);

    // What is held back is a part of one request's bytes at the most.
    assertTrue(bench.below.delivered() - delivered.length <= REQUESTS * 64);
    bench.source.close();
    assertEquals(bench.submitted, bench.order, "requests that outlived the close");
    assertTrue(bench.below.closed);
  }
}
