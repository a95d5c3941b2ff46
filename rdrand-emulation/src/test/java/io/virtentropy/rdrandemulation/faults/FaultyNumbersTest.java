package io.virtentropy.rdrandemulation.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.CounterBackend;
import io.virtentropy.rdrandemulation.Grade;
import io.virtentropy.rdrandemulation.Outcome;
import io.virtentropy.rdrandemulation.RandomNumbers;
import io.virtentropy.rdrandemulation.VmEntropy;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Instructions that misbehave")
final class FaultyNumbersTest {
  private static final long SCATTER = 0x9e37_79b9_7f4a_7c15L;

  private static FaultyNumbers faulty(FaultModel model) {
    CounterBackend source = new CounterBackend(SCATTER);
    return new FaultyNumbers(VmEntropy.builder(source).seedSource(source).build(), model);
  }

  private static boolean delivers(RandomNumbers numbers) {
    numbers.next(Grade.RANDOM, 8);
    return numbers.outcome() == Outcome.DELIVERED;
  }

  /**
   * What Linux does at boot with RDRAND: eight samples, all of them there, five changes at least.
   */
  private static boolean linuxTrusts(RandomNumbers numbers) {
    int changes = 0;
    long last = 0;
    for (int i = 0; i < 8; i++) {
      long sample = numbers.next(Grade.RANDOM, 8);
      if (numbers.outcome() != Outcome.DELIVERED) {
        return false;
      }
      changes += i > 0 && sample != last ? 1 : 0;
      last = sample;
    }
    return changes >= 5;
  }

  @Test
  @DisplayName("should pass Linux's check when good, and not when stuck")
  void linux() {
    assertTrue(linuxTrusts(faulty(new FaultModel.NeverFails())));
    assertTrue(linuxTrusts(faulty(new FaultModel.ZeroWhenNarrow(1, 1))));
    assertFalse(linuxTrusts(faulty(new FaultModel.StuckAt(-1))));
    assertFalse(linuxTrusts(faulty(new FaultModel.StuckAt(4))));
    assertFalse(linuxTrusts(faulty(new FaultModel.AlwaysFails())));
    assertFalse(linuxTrusts(faulty(new FaultModel.FailsThenWorks(1))));
  }

  @Test
  @DisplayName("should fail as often as was asked for, and the same draws for the same seed")
  void probability() {
    FaultyNumbers one = faulty(new FaultModel.FailsWithProbability(0.25, 7));
    FaultyNumbers other = faulty(new FaultModel.FailsWithProbability(0.25, 7));
    int failures = 0;
    for (int i = 0; i < 100_000; i++) {
      boolean delivered = delivers(one);
      assertEquals(delivered, delivers(other));
      failures += delivered ? 0 : 1;
    }
    assertEquals(25_000, failures, 1000); // one seed, one number: it does not vary
    assertFalse(delivers(faulty(new FaultModel.FailsWithProbability(1, 0))));
    assertTrue(delivers(faulty(new FaultModel.FailsWithProbability(0, 0))));
  }

  @Test
  @DisplayName("should work after the failures it was told")
  void failsThenWorks() {
    FaultyNumbers numbers = faulty(new FaultModel.FailsThenWorks(3));
    for (int i = 0; i < 3; i++) {
      assertEquals(0, numbers.next(Grade.SEED, 4));
      assertEquals(Outcome.NOT_NOW, numbers.outcome());
    }
    assertEquals(SCATTER, numbers.next(Grade.RANDOM, 8), "a failed draw takes nothing");
    assertEquals(Outcome.DELIVERED, numbers.outcome());
  }

  @Test
  @DisplayName("should give zero with success in the narrow forms alone")
  void zeroWhenNarrow() {
    FaultyNumbers numbers = faulty(new FaultModel.ZeroWhenNarrow(0.5, 3));
    int zeros = 0;
    for (int i = 0; i < 1000; i++) {
      zeros += numbers.next(Grade.SEED, 4) == 0 ? 1 : 0;
      assertEquals(Outcome.DELIVERED, numbers.outcome());
      assertTrue(delivers(numbers));
    }
    assertEquals(500, zeros, 100);
  }

  @Test
  @DisplayName("should give all ones after a resume")
  void allOnesAfterResume() {
    FaultyNumbers numbers = faulty(new FaultModel.AllOnesAfterResume());
    assertEquals(SCATTER, numbers.next(Grade.RANDOM, 8));
    numbers.resume();
    assertEquals(0xffff, numbers.next(Grade.RANDOM, 2));
    assertEquals(0xffff_ffffL, numbers.next(Grade.RANDOM, 4));
    assertEquals(-1, numbers.next(Grade.RANDOM, 8));
    assertEquals(Outcome.DELIVERED, numbers.outcome());
  }

  @Test
  @DisplayName("should refuse what is no probability and no count")
  void refuses() {
    for (double wrong : new double[] {-0.1, 1.1, Double.NaN}) {
      assertThrows(
          IllegalArgumentException.class, () -> new FaultModel.FailsWithProbability(wrong, 0));
      assertThrows(IllegalArgumentException.class, () -> new FaultModel.ZeroWhenNarrow(wrong, 0));
    }
    assertThrows(IllegalArgumentException.class, () -> new FaultModel.FailsThenWorks(-1));
  }
}
