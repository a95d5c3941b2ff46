package io.virtentropy.conformance.differential;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Makes scripts: mostly a driver that sets the device up, legal or nearly so, and then all that a
 * driver, the machine and the source can do, in any order. The same random numbers give the same
 * script.
 */
public final class StepGenerator {
  private static final long[] SIZES = {1, 2, 3, 4, 5, 7, 8, 9, 16, 1024, 1025};
  private static final long VERSION_1 = 1;
  private static final long RING_RESET = 1 << 8;

  private final Dice dice;
  private final Arrangement arrangement;
  private final ChainSteps chains;
  private final RegisterSteps registers;

  /**
   * Makes a generator.
   *
   * @param random where all choices come from
   * @param arrangement what the devices are
   */
  public StepGenerator(RandomGenerator random, Arrangement arrangement) {
    this.dice = new Dice(random);
    this.arrangement = arrangement;
    this.chains = new ChainSteps(dice);
    this.registers = new RegisterSteps(dice, arrangement);
  }

  /**
   * Makes a script.
   *
   * @param length about how many steps
   * @return its steps
   */
  public List<Step> script(int length) {
    List<Step> steps = new ArrayList<>();
    if (!dice.one(12)) {
      steps.add(Step.of(Verb.DISCOVER));
    }
    boolean registersOnly = dice.one(5);
    boolean legacy = isLegacyDriver();
    if (!registersOnly) {
      if (legacy) {
        setUpLegacy(steps);
      } else {
        setUp(steps);
      }
    }
    while (steps.size() < length) {
      steps.add(registersOnly ? registers.access() : step(legacy));
    }
    return steps;
  }

  private boolean isLegacyDriver() {
    if (!arrangement.hasModern()) {
      return true;
    }
    return arrangement.hasLegacy() ? dice.one(5) : dice.one(40);
  }

  // ---- set-up

  private void setUp(List<Step> steps) {
    if (dice.one(2)) {
      setUpMessages(steps);
    }
    if (!dice.one(20)) {
      steps.add(negotiate());
    }
    if (!dice.one(6)) {
      steps.add(Step.of(Verb.VECTORS, dice.one(8) ? 0xffff : 0, dice.one(8) ? 0xffff : 1));
    }
    if (!dice.one(20)) {
      steps.add(queue());
    }
    if (!dice.one(20)) {
      steps.add(Step.of(Verb.STATUS, 0xf));
    }
  }

  private static void setUpMessages(List<Step> steps) {
    steps.add(Step.of(Verb.MSIX, 0x8000));
    steps.add(Step.of(Verb.VECTOR, 0, 0, 0x41, 0));
    steps.add(Step.of(Verb.VECTOR, 1, 1, 0x42, 0));
  }

  private void setUpLegacy(List<Step> steps) {
    if (dice.one(3)) {
      setUpMessages(steps);
    }
    steps.add(Step.of(Verb.LEGACY_NEGOTIATE, legacyFeatures()));
    if (dice.one(2)) {
      steps.add(Step.of(Verb.LEGACY_VECTORS, dice.one(8) ? 0xffff : 0, dice.one(8) ? 0xffff : 1));
    }
    steps.add(legacyQueue());
    if (!dice.one(20)) {
      steps.add(Step.of(Verb.LEGACY_STATUS, 7));
    }
  }

  private Step negotiate() {
    long low = 0;
    low |= dice.one(2) ? 1L << 28 : 0;
    low |= dice.one(2) ? 1L << 29 : 0;
    low |= dice.one(6) ? 1L << 24 : 0;
    low |= dice.one(12) ? 1L << dice.below(32) : 0;
    long high = dice.one(8) ? 0 : VERSION_1;
    high |= dice.one(2) ? RING_RESET : 0;
    high |= dice.one(12) ? 1L << dice.below(32) : 0;
    return Step.of(Verb.NEGOTIATE, low, high);
  }

  private long legacyFeatures() {
    return dice.one(6) ? dice.word() : ((long) dice.below(32) << 25) & 0x3900_0000L;
  }

  private Step queue() {
    long size = dice.one(2) ? 0 : dice.of(SIZES);
    return Step.of(
        Verb.QUEUE,
        size,
        ring(ScriptDriver.TABLE),
        ring(ScriptDriver.AVAIL),
        ring(ScriptDriver.USED));
  }

  private long ring(long right) {
    return switch (dice.below(60)) {
      case 0, 1 -> 0;
      case 2, 3 -> right + (1 + dice.below(15)) * (right == ScriptDriver.TABLE ? 16L : 1);
      case 4 -> ChainSteps.NOWHERE;
      case 5 ->
          dice.of(ScriptDriver.RAM_END - 8, ScriptDriver.RAM_END - 0x90, 0x1_0000_0000L, -8, 0x8000)
              & ~0xfL;
      default -> right;
    };
  }

  private Step legacyQueue() {
    long page = ScriptDriver.TABLE >> 12;
    return Step.of(
        Verb.LEGACY_QUEUE,
        dice.one(20) ? dice.of(0, 1, 0x8000, 0xf_0000, 0x7fff, 0xffff_ffffL) : page);
  }

  // ---- steps of any kind

  private Step step(boolean legacy) {
    int roll = dice.below(100);
    if (roll < 24) {
      return chains.chain();
    }
    if (roll < 40) {
      return Step.of(legacy != dice.one(12) ? Verb.LEGACY_KICK : Verb.KICK);
    }
    if (roll < 56) {
      return source();
    }
    if (roll < 64) {
      return Step.of(legacy && !dice.one(4) ? Verb.LEGACY_ISR : Verb.ISR);
    }
    if (roll < 74) {
      return interrupts(legacy);
    }
    if (roll < 80) {
      return chains.field();
    }
    if (roll < 88) {
      return arrangement.isLimited() && dice.one(2) ? time() : control(legacy);
    }
    return registers.access();
  }

  private Step source() {
    return dice.one(4)
        ? Step.of(Verb.DELIVER, 1 + dice.below(dice.one(2) ? 10 : 300))
        : Step.of(Verb.ANSWER);
  }

  private Step interrupts(boolean legacy) {
    return switch (dice.below(6)) {
      case 0 -> Step.of(Verb.MSIX, dice.of(0, 0x8000, 0xc000, 0x4000));
      case 1 -> Step.of(Verb.VECTOR, dice.below(2), dice.below(4), 1 + dice.below(99), dice.bit());
      case 2 -> Step.of(Verb.MASK, dice.below(2), dice.one(8) ? dice.below(256) : dice.bit());
      case 3 -> Step.of(legacy ? Verb.LEGACY_VECTORS : Verb.VECTORS, vector(), vector());
      case 4 -> Step.of(Verb.BAR_READ, 1, 0x800, 8);
      default -> Step.of(Verb.BAR_READ, 1, 4L * dice.below(8), 4);
    };
  }

  private long vector() {
    return dice.one(4) ? 0xffff : dice.below(3);
  }

  private Step control(boolean legacy) {
    return switch (dice.below(16)) {
      case 0 -> Step.of(status(legacy), dice.one(3) ? dice.below(256) : 0);
      case 1, 2, 3, 4 -> Step.of(status(legacy), dice.one(4) ? 3 : legacy ? 7 : 0xf);
      case 5 -> legacy ? Step.of(Verb.LEGACY_NEGOTIATE, legacyFeatures()) : negotiate();
      case 6, 7 -> legacy ? legacyQueue() : queue();
      case 8 -> Step.of(Verb.QUEUE_RESET);
      case 9 -> dice.one(4) ? Step.of(Verb.SYSTEM_RESET) : Step.of(Verb.DISCOVER);
      case 10 -> Step.of(Verb.STOP);
      case 11, 12 -> Step.of(Verb.CONT);
      case 13 -> Step.of(status(!legacy), dice.one(2) ? 7 : dice.below(8));
      default -> time();
    };
  }

  private static Verb status(boolean legacy) {
    return legacy ? Verb.LEGACY_STATUS : Verb.STATUS;
  }

  private Step time() {
    return switch (dice.below(5)) {
      case 0 -> Step.of(Verb.ADVANCE, 1 + dice.below(99));
      case 1 -> Step.of(Verb.ADVANCE, dice.of(499, 500, 501, 999));
      case 2 -> Step.of(Verb.ADVANCE_MICROS, 1 + dice.below(2000));
      default -> Step.of(Verb.ADVANCE, 1000);
    };
  }
}
