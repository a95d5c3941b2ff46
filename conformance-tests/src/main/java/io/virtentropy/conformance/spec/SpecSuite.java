package io.virtentropy.conformance.spec;

import io.virtentropy.conformance.dut.MachineUnderTest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What the virtio specification asks of an entropy device, as checks that run on any.
 *
 * <pre>{@code
 * SpecReport report =
 *     SpecSuite.run(List.of(Subject.of("mine", DriverInterface.PCI_MODERN, MyDevice::new)));
 * System.out.print(TextReport.of(report));
 * }</pre>
 */
public final class SpecSuite {
  private static final List<Check> CHECKS = collect();

  private SpecSuite() {}

  private static List<Check> collect() {
    List<Check> all = new ArrayList<>();
    all.addAll(StatusChecks.all());
    all.addAll(FeatureChecks.all());
    all.addAll(SplitRingChecks.all());
    all.addAll(IndirectChecks.all());
    all.addAll(NotificationChecks.all());
    all.addAll(PciIdentityChecks.all());
    all.addAll(PciCapabilityChecks.all());
    all.addAll(PciNotificationChecks.all());
    all.addAll(PciAccessChecks.all());
    all.addAll(CommonConfigChecks.all());
    all.addAll(PciInterruptChecks.all());
    all.addAll(LegacyPciChecks.all());
    all.addAll(MmioChecks.all());
    all.addAll(EntropyChecks.all());
    all.addAll(UnseenChecks.all());
    Set<String> ids = new HashSet<>();
    for (Check check : all) {
      if (!ids.add(check.requirement().id())) {
        throw new IllegalStateException("two checks of " + check.requirement().id());
      }
    }
    return List.copyOf(all);
  }

  /**
   * The checks.
   *
   * @return in the order of the specification
   */
  public static List<Check> checks() {
    return CHECKS;
  }

  /**
   * Runs everything on everything.
   *
   * @param subjects the devices
   * @return what came of it
   */
  public static SpecReport run(List<Subject> subjects) {
    return run(subjects, subject -> {});
  }

  /**
   * Runs everything on everything, and tells how far it is.
   *
   * @param subjects the devices
   * @param begins told of each device before it is checked
   * @return what came of it
   */
  public static SpecReport run(List<Subject> subjects, Consumer<Subject> begins) {
    Map<Subject, Map<String, Outcome>> outcomes = new LinkedHashMap<>();
    for (Subject subject : subjects) {
      begins.accept(subject);
      outcomes.put(subject, run(subject));
    }
    return new SpecReport(CHECKS, subjects, outcomes);
  }

  private static Map<String, Outcome> run(Subject subject) {
    Map<String, Outcome> outcomes = new LinkedHashMap<>();
    MachineUnderTest machine = null;
    try {
      for (Check check : CHECKS) {
        if (machine == null && check.binds(subject.via())) {
          machine = subject.opener().get();
        }
        Check.Attempt attempt = check.attempt(subject, machine);
        outcomes.put(check.requirement().id(), attempt.outcome());
        if (!check.binds(subject.via())) {
          continue;
        }
        if (subject.reusable() && attempt.clean()) {
          machine.systemReset();
        } else {
          machine.close();
          machine = null;
        }
      }
    } finally {
      if (machine != null) {
        machine.close();
      }
    }
    return outcomes;
  }
}
