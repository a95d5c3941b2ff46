package io.virtentropy.conformance.differential;

import io.virtentropy.conformance.qemu.QemuBinary;
import io.virtentropy.virtio.device.QemuVersion;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
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

  /**
   * The program: {@code --steps N --seed S --qemu BINARY --arrangement NAME}, or {@code --replay
   * SCRIPT} in place of steps and seed. {@code --reference} and {@code --subject} choose the two of
   * {@code qemu}, {@code model} and {@code ours}; {@code --version 7.2|10.0|11.1} says whose
   * behaviour if qemu is neither.
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
    Contender reference = Contender.QEMU;
    Contender subject = Contender.OURS;
    QemuVersion version = QemuVersion.V7_2;
    for (int i = 0; i < arguments.length; i++) {
      switch (arguments[i]) {
        case "--steps" -> steps = Long.parseLong(arguments[++i]);
        case "--seed" -> seed = Long.parseLong(arguments[++i]);
        case "--qemu" -> qemu = Path.of(arguments[++i]);
        case "--replay" -> replay = Script.read(Path.of(arguments[++i]));
        case "--arrangement" -> arrangement = Arrangement.named(arguments[++i]);
        case "--reference" -> reference = Contender.named(arguments[++i]);
        case "--subject" -> subject = Contender.named(arguments[++i]);
        case "--version" -> version = version(arguments[++i]);
        default ->
            throw new IllegalArgumentException(
                arguments[i]
                    + "; --steps, --seed, --qemu, --replay, --arrangement, --reference, --subject"
                    + " and --version are accepted");
      }
    }
    QemuBinary binary = null;
    if (reference == Contender.QEMU || subject == Contender.QEMU) {
      binary = qemu != null ? QemuBinary.at(qemu) : QemuBinary.installed().orElseThrow();
      version = imitationOf(binary);
    }
    arrangement = replay != null ? replay.arrangement() : arrangement;
    PrintStream out = System.out;
    out.println(
        (binary == null ? "" : "QEMU " + binary.version() + ", ")
            + subject.word()
            + " against "
            + reference.word()
            + " as "
            + version
            + ", "
            + arrangement.word()
            + ", seed "
            + seed);
    long start = System.nanoTime();
    try (Comparison comparison = arrangement.between(reference, subject, version, binary)) {
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

  private static QemuVersion version(String word) {
    return switch (word) {
      case "7.2" -> QemuVersion.V7_2;
      case "10.0" -> QemuVersion.V10_0;
      case "11.1" -> QemuVersion.V11_1;
      default ->
          throw new IllegalArgumentException("'" + word + "'; 7.2, 10.0 and 11.1 are accepted");
    };
  }
}
