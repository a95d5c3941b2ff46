package io.virtentropy.rdrandemulation.x86;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("What a guest is told it has")
final class RandomFeaturesTest {
  private static int[] applied(RandomFeatures features, int leaf, int subleaf, int... registers) {
    features.applyTo(leaf, subleaf, registers);
    return registers;
  }

  @Test
  @DisplayName("should set or clear its own two bits and no other")
  void bits() {
    RandomFeatures both = RandomFeatures.BOTH;
    RandomFeatures neither = RandomFeatures.NEITHER;
    assertArrayEquals(new int[] {1, 2, 1 << 30, 4}, applied(both, 1, 0, 1, 2, 0, 4));
    assertArrayEquals(new int[] {-1, -1, ~(1 << 30), -1}, applied(neither, 1, 0, -1, -1, -1, -1));
    assertArrayEquals(new int[] {1, 1 << 18, 3, 4}, applied(both, 7, 0, 1, 0, 3, 4));
    assertArrayEquals(new int[] {-1, ~(1 << 18), -1, -1}, applied(neither, 7, 0, -1, -1, -1, -1));
    assertArrayEquals(new int[] {1, 0, 3, 4}, applied(both, 7, 1, 1, 0, 3, 4));
    assertArrayEquals(new int[] {1, 0, 0, 4}, applied(both, 0x8000_0001, 0, 1, 0, 0, 4));
  }

  @Test
  @DisplayName("should see to it that there is a leaf 7 where RDSEED is shown")
  void mostLeaf() {
    RandomFeatures onlyRdrand = new RandomFeatures(true, false);
    assertArrayEquals(new int[] {7, 2, 3, 4}, applied(RandomFeatures.BOTH, 0, 0, 2, 2, 3, 4));
    assertArrayEquals(new int[] {0x20, 2, 3, 4}, applied(RandomFeatures.BOTH, 0, 0, 0x20, 2, 3, 4));
    assertArrayEquals(new int[] {2, 2, 3, 4}, applied(onlyRdrand, 0, 0, 2, 2, 3, 4));
  }

  @Test
  @DisplayName("should be read from a CPU's results, where there are any")
  void reads() {
    assertEquals(RandomFeatures.BOTH, RandomFeatures.of(0x16, 1 << 30, 1 << 18));
    assertEquals(new RandomFeatures(true, false), RandomFeatures.of(6, -1, -1));
    assertEquals(RandomFeatures.NEITHER, RandomFeatures.of(7, ~(1 << 30), ~(1 << 18)));
    assertThrows(
        IllegalArgumentException.class, () -> RandomFeatures.BOTH.applyTo(1, 0, new int[3]));
  }

  @ParameterizedTest
  @CsvSource({
    "true, true, SHOW_NATIVE",
    "true, false, SHOW_NATIVE",
    "false, true, SHOW_EMULATED",
    "false, false, HIDE"
  })
  @DisplayName("should be decided before it starts")
  void beforeStart(boolean everyHostHasIt, boolean theOthersEmulate, MigrationAdvice expected) {
    assertEquals(expected, MigrationAdvice.beforeStart(everyHostHasIt, theOthersEmulate));
  }

  @ParameterizedTest
  @CsvSource({
    "true, true, true, SHOW_NATIVE",
    "true, true, false, SHOW_NATIVE",
    "true, false, true, SHOW_EMULATED",
    "true, false, false, REFUSE",
    "false, true, true, HIDE",
    "false, true, false, HIDE",
    "false, false, true, HIDE",
    "false, false, false, HIDE"
  })
  @DisplayName("should hold for as long as it runs")
  void onTarget(boolean sees, boolean has, boolean emulates, MigrationAdvice expected) {
    assertEquals(expected, MigrationAdvice.onTarget(sees, has, emulates));
  }
}
