package io.virtentropy.conformance.differential;

import java.util.random.RandomGenerator;

/** The choices that generators make. The same random numbers give the same ones. */
final class Dice {
  private final RandomGenerator random;

  Dice(RandomGenerator random) {
    this.random = random;
  }

  /** 0 to a bound, which is not reached. */
  int below(int bound) {
    return random.nextInt(bound);
  }

  /** True once in so many times. */
  boolean one(int outOf) {
    return random.nextInt(outOf) == 0;
  }

  long bit() {
    return random.nextInt(2);
  }

  /** Any 32 bits. */
  long word() {
    return random.nextInt() & 0xffff_ffffL;
  }

  /** 0 to 65535 at most, small numbers as often as large ones. */
  long anySize() {
    return random.nextInt(1 << (1 + random.nextInt(16)));
  }

  long of(long... values) {
    return values[random.nextInt(values.length)];
  }
}
