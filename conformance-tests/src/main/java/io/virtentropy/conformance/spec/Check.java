package io.virtentropy.conformance.spec;

import io.virtentropy.conformance.dut.MachineUnderTest;
import java.util.Set;

/** A requirement, the interfaces it binds, and what a driver does to see whether it is met. */
public final class Check {
  /** What a driver does; throws {@link CheckFailure} or {@link NotBound}. */
  @FunctionalInterface
  interface Action {
    void run(Bench bench);
  }

  private final Requirement requirement;
  private final Set<DriverInterface> binds;
  private final Action action;

  Check(Requirement requirement, Set<DriverInterface> binds, Action action) {
    this.requirement = requirement;
    this.binds = binds;
    this.action = action;
  }

  /**
   * What is checked.
   *
   * @return the requirement
   */
  public Requirement requirement() {
    return requirement;
  }

  /**
   * Whether the requirement is about drivers of a kind.
   *
   * @param via how the driver reaches the device
   * @return false if the check is not applicable to it
   */
  public boolean binds(DriverInterface via) {
    return binds.contains(via);
  }

  /**
   * Runs the check on a device as at power-on.
   *
   * @param subject what the device is; its opener is not called
   * @param machine the device
   * @return what came of it; {@link Outcome.Fail} too if the machine broke down
   */
  public Outcome run(Subject subject, MachineUnderTest machine) {
    return attempt(subject, machine).outcome();
  }

  /** An outcome, and whether the machine can be used again. */
  record Attempt(Outcome outcome, boolean clean) {}

  Attempt attempt(Subject subject, MachineUnderTest machine) {
    if (!binds(subject.via())) {
      return new Attempt(new Outcome.NotApplicable("doesn't bind " + subject.via().text()), true);
    }
    try {
      Bench bench = new Bench(machine, subject.via());
      action.run(bench);
      return new Attempt(new Outcome.Pass(), bench.owesNothing());
    } catch (NotBound e) {
      return new Attempt(new Outcome.NotApplicable(e.getMessage()), false);
    } catch (CheckFailure e) {
      return new Attempt(judge(subject, e.getMessage()), false);
    } catch (RuntimeException e) {
      return new Attempt(judge(subject, "the machine broke down: " + e), false);
    }
  }

  private Outcome judge(Subject subject, String found) {
    for (Deviation deviation : subject.deviations()) {
      if (deviation.rows().contains(requirement.id())) {
        return new Outcome.Known(deviation, found);
      }
    }
    return new Outcome.Fail(found);
  }

  @Override
  public String toString() {
    return requirement.id() + " " + requirement.sentence();
  }
}
