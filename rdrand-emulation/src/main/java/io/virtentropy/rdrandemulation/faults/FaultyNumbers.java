package io.virtentropy.rdrandemulation.faults;

import io.virtentropy.rdrandemulation.Grade;
import io.virtentropy.rdrandemulation.Outcome;
import io.virtentropy.rdrandemulation.RandomNumbers;
import java.util.Objects;
import java.util.SplittableRandom;

/**
 * Good numbers, spoilt by a {@link FaultModel}. For tests: what it delivers may be predictable.
 *
 * <pre>{@code
 * RdrandEmulator broken =
 *     new RdrandEmulator(new FaultyNumbers(numbers, new FaultModel.StuckAt(-1)), features);
 * }</pre>
 *
 * <p>Used by one thread at a time.
 */
public final class FaultyNumbers implements RandomNumbers {
  private final RandomNumbers good;
  private final FaultModel model;
  private final SplittableRandom chance;
  private Outcome outcome = Outcome.NOT_NOW;
  private long draws;
  private boolean resumed;

  /**
   * Spoils numbers.
   *
   * @param good where numbers come from as long as they are good
   * @param model what goes wrong
   */
  public FaultyNumbers(RandomNumbers good, FaultModel model) {
    this.good = Objects.requireNonNull(good, "good");
    this.model = Objects.requireNonNull(model, "model");
    long seed = 0;
    if (model instanceof FaultModel.FailsWithProbability failing) {
      seed = failing.seed();
    } else if (model instanceof FaultModel.ZeroWhenNarrow narrow) {
      seed = narrow.seed();
    }
    chance = new SplittableRandom(seed);
  }

  /** The machine wakes up after a suspend. */
  public void resume() {
    resumed = true;
  }

  @Override
  public long next(Grade grade, int bytes) {
    draws++;
    if (model instanceof FaultModel.StuckAt stuck) {
      return spoilt(stuck.value(), bytes);
    }
    if (model instanceof FaultModel.AllOnesAfterResume && resumed) {
      return spoilt(-1, bytes);
    }
    if (model instanceof FaultModel.ZeroWhenNarrow narrow
        && bytes < Long.BYTES
        && chance.nextDouble() < narrow.probability()) {
      return spoilt(0, bytes);
    }
    if (fails()) {
      outcome = Outcome.NOT_NOW;
      return 0;
    }
    long value = good.next(grade, bytes);
    outcome = good.outcome();
    return value;
  }

  private boolean fails() {
    if (model instanceof FaultModel.FailsWithProbability failing) {
      return chance.nextDouble() < failing.probability();
    }
    if (model instanceof FaultModel.FailsThenWorks starting) {
      return draws <= starting.failures();
    }
    return model instanceof FaultModel.AlwaysFails;
  }

  private long spoilt(long value, int bytes) {
    outcome = Outcome.DELIVERED;
    return bytes == Long.BYTES ? value : value & ((1L << (Byte.SIZE * bytes)) - 1);
  }

  @Override
  public Outcome outcome() {
    return outcome;
  }
}
