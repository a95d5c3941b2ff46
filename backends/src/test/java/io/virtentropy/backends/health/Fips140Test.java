package io.virtentropy.backends.health;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumSet;
import java.util.Random;
import java.util.Set;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class Fips140Test {
  private final Fips140 tests = new Fips140();

  private Set<Fips140.Test> failed(IntUnaryOperator byteAt) {
    for (int i = 0; i < Fips140.BLOCK_BYTES; i++) {
      assertEquals(i == Fips140.BLOCK_BYTES - 1, tests.accept((byte) byteAt.applyAsInt(i)));
    }
    return tests.failed().isEmpty()
        ? EnumSet.noneOf(Fips140.Test.class)
        : EnumSet.copyOf(tests.failed());
  }

  @Test
  void should_fail_about_one_block_of_good_noise_in_1300() {
    Random random = new Random(1);
    int failures = 0;
    for (int block = 0; block < 20_000; block++) {
      failures += failed(i -> random.nextInt()).isEmpty() ? 0 : 1;
    }
    // 15 are expected; the generator and its seed are fixed.
    assertTrue(failures >= 5 && failures <= 30, failures + " of 20,000 blocks");
  }

  @Test
  void should_tell_what_is_wrong() {
    assertEquals(EnumSet.allOf(Fips140.Test.class), failed(i -> 0));
    assertEquals(Set.of(Fips140.Test.POKER, Fips140.Test.RUNS), failed(i -> 0x55));
    Random random = new Random(2);
    assertEquals(
        Set.of(Fips140.Test.LONG_RUN),
        failed(i -> i >= 1000 && i < 1004 ? 0xff : random.nextInt()));
    // One bit in eight is always set: nine in sixteen are.
    assertTrue(failed(i -> random.nextInt() | 1).contains(Fips140.Test.MONOBIT));
  }

  @Test
  void should_judge_each_block_by_itself() {
    Random random = new Random(4);
    assertEquals(Set.of(), failed(i -> random.nextInt()));
    failed(i -> 0);
    assertEquals(Set.of(), failed(i -> random.nextInt()));
  }
}
