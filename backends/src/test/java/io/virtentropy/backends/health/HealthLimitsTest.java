package io.virtentropy.backends.health;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class HealthLimitsTest {

  /**
   * The proportions for 2^-20 are those printed in SP 800-90B §4.4.2, table 2; the rest were
   * computed with decimal arithmetic of 60 digits.
   */
  @ParameterizedTest
  @CsvSource({
    "-20, 0.5, 41, 410",
    "-20, 1, 21, 311",
    "-20, 2, 11, 177",
    "-20, 4, 6, 62",
    "-20, 8, 4, 13",
    "-20, 0.1, 201, 502",
    "-30, 0.1, 301, 507",
    "-30, 0.5, 61, 422",
    "-30, 1, 31, 325",
    "-30, 2, 16, 190",
    "-30, 4, 9, 71",
    "-30, 8, 5, 16",
    "-40, 1, 41, 336",
    "-40, 8, 6, 19",
  })
  void should_be_those_of_the_standard(int alpha, double claim, int repetitions, int proportion) {
    assertEquals(new HealthLimits(repetitions, proportion), HealthLimits.of(claim, alpha));
    if (alpha == HealthLimits.ALPHA_LOG2) {
      assertEquals(new HealthLimits(repetitions, proportion), HealthLimits.of(claim));
    }
  }

  @Test
  void should_refuse_claims_that_nobody_can_make() {
    for (double claim : new double[] {0, 0.05, 8.1, Double.NaN, -1}) {
      assertThrows(IllegalArgumentException.class, () -> HealthLimits.of(claim));
    }
    assertThrows(IllegalArgumentException.class, () -> HealthLimits.of(1, -9));
    assertThrows(IllegalArgumentException.class, () -> HealthLimits.of(1, -41));
  }
}
