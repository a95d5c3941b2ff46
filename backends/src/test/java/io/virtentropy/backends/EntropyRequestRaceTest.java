package io.virtentropy.backends;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.EntropySourceException.Reason;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A consumer that cancels at any moment against a source that claims, writes, completes, fails or
 * forgets at any moment. A failure names the seed and the round.
 */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class EntropyRequestRaceTest {
  private static final int ROUNDS = 20_000;
  private static final int SIZE = 256;

  /** Serves from a thread of its own, as a file that waits does. */
  private static final class Racing implements EntropyBackend {
    final AtomicReference<EntropyRequest> slot = new AtomicReference<>();
    final boolean forgets;
    volatile boolean closed;
    int abandoned;

    Racing(boolean forgets) {
      this.forgets = forgets;
    }

    @Override
    public int fill(ByteBuffer target, int index, int length) {
      return 0;
    }

    @Override
    public void submit(EntropyRequest request) {
      slot.set(request);
    }

    @Override
    public void cancel(EntropyRequest request) {
      abandoned++;
      if (forgets && slot.compareAndSet(request, null)) {
        request.forget();
      }
    }

    @Override
    public void close() {
      closed = true;
    }

    Void serve(SplittableRandom random) {
      while (!closed) {
        EntropyRequest request = slot.getAndSet(null);
        if (request == null) {
          pause();
          continue;
        }
        linger(random);
        int wanted = request.length();
        int what = random.nextInt(8);
        if (what == 0) {
          request.fail(broken());
        } else if (request.claim()) {
          ByteBuffer target = request.target();
          for (int i = 0; i < wanted; i++) {
            target.put(i, (byte) 0xff);
          }
          if (what == 1) {
            request.fail(broken());
          } else {
            request.complete(what == 2 ? 1 : wanted);
          }
        }
      }
      return null;
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @Timeout(value = 600, threadMode = ThreadMode.SEPARATE_THREAD)
  void should_be_done_or_abandoned_but_never_both(boolean forgets) throws Exception {
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    SplittableRandom sources = random.split();
    AtomicInteger woken = new AtomicInteger();
    Racing source = new Racing(forgets);
    FutureTask<Void> serving = new FutureTask<>(() -> source.serve(sources));
    Thread thread = new Thread(serving, "racing source");
    thread.setDaemon(true);
    thread.start();
    EntropyRequest request = new EntropyRequest(SIZE, woken::incrementAndGet);

    int delivered = 0;
    int round = 0;
    try {
      for (; round < ROUNDS; round++) {
        int wanted = 1 + random.nextInt(SIZE);
        request.submitTo(source, wanted);
        if (random.nextBoolean()) {
          linger(random);
          request.cancel();
          assertFalse(request.isDone(), "done after a cancel");
          while (!request.isFree()) {
            assertFalse(request.isDone(), "done after a cancel");
            failFast(serving);
            pause();
          }
        } else {
          while (!request.isDone()) {
            failFast(serving);
            pause();
          }
          int n = request.delivered();
          assertEquals(request.failure() != null, n == 0);
          for (int i = 0; i < n; i++) {
            assertEquals((byte) 0xff, request.bytes().get(i), "byte " + i + " of " + n);
          }
          delivered += n == 0 ? 0 : 1;
          request.release();
        }
        ByteBuffer free = request.target();
        for (int i = 0; i < SIZE; i++) {
          assertEquals(0, free.get(i), "byte " + i + " of a free request's buffer");
        }
      }
    } catch (AssertionError e) {
      throw new AssertionError("seed " + seed + ", round " + round, e);
    } finally {
      source.close();
    }
    serving.get();

    assertEquals(ROUNDS, woken.get() + source.abandoned, "every round woke or was abandoned");
    assertTrue(delivered > 0 && source.abandoned > 0, "the race was no race");
  }

  private static void failFast(FutureTask<Void> serving) throws Exception {
    if (serving.isDone()) {
      serving.get();
    }
  }

  private static EntropySourceException broken() {
    return new EntropySourceException(Reason.IO_ERROR, "the source is broken");
  }

  private static void linger(SplittableRandom random) {
    for (int i = random.nextInt(200); i > 0; i--) {
      Thread.onSpinWait();
    }
  }

  /** Gives way as well as spinning: there may be one processor only. */
  @SuppressWarnings("ThreadPriorityCheck")
  private static void pause() {
    Thread.onSpinWait();
    Thread.yield();
  }
}
