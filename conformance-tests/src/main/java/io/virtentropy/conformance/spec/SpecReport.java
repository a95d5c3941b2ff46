package io.virtentropy.conformance.spec;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What came of checks on devices: a table of requirements and devices. */
public final class SpecReport {
  private final List<Check> checks;
  private final List<Subject> subjects;
  private final Map<Subject, Map<String, Outcome>> outcomes;

  SpecReport(
      List<Check> checks, List<Subject> subjects, Map<Subject, Map<String, Outcome>> outcomes) {
    this.checks = List.copyOf(checks);
    this.subjects = List.copyOf(subjects);
    this.outcomes = outcomes;
  }

  /**
   * The rows.
   *
   * @return in the order of the specification
   */
  public List<Check> checks() {
    return checks;
  }

  /**
   * The columns.
   *
   * @return in the order they were checked
   */
  public List<Subject> subjects() {
    return subjects;
  }

  /**
   * One cell.
   *
   * @param check the row
   * @param subject the column
   * @return what came of it
   */
  public Outcome outcome(Check check, Subject subject) {
    return outcomes.get(subject).get(check.requirement().id());
  }

  /**
   * What nobody has an explanation for.
   *
   * @return a sentence for each, empty if all is well
   */
  public List<String> failures() {
    List<String> failures = new ArrayList<>();
    for (Check check : checks) {
      for (Subject subject : subjects) {
        if (outcome(check, subject) instanceof Outcome.Fail fail) {
          Requirement requirement = check.requirement();
          failures.add(
              requirement.id()
                  + " on "
                  + subject
                  + ": "
                  + fail.found()
                  + ". Required: "
                  + requirement.sentence()
                  + " Look at: "
                  + requirement.hint());
        }
      }
    }
    return failures;
  }

  /**
   * Rows that a deviation was to make fail, and that pass on every device it is known of.
   *
   * @return a sentence for each; what is known of the device is out of date then
   */
  public List<String> staleDeviations() {
    List<String> stale = new ArrayList<>();
    deviations()
        .forEach(
            (deviation, met) -> {
              for (String row : deviation.rows()) {
                if (met.stream().noneMatch(where -> where.startsWith(row + " "))) {
                  stale.add(deviation.id() + " is not seen by " + row);
                }
              }
            });
    return stale;
  }

  /** How often each kind of outcome was met. */
  record Tally(int pass, int known, int fail, int notApplicable) {}

  Tally tally(Subject subject) {
    int pass = 0;
    int known = 0;
    int fail = 0;
    int notApplicable = 0;
    for (Outcome outcome : outcomes.get(subject).values()) {
      if (outcome instanceof Outcome.Pass) {
        pass++;
      } else if (outcome instanceof Outcome.Known) {
        known++;
      } else if (outcome instanceof Outcome.Fail) {
        fail++;
      } else {
        notApplicable++;
      }
    }
    return new Tally(pass, known, fail, notApplicable);
  }

  /** Every deviation that some subject carries, once, with the rows that show it. */
  Map<Deviation, List<String>> deviations() {
    Map<Deviation, List<String>> met = new LinkedHashMap<>();
    for (Subject subject : subjects) {
      for (Deviation deviation : subject.deviations()) {
        met.putIfAbsent(deviation, new ArrayList<>());
      }
    }
    for (Check check : checks) {
      for (Subject subject : subjects) {
        if (outcome(check, subject) instanceof Outcome.Known known) {
          met.get(known.deviation()).add(check.requirement().id() + " on " + subject);
        }
      }
    }
    return met;
  }
}
