package io.virtentropy.backends.health;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.virtentropy.backends.health.NoiseTest.Outcome;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class NoiseTestTest {
  private final NoiseTest test = new NoiseTest(new HealthLimits(5, 16));

  private static byte[] random(Random random) {
    byte[] window = new byte[HealthLimits.WINDOW];
    random.nextBytes(window);
    return window;
  }

  /** A window without repetitions in which every value stands twice. */
  private static byte[] even() {
    byte[] window = new byte[HealthLimits.WINDOW];
    for (int i = 0; i < window.length; i++) {
      window[i] = (byte) i;
    }
    return window;
  }

  @Test
  void should_pass_good_noise_for_a_long_time() {
    Random random = new Random(1);
    for (int i = 0; i < 20_000; i++) {
      assertEquals(Outcome.PASSED, test.test(random(random)));
    }
  }

  @Test
  void should_fail_at_the_cut_off_of_repetitions_and_not_before() {
    byte[] window = even();
    Arrays.fill(window, 100, 104, (byte) 9);
    assertEquals(Outcome.PASSED, test.test(window));
    window[104] = 9;
    assertEquals(Outcome.REPETITION, test.test(window));
  }

  @Test
  void should_count_repetitions_on_into_the_next_window_unless_it_is_reset() {
    byte[] ends = even();
    Arrays.fill(ends, ends.length - 3, ends.length, (byte) 9);
    byte[] begins = even();
    Arrays.fill(begins, 0, 2, (byte) 9);
    assertEquals(Outcome.PASSED, test.test(ends));
    assertEquals(Outcome.REPETITION, test.test(begins));
    test.reset();
    assertEquals(Outcome.PASSED, test.test(begins));
  }

  @Test
  void should_fail_at_the_cut_off_of_proportion_and_not_before() {
    byte[] window = even();
    for (int i = 1; i < 14; i++) {
      window[10 * i] = window[0];
    }
    assertEquals(Outcome.PASSED, test.test(window), "15 of them");
    window[150] = window[0];
    assertEquals(Outcome.PROPORTION, test.test(window), "16 of them");
  }
}
