package io.virtentropy.conformance.junit;

import io.virtentropy.conformance.dut.MachineUnderTest;
import io.virtentropy.conformance.spec.Check;
import io.virtentropy.conformance.spec.Outcome;
import io.virtentropy.conformance.spec.Requirement;
import io.virtentropy.conformance.spec.SpecSuite;
import io.virtentropy.conformance.spec.Subject;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The specification as JUnit tests, one for each requirement that binds a device. To have one's own
 * device checked, extend this:
 *
 * <pre>{@code
 * final class MyDeviceTest extends DeviceSpecification {
 *   @Override
 *   protected List<Subject> subjects() {
 *     return List.of(Subject.of("mine", DriverInterface.PCI_MODERN, MyDeviceUnderTest::new));
 *   }
 * }
 * }</pre>
 *
 * <p>What is not applicable, and what deviates as is known, counts as aborted, with its reason.
 */
public abstract class DeviceSpecification {
  /** For classes that extend this. */
  protected DeviceSpecification() {}

  /**
   * The devices to be checked.
   *
   * @return one for each interface of a device that drivers use
   */
  protected abstract List<Subject> subjects();

  /**
   * Called by JUnit.
   *
   * @return a container for each device, with a test for each requirement that binds it
   */
  @TestFactory
  public final Stream<DynamicNode> requirements() {
    return subjects().stream()
        .map(
            subject ->
                DynamicContainer.dynamicContainer(
                    subject.toString(),
                    SpecSuite.checks().stream()
                        .filter(check -> check.binds(subject.via()))
                        .map(check -> testOf(check, subject))));
  }

  private static DynamicTest testOf(Check check, Subject subject) {
    return DynamicTest.dynamicTest(check.toString(), () -> judge(check, subject));
  }

  private static void judge(Check check, Subject subject) throws Exception {
    Outcome outcome;
    try (MachineUnderTest machine = subject.opener().get()) {
      outcome = check.run(subject, machine);
    }
    Requirement requirement = check.requirement();
    if (outcome instanceof Outcome.Fail fail) {
      Assertions.fail(
          requirement.id()
              + " (virtio 1.3 §"
              + requirement.section()
              + "): "
              + requirement.sentence()
              + " Found: "
              + fail.found()
              + ". Look at: "
              + requirement.hint());
    } else if (outcome instanceof Outcome.Known known) {
      Assumptions.abort("known as " + known.deviation().id() + ": " + known.found());
    } else if (outcome instanceof Outcome.NotApplicable not) {
      Assumptions.abort("not applicable: " + not.reason());
    }
  }
}
