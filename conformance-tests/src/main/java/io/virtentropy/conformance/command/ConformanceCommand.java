package io.virtentropy.conformance.command;

import io.virtentropy.cli.Subcommand;
import io.virtentropy.conformance.qemu.QemuBinary;
import io.virtentropy.conformance.qemu.QemuStartException;
import io.virtentropy.conformance.spec.HtmlReport;
import io.virtentropy.conformance.spec.QemuSubjects;
import io.virtentropy.conformance.spec.SpecReport;
import io.virtentropy.conformance.spec.SpecSuite;
import io.virtentropy.conformance.spec.Subject;
import io.virtentropy.conformance.spec.TextReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * {@code virtentropy conformance}: asks the entropy devices of QEMUs what the virtio specification
 * asks of them, and prints a table. Exit code 1 if something is found that nobody has explained.
 */
@Command(
    name = "conformance",
    description = "Asks QEMU's entropy device what the virtio specification asks of it.",
    mixinStandardHelpOptions = true)
public final class ConformanceCommand implements Subcommand, Callable<Integer> {
  @Option(
      names = "--qemu",
      paramLabel = "BINARY",
      description = "A QEMU for x86-64; may be given several times. The installed one otherwise.")
  private final List<Path> binaries = new ArrayList<>();

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description = "Writes the report as one HTML page, too.")
  private Path html;

  @Spec private CommandSpec spec;

  /** Called by {@link java.util.ServiceLoader}. */
  public ConformanceCommand() {}

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    SpecReport report =
        SpecSuite.run(subjects(), subject -> err.println("checking " + subject + " …"));
    out.print(TextReport.of(report));
    out.flush();
    if (html != null) {
      Files.writeString(html, HtmlReport.of(report));
    }
    return report.failures().isEmpty() ? 0 : 1;
  }

  private List<Subject> subjects() {
    List<Subject> subjects = new ArrayList<>();
    for (QemuBinary binary : qemus()) {
      subjects.addAll(QemuSubjects.of(binary));
    }
    return subjects;
  }

  private List<QemuBinary> qemus() {
    try {
      if (binaries.isEmpty()) {
        return List.of(
            QemuBinary.installed()
                .orElseThrow(() -> refusal("no QEMU is installed; --qemu names one")));
      }
      return binaries.stream().map(QemuBinary::at).toList();
    } catch (QemuStartException e) {
      throw refusal("--qemu: " + e.getMessage());
    }
  }

  private ParameterException refusal(String sentence) {
    return new ParameterException(spec.commandLine(), sentence);
  }
}
