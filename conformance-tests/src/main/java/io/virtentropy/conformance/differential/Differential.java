package io.virtentropy.conformance.differential;

import io.virtentropy.conformance.qemu.QemuBinary;
import io.virtentropy.virtio.device.QemuVersion;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Holds our device in its QEMU-like mode against a QEMU for as many steps as one likes: {@code
 * conformance-tests/qemu/differential}.
 */
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
      List<Step> script =
          new StepGenerator(seeds.split(), comparison.arrangement()).script(SCRIPT_LENGTH);
      Optional<Mismatch> found = comparison.run(script);
      if (found.isPresent()) {
        return Optional.of(ScriptShrinker.shrink(found.get(), comparison::run, SHRINKING_RUNS));
      }
    }
    return Optional.empty();
  }

  /**
   * The program: {@code --steps N --seed S --qemu BINARY --arrangement NAME}, or {@code --replay
   * SCRIPT} in place of steps and seed.
   *
   * @param arguments as above
   * @throws IOException if the script can't be read
   */
  public static void main(String[] arguments) throws IOException {
    long steps = 1_000_000;
    long seed = System.nanoTime();
    Path qemu = null;
    Script replay = null;
    Arrangement arrangement = Arrangement.TRANSITIONAL;
    for (int i = 0; i < arguments.length; i++) {
      switch (arguments[i]) {
        case "--steps" -> steps = Long.parseLong(arguments[++i]);
        case "--seed" -> seed = Long.parseLong(arguments[++i]);
        case "--qemu" -> qemu = Path.of(arguments[++i]);
        case "--replay" -> replay = Script.read(Path.of(arguments[++i]));
        case "--arrangement" -> arrangement = Arrangement.named(arguments[++i]);
        default ->
            throw new IllegalArgumentException(
                arguments[i] + "; --steps, --seed, --qemu, --replay, --arrangement are accepted");
      }
    }
    QemuBinary binary = qemu != null ? QemuBinary.at(qemu) : QemuBinary.installed().orElseThrow();
    arrangement = replay != null ? replay.arrangement() : arrangement;
    PrintStream out = System.out;
    out.println(
        "QEMU "
            + binary.version()
            + ", our "
            + imitationOf(binary)
            + ", "
            + arrangement.word()
            + ", seed "
            + seed);
    long start = System.nanoTime();
    try (Comparison comparison = arrangement.with(binary)) {
      Optional<Mismatch> found =
          replay != null ? comparison.run(replay.steps()) : run(comparison, seed, steps);
      long seconds = (System.nanoTime() - start) / 1_000_000_000;
      found.ifPresent(mismatch -> out.println(mismatch));
      out.println(
          comparison.steps()
              + " steps compared in "
              + seconds
              + " s, "
              + comparison.explained()
              + " scripts ended at a known difference, "
              + found.map(mismatch -> 1).orElse(0)
              + " unexplained differences");
      if (found.isPresent()) {
        System.exit(1);
      }
    }
  }
}
