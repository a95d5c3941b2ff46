package io.virtentropy.conformance.differential;

import io.virtentropy.conformance.inprocess.PciDevice;
import io.virtentropy.conformance.qemu.QemuBinary;
import io.virtentropy.conformance.qemu.QemuDevice;
import io.virtentropy.ratelimit.Quota;
import io.virtentropy.virtio.device.QemuVersion;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
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

  /** What the pairs with a limit are given: {@code max-bytes} and {@code period}. */
  private static final Quota LIMIT = new Quota(100, 1000);

  /** Longer than a run, where the wall moves QEMU's clock: no timer fires. */
  private static final long NEVER_MILLIS = Quota.MAX_PERIOD_MILLIS;

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
   * Compares a QEMU with our imitation of it, without a limit, and the clock at rest.
   *
   * @param qemu the program
   * @return the comparison; to be closed
   */
  public static Comparison without(QemuBinary qemu) {
    return of(qemu, new Quota(Quota.DEFAULT_MAX_BYTES, NEVER_MILLIS));
  }

  /**
   * Compares a QEMU with our imitation of it, with 100 bytes a second.
   *
   * @param qemu one whose clock can be moved
   * @return the comparison; to be closed
   */
  public static Comparison limited(QemuBinary qemu) {
    return of(qemu, LIMIT);
  }

  private static Comparison of(QemuBinary qemu, Quota quota) {
    QemuVersion version = imitationOf(qemu);
    return new Comparison(
        () ->
            QemuDevice.of(qemu)
                .property("max-bytes", Long.toString(quota.maxBytes()))
                .property("period", Long.toString(quota.periodMillis()))
                .start(),
        () -> PciDevice.likeQemu(version).quota(quota).start(),
        KnownDifference.Set.from(version));
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
      List<Step> script = new StepGenerator(seeds.split()).script(SCRIPT_LENGTH);
      Optional<Mismatch> found = comparison.run(script);
      if (found.isPresent()) {
        return Optional.of(ScriptShrinker.shrink(found.get(), comparison::run, SHRINKING_RUNS));
      }
    }
    return Optional.empty();
  }

  /**
   * The program: {@code --steps N --seed S --qemu BINARY [--limited]}, or {@code --replay SCRIPT}
   * in place of steps and seed.
   *
   * @param arguments as above
   * @throws IOException if the script can't be read
   */
  public static void main(String[] arguments) throws IOException {
    long steps = 1_000_000;
    long seed = System.nanoTime();
    Path qemu = null;
    Path replay = null;
    boolean limited = false;
    for (int i = 0; i < arguments.length; i++) {
      switch (arguments[i]) {
        case "--steps" -> steps = Long.parseLong(arguments[++i]);
        case "--seed" -> seed = Long.parseLong(arguments[++i]);
        case "--qemu" -> qemu = Path.of(arguments[++i]);
        case "--replay" -> replay = Path.of(arguments[++i]);
        case "--limited" -> limited = true;
        default ->
            throw new IllegalArgumentException(
                arguments[i] + "; --steps, --seed, --qemu, --replay, --limited are accepted");
      }
    }
    QemuBinary binary = qemu != null ? QemuBinary.at(qemu) : QemuBinary.installed().orElseThrow();
    PrintStream out = System.out;
    out.println("QEMU " + binary.version() + ", our " + imitationOf(binary) + ", seed " + seed);
    long start = System.nanoTime();
    try (Comparison comparison = limited ? limited(binary) : without(binary)) {
      Optional<Mismatch> found =
          replay != null
              ? comparison.run(Step.parseAll(Files.readString(replay)))
              : run(comparison, seed, steps);
      long seconds = (System.nanoTime() - start) / 1_000_000_000;
      found.ifPresent(mismatch -> out.println(mismatch));
      out.println(
          comparison.steps()
              + " steps compared in "
              + seconds
              + " s, "
              + found.map(mismatch -> 1).orElse(0)
              + " unexplained differences");
      if (found.isPresent()) {
        System.exit(1);
      }
    }
  }
}
