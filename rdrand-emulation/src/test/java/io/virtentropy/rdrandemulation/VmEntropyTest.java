package io.virtentropy.rdrandemulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.CounterBackend;
import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.ratelimit.ManualClock;
import io.virtentropy.ratelimit.Quota;
import io.virtentropy.ratelimit.QuotaWindow;
import io.virtentropy.rdrandemulation.MoodySource.Mood;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The numbers of one machine")
final class VmEntropyTest {
  private final ManualClock clock = new ManualClock();
  private final MoodySource source = new MoodySource(1);
  private final List<EntropySourceException> failures = new ArrayList<>();

  private VmEntropy.Builder builder() {
    return VmEntropy.builder(source).clock(clock).onSourceFailure(failures::add);
  }

  private static long count(VmEntropy numbers, RandomCounter counter) {
    return numbers.counters().get(counter);
  }

  private static void assertNone(VmEntropy numbers, Outcome expected) {
    assertEquals(0, numbers.next(Grade.RANDOM, 8));
    assertEquals(expected, numbers.outcome());
  }

  private static void assertDelivers(VmEntropy numbers, long expected) {
    assertEquals(expected, numbers.next(Grade.RANDOM, 8));
    assertEquals(Outcome.DELIVERED, numbers.outcome());
  }

  @Test
  @DisplayName("should ask a slow source once, do without, and take what it brings")
  void slow() {
    VmEntropy numbers = builder().build();
    source.mood = Mood.SLOW;
    assertNone(numbers, Outcome.NOT_NOW);
    assertNone(numbers, Outcome.NOT_NOW);
    assertEquals(1, source.submits);
    source.complete(12);
    assertDelivers(numbers, 1);
    // Four of twelve bytes are left, not a number, and not lost.
    assertNone(numbers, Outcome.NOT_NOW);
    assertEquals(2, source.submits);
    source.complete(20);
    assertDelivers(numbers, 2);
    assertDelivers(numbers, 3);
    assertDelivers(numbers, 4);
    assertEquals(2, count(numbers, RandomCounter.SOURCE_WAITS));
    assertEquals(4, count(numbers, RandomCounter.RANDOM_DELIVERED));
    assertEquals(3, count(numbers, RandomCounter.RANDOM_UNDERFLOWS));
    assertEquals(32, count(numbers, RandomCounter.BYTES));
    assertEquals(3 / 7.0, numbers.counters().underflowRate(Grade.RANDOM));
    assertEquals(0, numbers.counters().underflowRate(Grade.SEED));
  }

  @ParameterizedTest
  @EnumSource(names = {"FAILING", "THROWING", "BOASTING"})
  @DisplayName("should leave a source alone for 10 ms, doubling up to 1 s, that is")
  void failing(Mood mood) {
    VmEntropy numbers = builder().build();
    source.mood = mood;
    long pause = 10_000_000;
    for (int failure = 1; failure <= 10; failure++) {
      assertNone(numbers, Outcome.FAILED);
      assertEquals(failure, source.fills);
      clock.advance(pause - 1);
      assertNone(numbers, Outcome.FAILED);
      assertEquals(failure, source.fills, "asked before the pause was over");
      clock.advance(1);
      pause = Math.min(2 * pause, 1_000_000_000);
    }
    assertEquals(10, failures.size());
    assertEquals(10, count(numbers, RandomCounter.SOURCE_FAILURES));
    source.mood = Mood.GENEROUS;
    assertDelivers(numbers, 1);
    source.mood = mood;
    for (int i = 0; i < 32; i++) {
      numbers.next(Grade.RANDOM, 8);
    }
    clock.advance(10_000_000);
    source.mood = Mood.GENEROUS;
    numbers.next(Grade.RANDOM, 8);
    assertEquals(Outcome.DELIVERED, numbers.outcome(), "the pause starts small again");
  }

  @Test
  @DisplayName("should take the failure of a request as the source's")
  void failedRequest() {
    VmEntropy numbers = builder().build();
    source.mood = Mood.SLOW;
    assertNone(numbers, Outcome.NOT_NOW);
    source
        .waiting
        .remove()
        .fail(new EntropySourceException(EntropySourceException.Reason.CLOSED, "gone"));
    assertNone(numbers, Outcome.FAILED);
    assertEquals(EntropySourceException.Reason.CLOSED, failures.get(0).reason());
    clock.advance(10_000_000);
    source.mood = Mood.GENEROUS;
    assertDelivers(numbers, 1);
  }

  @Test
  @DisplayName("should charge a limit for what is delivered, and nothing for what is not")
  void limited() {
    QuotaWindow limiter = new QuotaWindow(new Quota(20, 1), clock);
    VmEntropy numbers = builder().limiter(limiter).build();
    assertDelivers(numbers, 1);
    assertDelivers(numbers, 2);
    assertNone(numbers, Outcome.NOT_NOW);
    assertEquals(1, count(numbers, RandomCounter.THROTTLED));
    // Four bytes are left of the quota: a short number still fits.
    assertEquals(3, numbers.next(Grade.RANDOM, 4));
    assertEquals(Outcome.DELIVERED, numbers.outcome());
    assertEquals(0, numbers.next(Grade.RANDOM, 2));
    assertEquals(Outcome.NOT_NOW, numbers.outcome());
    clock.advance(1_000_000);
    assertEquals(0, numbers.next(Grade.RANDOM, 4)); // the upper half of word 3
    assertEquals(Outcome.DELIVERED, numbers.outcome());
    assertDelivers(numbers, 4);
  }

  @Test
  @DisplayName("should share one allowance with another consumer of the same limit")
  void sharedLimit() {
    QuotaWindow limiter = new QuotaWindow(new Quota(64, 1), clock);
    VmEntropy numbers = builder().limiter(limiter).build();
    assertEquals(60, limiter.acquireUpTo(60)); // the virtio device's request
    assertNone(numbers, Outcome.NOT_NOW);
    assertEquals(4, limiter.acquireUpTo(64), "what was not delivered is there for the other");
  }

  @Test
  @DisplayName("should have no seeds without a source for them")
  void noSeeds() {
    VmEntropy numbers = builder().build();
    assertFalse(numbers.offersSeeds());
    assertEquals(0, numbers.next(Grade.SEED, 8));
    assertEquals(Outcome.FAILED, numbers.outcome());
    assertEquals(1, count(numbers, RandomCounter.SEED_UNDERFLOWS));
    assertEquals(0, source.fills);
  }

  @Test
  @DisplayName("should take seeds from their own source, 16 bytes at a time")
  void seeds() {
    MoodySource hardware = new MoodySource(1000);
    VmEntropy numbers = builder().seedSource(hardware).build();
    assertTrue(numbers.offersSeeds());
    assertEquals(1000, numbers.next(Grade.SEED, 8));
    assertEquals(1, numbers.next(Grade.RANDOM, 8));
    assertEquals(1001, numbers.next(Grade.SEED, 8));
    assertEquals(1, hardware.fills);
    hardware.mood = Mood.SHORT;
    assertEquals(1002, numbers.next(Grade.SEED, 8));
    assertEquals(17, hardware.fills, "a short source is asked until a pair is whole");
    assertEquals(3, count(numbers, RandomCounter.SEED_DELIVERED));
  }

  @Test
  @DisplayName("should not let a single seed of a stuck source out")
  void stuckSeeds() {
    MoodySource hardware = new MoodySource(1000);
    VmEntropy numbers = builder().seedSource(hardware).build();
    hardware.mood = Mood.STUCK;
    for (int i = 0; i < 5; i++) {
      assertEquals(0, numbers.next(Grade.SEED, 2));
      assertEquals(Outcome.FAILED, numbers.outcome());
      clock.advance(1_000_000_000);
    }
    assertEquals(5, count(numbers, RandomCounter.SEED_REPETITIONS));
    assertEquals(EntropySourceException.Reason.UNSUITABLE, failures.get(0).reason());
    // RDRAND is not that strict: a stuck byte may be all that its source is good for in a test.
    source.mood = Mood.STUCK;
    assertEquals(0x5a5a5a5a5a5a5a5aL, numbers.next(Grade.RANDOM, 8));
    hardware.mood = Mood.GENEROUS;
    assertEquals(1000, numbers.next(Grade.SEED, 8));
  }

  @Test
  @DisplayName("should deliver nothing of before a restored snapshot")
  void discard() {
    VmEntropy numbers = builder().seedSource(new MoodySource(1000)).build();
    assertDelivers(numbers, 1);
    assertEquals(1000, numbers.next(Grade.SEED, 8));
    numbers.discard();
    assertDelivers(numbers, 33); // 256 bytes were fetched
    assertEquals(1002, numbers.next(Grade.SEED, 8));
  }

  @Test
  @DisplayName("should drop a request of before a restored snapshot, and its bytes")
  void discardRequest() {
    VmEntropy numbers = builder().build();
    source.mood = Mood.SLOW;
    assertNone(numbers, Outcome.NOT_NOW);
    var request = source.waiting.remove();
    assertTrue(request.claim()); // the source is writing
    numbers.discard();
    source.mood = Mood.GENEROUS;
    assertDelivers(numbers, 1);
    source.mood = Mood.SLOW;
    numbers.discard();
    assertNone(numbers, Outcome.NOT_NOW);
    assertEquals(1, source.submits, "a request that is still the source's can't be used");
    request.target().putLong(0, 0x0bad_0bad_0bad_0badL);
    request.complete(8);
    assertNone(numbers, Outcome.NOT_NOW);
    assertEquals(2, source.submits);
    source.complete(16);
    assertNotEquals(0x0bad_0bad_0bad_0badL, numbers.next(Grade.RANDOM, 8));
    assertEquals(Outcome.DELIVERED, numbers.outcome());
  }

  @Test
  @DisplayName("should fail for ever once closed")
  void closed() {
    VmEntropy numbers = builder().build();
    assertDelivers(numbers, 1);
    numbers.close();
    numbers.close();
    assertNone(numbers, Outcome.FAILED);
    assertEquals(1, source.fills);
  }

  @ParameterizedTest
  @ValueSource(ints = {7, 4097, 0, -1})
  @DisplayName("should refuse a prefetch of")
  void prefetchRange(int bytes) {
    VmEntropy.Builder builder = builder();
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> builder.prefetch(bytes));
    assertEquals("prefetch of " + bytes + " bytes; 8 to 4096 is accepted", refused.getMessage());
  }

  @Test
  @DisplayName("should never give two machines a common value, in ten million draws")
  void twoMachines() {
    int draws = 10_000_000;
    CounterBackend shared = new CounterBackend(0);
    VmEntropy[] machines = {
      VmEntropy.builder(shared).seedSource(shared).build(),
      VmEntropy.builder(shared).seedSource(shared).prefetch(4096).build()
    };
    BitSet seen = new BitSet();
    for (int i = 0; i < draws; i++) {
      VmEntropy machine = machines[(i ^ (i >> 5)) & 1];
      if (i % 100_003 == 0) {
        machine.discard(); // a snapshot is restored, or the machine is reset
      }
      // Words may be cut by a short prefetch's end, never shared: each byte has one owner.
      long value = machine.next(i % 7 == 0 ? Grade.SEED : Grade.RANDOM, 8);
      assertEquals(Outcome.DELIVERED, machine.outcome());
      int word = Math.toIntExact(value);
      if (seen.get(word)) {
        throw new AssertionError(word + " was delivered twice, the second time at draw " + i);
      }
      seen.set(word);
    }
    assertEquals(draws, seen.cardinality());
  }
}
