package io.virtentropy.vhostuser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The time for looking before sleeping")
final class SpinBudgetTest {
  @Test
  @DisplayName("should dwindle with kicks that come late, and return with one that comes soon")
  void earned() {
    SpinBudget budget = new SpinBudget(100_000);
    assertTrue(budget.isWorthwhile());
    int kicks = 0;
    while (budget.isWorthwhile()) {
      budget.kickedAfter(1_000_000_000);
      kicks++;
    }
    assertEquals(5, kicks);
    budget.kickedAfter(100_001);
    assertFalse(budget.isWorthwhile());
    budget.kickedAfter(100_000);
    assertEquals(100_000, budget.nanos());
  }

  @Test
  @DisplayName("should be none if none is wanted")
  void none() {
    SpinBudget budget = new SpinBudget(0);
    assertFalse(budget.isWorthwhile());
    budget.kickedAfter(0);
    assertFalse(budget.isWorthwhile());
    assertThrows(IllegalArgumentException.class, () -> new SpinBudget(-1));
  }
}
