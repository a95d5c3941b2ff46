package io.virtentropy.conformance.command;

import io.virtentropy.conformance.differential.Arrangement;
import io.virtentropy.conformance.differential.Comparison;
import io.virtentropy.conformance.differential.Contender;
import io.virtentropy.conformance.differential.Differential;
import io.virtentropy.conformance.differential.Mismatch;
import io.virtentropy.conformance.differential.Script;
import io.virtentropy.conformance.qemu.QemuBinary;
import io.virtentropy.conformance.qemu.QemuStartException;
import io.virtentropy.virtio.device.QemuVersion;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * {@code conformance-tests/qemu/differential}: holds two of QEMU, the model of it and our device
 * against each other. Exit code 1 if they differ where no difference is known.
 */
@Command(
    name = "differential",
    description =
        "Holds two of QEMU's entropy device (qemu), the model of it (model) and ours (ours) against"
            + " each other, step by step.",
    sortOptions = false)
public final class DifferentialCommand implements Callable<Integer> {
  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "1000000",
      description = "How many steps at least; ${DEFAULT-VALUE} unless given.")
  private long steps;

  @Option(
      names = "--seed",
      paramLabel = "S",
      description = "Of the random scripts; another each time unless given.")
  private Long seed;

  @Option(
      names = "--replay",
      paramLabel = "SCRIPT",
      description = "Does the steps of this file instead, in its arrangement.")
  private Path replay;

  @Option(
      names = "--arrangement",
      paramLabel = "NAME",
      defaultValue = "transitional",
      description =
          "What both are: transitional, modern, express, legacy, plain or limited; ${DEFAULT-VALUE}"
              + " unless given.")
  private String arrangement;

  @Option(
      names = "--reference",
      paramLabel = "DEVICE",
      defaultValue = "qemu",
      description = "Who is right; ${DEFAULT-VALUE} unless given.")
  private String reference;

  @Option(
      names = "--subject",
      paramLabel = "DEVICE",
      defaultValue = "ours",
      description = "Who is tested; ${DEFAULT-VALUE} unless given.")
  private String subject;

  @Option(
      names = "--qemu",
      paramLabel = "BINARY",
      description = "A QEMU for x86-64; the installed one unless given.")
  private Path qemu;

  @Option(
      names = "--version",
      paramLabel = "QEMU",
      defaultValue = "7.2",
      description =
          "Whose behaviour where no QEMU takes part: 7.2, 10.0 or 11.1; ${DEFAULT-VALUE} unless"
              + " given.")
  private String version;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help message and exit.")
  @SuppressWarnings("unused") // picocli reads it
  private boolean help;

  @Spec private CommandSpec spec;

  private DifferentialCommand() {}

  /**
   * The program.
   *
   * @param arguments see {@code --help}
   */
  public static void main(String[] arguments) {
    System.exit(
        new CommandLine(new DifferentialCommand())
            .setParameterExceptionHandler(DifferentialCommand::refuse)
            .execute(arguments));
  }

  private static int refuse(ParameterException refused, String[] arguments) {
    refused.getCommandLine().getErr().println("differential: " + refused.getMessage());
    return CommandLine.ExitCode.USAGE;
  }

  @Override
  public Integer call() throws IOException {
    Plan plan = plan();
    PrintWriter out = spec.commandLine().getOut();
    try (Comparison comparison = begin(plan)) {
      out.println(plan);
      out.flush();
      long start = System.nanoTime();
      Optional<Mismatch> found = plan.run(comparison, steps);
      long seconds = (System.nanoTime() - start) / 1_000_000_000;
      found.ifPresent(out::println);
      out.println(
          comparison.steps()
              + " steps compared in "
              + seconds
              + " s, "
              + comparison.explained()
              + " scripts ended at a known difference, "
              + found.map(mismatch -> 1).orElse(0)
              + " unexplained differences");
      out.flush();
      return found.isPresent() ? 1 : 0;
    }
  }

  private Comparison begin(Plan plan) {
    try {
      return plan.begin();
    } catch (IllegalArgumentException e) {
      throw refusal(e.getMessage());
    }
  }

  private Plan plan() throws IOException {
    try {
      Contender right = Contender.named(reference);
      Contender tested = Contender.named(subject);
      Optional<QemuBinary> binary =
          right == Contender.QEMU || tested == Contender.QEMU
              ? Optional.of(binary())
              : Optional.empty();
      Optional<Script> script =
          replay == null ? Optional.empty() : Optional.of(Script.read(replay));
      return new Plan(
          right,
          tested,
          script.map(Script::arrangement).orElseGet(() -> Arrangement.named(arrangement)),
          binary.map(Differential::imitationOf).orElseGet(() -> imitation(version)),
          binary,
          script,
          seed == null ? System.nanoTime() : seed);
    } catch (IllegalArgumentException | QemuStartException e) {
      throw refusal(e.getMessage());
    }
  }

  private QemuBinary binary() {
    return qemu != null
        ? QemuBinary.at(qemu)
        : QemuBinary.installed()
            .orElseThrow(() -> refusal("no QEMU is installed; --qemu names one"));
  }

  private static QemuVersion imitation(String word) {
    return switch (word) {
      case "7.2" -> QemuVersion.V7_2;
      case "10.0" -> QemuVersion.V10_0;
      case "11.1" -> QemuVersion.V11_1;
      default ->
          throw new IllegalArgumentException(
              "--version " + word + "; 7.2, 10.0 and 11.1 are accepted");
    };
  }

  private ParameterException refusal(String sentence) {
    return new ParameterException(spec.commandLine(), sentence);
  }

  /** What was asked for. */
  private record Plan(
      Contender reference,
      Contender subject,
      Arrangement arrangement,
      QemuVersion version,
      Optional<QemuBinary> binary,
      Optional<Script> script,
      long seed) {
    Comparison begin() {
      return arrangement.between(reference, subject, version, binary.orElse(null));
    }

    Optional<Mismatch> run(Comparison comparison, long steps) {
      return script.isPresent()
          ? comparison.run(script.get().steps())
          : Differential.run(comparison, seed, steps);
    }

    @Override
    public String toString() {
      return binary.map(qemu -> "QEMU " + qemu.version() + ", ").orElse("")
          + subject.word()
          + " against "
          + reference.word()
          + " as "
          + version
          + ", "
          + arrangement.word()
          + ", seed "
          + seed;
    }
  }
}
