package io.virtentropy.conformance.spec;

import java.util.ArrayList;
import java.util.List;

/** A report as a table for a terminal. */
public final class TextReport {
  private TextReport() {}

  /**
   * Writes a report.
   *
   * @param report what came of the checks
   * @return lines, each with its end
   */
  public static String of(SpecReport report) {
    StringBuilder text = new StringBuilder();
    List<Subject> subjects = report.subjects();
    for (int i = 0; i < subjects.size(); i++) {
      SpecReport.Tally tally = report.tally(subjects.get(i));
      text.append(
          String.format(
              "%c  %s: %d pass, %d known deviations, %d fail, %d not applicable%n",
              letter(i),
              subjects.get(i),
              tally.pass(),
              tally.known(),
              tally.fail(),
              tally.notApplicable()));
    }
    text.append(String.format("%n%-16s %-13s", "requirement", ""));
    for (int i = 0; i < subjects.size(); i++) {
      text.append(String.format(" %-4c", letter(i)));
    }
    text.append(System.lineSeparator());
    for (Check check : report.checks()) {
      Requirement requirement = check.requirement();
      text.append(String.format("%-16s %-13s", requirement.id(), requirement.strength().text()));
      for (Subject subject : subjects) {
        text.append(String.format(" %-4s", word(report.outcome(check, subject))));
      }
      text.append(' ').append(requirement.sentence()).append(System.lineSeparator());
    }
    explain(report, text);
    return text.toString();
  }

  private static void explain(SpecReport report, StringBuilder text) {
    List<String> lines = new ArrayList<>();
    report
        .deviations()
        .forEach(
            (deviation, met) -> {
              lines.add("");
              lines.add(deviation.id() + "  " + deviation.title());
              lines.add("  " + deviation.reason());
              lines.add("  Seen by: " + (met.isEmpty() ? "no row of this suite" : listed(met)));
            });
    if (!lines.isEmpty()) {
      lines.add(0, "Known deviations");
      lines.add(0, "");
    }
    List<String> failures = report.failures();
    if (!failures.isEmpty()) {
      lines.add("");
      lines.add("Failures");
      lines.addAll(failures);
    }
    for (String line : lines) {
      text.append(line).append(System.lineSeparator());
    }
  }

  private static String listed(List<String> met) {
    return String.join("; ", met);
  }

  private static char letter(int column) {
    return (char) ('A' + column);
  }

  private static String word(Outcome outcome) {
    if (outcome instanceof Outcome.Pass) {
      return "ok";
    }
    if (outcome instanceof Outcome.Known) {
      return "dev";
    }
    return outcome instanceof Outcome.Fail ? "FAIL" : "-";
  }
}
