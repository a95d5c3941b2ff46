package io.virtentropy.backends.health;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * The statistical tests of FIPS 140-2 (§4.9.1, change notice 1 of 2001) on blocks of 20,000 bits,
 * as {@code rngtest} has them. A perfect source fails one block in about 1,300. They are reported
 * and decide nothing.
 *
 * <p>Bits are taken from each byte the most significant first. For one thread at a time.
 */
public final class Fips140 {
  /** The bytes of a block. */
  public static final int BLOCK_BYTES = 2500;

  /** A run of so many bits or more fails the block. */
  private static final int LONG_RUN = 26;

  private static final int MOST_COUNTED = 6;

  /** How many runs of 1, 2, … 5 and of 6 or more bits there may be, of zeros and of ones alike. */
  private static final int[] LEAST_RUNS = {2315, 1114, 527, 240, 103, 103};

  private static final int[] MOST_RUNS = {2685, 1386, 723, 384, 209, 209};

  /** The tests of a block. */
  public enum Test {
    /** The number of ones: 9,726 to 10,274. */
    MONOBIT,
    /** The spread of the 16 values of half a byte: χ² of 2.16 to 46.17. */
    POKER,
    /** The number of runs of each length. */
    RUNS,
    /** No run of 26 bits or more. */
    LONG_RUN
  }

  private final int[] nibbles = new int[16];
  private final int[][] runs = new int[2][MOST_COUNTED];
  private final Set<Test> failed = EnumSet.noneOf(Test.class);
  private int bytes;
  private int ones;
  private int lastBit;
  private int run;
  private int longest;

  /** Starts with an empty block. */
  public Fips140() {}

  /**
   * Takes the next byte. Only counts of it are kept.
   *
   * @param next the byte
   * @return true if it was the last of a block, of which {@link #failed} tells until the next byte
   */
  public boolean accept(byte next) {
    int value = next & 0xff;
    ones += Integer.bitCount(value);
    nibbles[value >>> 4]++;
    nibbles[value & 15]++;
    for (int bit = 7; bit >= 0; bit--) {
      int now = value >>> bit & 1;
      if (now != lastBit) {
        endRun();
        lastBit = now;
      }
      run++;
    }
    bytes++;
    if (bytes < BLOCK_BYTES) {
      return false;
    }
    endRun();
    judge();
    return true;
  }

  /**
   * The tests that the block which has just ended failed.
   *
   * @return a set that changes with the next block
   */
  public Set<Test> failed() {
    return Collections.unmodifiableSet(failed);
  }

  private void endRun() {
    if (run > 0) {
      runs[lastBit][Math.min(run, MOST_COUNTED) - 1]++;
      longest = Math.max(longest, run);
      run = 0;
    }
  }

  /** Judges the block and starts with an empty one. */
  private void judge() {
    failed.clear();
    if (ones <= 9725 || ones >= 10_275) {
      failed.add(Test.MONOBIT);
    }
    long squares = 0;
    for (int i = 0; i < nibbles.length; i++) {
      squares += (long) nibbles[i] * nibbles[i];
      nibbles[i] = 0;
    }
    double poker = 16.0 / 5000 * squares - 5000;
    if (poker <= 2.16 || poker >= 46.17) {
      failed.add(Test.POKER);
    }
    for (int[] ofBit : runs) {
      for (int i = 0; i < MOST_COUNTED; i++) {
        if (ofBit[i] < LEAST_RUNS[i] || ofBit[i] > MOST_RUNS[i]) {
          failed.add(Test.RUNS);
        }
        ofBit[i] = 0;
      }
    }
    if (longest >= LONG_RUN) {
      failed.add(Test.LONG_RUN);
    }
    bytes = 0;
    ones = 0;
    longest = 0;
  }
}
