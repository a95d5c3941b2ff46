package io.virtentropy.rdrandemulation.faults;

/** How a random-number instruction misbehaves. */
public sealed interface FaultModel {
  /** Not at all. */
  record NeverFails() implements FaultModel {}

  /**
   * Each draw ends without a number with a given probability: a unit that other cores keep busy.
   *
   * @param probability 0 to 1
   * @param seed decides which draws; the same seed, the same draws
   */
  record FailsWithProbability(double probability, long seed) implements FaultModel {
    /**
     * Checks the probability.
     *
     * @param probability 0 to 1
     * @param seed decides which draws; the same seed, the same draws
     * @throws IllegalArgumentException if it is none
     */
    public FailsWithProbability {
      requireProbability(probability);
    }
  }

  /**
   * The first draws end without a number, all later ones work: a unit that is not ready yet.
   *
   * @param failures how many, 0 or more
   */
  record FailsThenWorks(long failures) implements FaultModel {
    /**
     * Checks the count.
     *
     * @param failures how many, 0 or more
     * @throws IllegalArgumentException if it is negative
     */
    public FailsThenWorks {
      if (failures < 0) {
        throw new IllegalArgumentException(failures + " failures; 0 or more is accepted");
      }
    }
  }

  /** No draw ever ends with a number: a broken unit that says so. */
  record AlwaysFails() implements FaultModel {}

  /**
   * Every draw succeeds with the same number, cut to its size: a broken unit that does not say so.
   * AMD's Zen 2 gave all ones before its firmware was mended; a flaw of microcode signatures was
   * shown with 4.
   *
   * @param value the number
   */
  record StuckAt(long value) implements FaultModel {}

  /**
   * Draws of less than 8 bytes succeed with 0 with a given probability, those of 8 are good: AMD's
   * Zen 5 and RDSEED (AMD-SB-7055).
   *
   * @param probability 0 to 1
   * @param seed decides which draws; the same seed, the same draws
   */
  record ZeroWhenNarrow(double probability, long seed) implements FaultModel {
    /**
     * Checks the probability.
     *
     * @param probability 0 to 1
     * @param seed decides which draws; the same seed, the same draws
     * @throws IllegalArgumentException if it is none
     */
    public ZeroWhenNarrow {
      requireProbability(probability);
    }
  }

  /**
   * Good until {@link FaultyNumbers#resume}, then every draw succeeds with all ones: AMD's families
   * 15h and 16h after a suspend.
   */
  record AllOnesAfterResume() implements FaultModel {}

  private static void requireProbability(double probability) {
    if (!(probability >= 0 && probability <= 1)) {
      throw new IllegalArgumentException("probability " + probability + "; 0 to 1 is accepted");
    }
  }
}
