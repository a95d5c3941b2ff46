package io.virtentropy.conformance.differential;

import io.virtentropy.conformance.qemu.QemuBinary;
import io.virtentropy.virtio.device.QemuVersion;
import java.util.Optional;
import java.util.SplittableRandom;

/** Holds two devices against each other for as many random steps as one likes. */
public final class Differential {
  private static final int SCRIPT_LENGTH = 60;
  private static final int SHRINKING_RUNS = 400;

  private Differential() {}

  /**
   * Which of our imitations a QEMU is compared with.
   *
   * @param qemu the program
   * @return the latest that is not later
   */
  public static QemuVersion imitationOf(QemuBinary qemu) {
    if (qemu.version().isAtLeast(11, 0)) {
      return QemuVersion.V11_1;
    }
    return qemu.version().isAtLeast(10, 0) ? QemuVersion.V10_0 : QemuVersion.V7_2;
  }

  /**
   * Runs random scripts until enough steps were compared, or two devices differed.
   *
   * @param comparison of which two
   * @param seed of the scripts
   * @param steps at least so many
   * @return the shortest script found that shows a difference; empty if there is none
   */
  public static Optional<Mismatch> run(Comparison comparison, long seed, long steps) {
    SplittableRandom seeds = new SplittableRandom(seed);
    long end = comparison.steps() + steps;
    while (comparison.steps() < end) {
      Optional<Mismatch> found = runOne(comparison, seeds.split());
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  /**
   * Runs one random script. One after which QEMU is silent is not made shorter: every try would
   * take as long as QEMU is waited for.
   *
   * @param comparison of which two
   * @param seed of the script
   * @return the shortest script found that shows a difference; empty if there is none
   */
  public static Optional<Mismatch> runOne(Comparison comparison, long seed) {
    return runOne(comparison, new SplittableRandom(seed));
  }

  private static Optional<Mismatch> runOne(Comparison comparison, SplittableRandom random) {
    return comparison
        .run(new StepGenerator(random, comparison.arrangement()).script(SCRIPT_LENGTH))
        .map(
            found ->
                ScriptShrinker.shrink(
                    found, comparison::run, comparison.fellSilent() ? 0 : SHRINKING_RUNS));
  }
}
