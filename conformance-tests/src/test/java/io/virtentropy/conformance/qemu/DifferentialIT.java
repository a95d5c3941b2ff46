package io.virtentropy.conformance.qemu;

import static org.junit.jupiter.api.Assertions.fail;

import io.virtentropy.conformance.differential.Comparison;
import io.virtentropy.conformance.differential.Differential;
import io.virtentropy.conformance.differential.Mismatch;
import io.virtentropy.conformance.differential.ScriptShrinker;
import io.virtentropy.conformance.differential.Step;
import io.virtentropy.conformance.differential.StepGenerator;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;

/**
 * Our device in its QEMU-like mode against QEMU's. A failure prints the shortest script found, for
 * {@code conformance-tests/qemu/differential --replay}.
 */
@Label("The device that imitates QEMU's")
class DifferentialIT {
  private static final int LENGTH = 60;
  private static final int SHRINKING_RUNS = 300;

  private static Comparison installed;
  private static Comparison newest;
  private static int unexplained;

  @Property(tries = 850, seed = "1", shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  @Label("should show a driver what the installed QEMU shows it, after every step")
  void likeInstalled(@ForAll("scripts") List<Step> script) {
    if (installed == null) {
      installed = Differential.without(Qemus.installed());
    }
    check(installed, script);
  }

  @Property(tries = 850, seed = "2", shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  @Label("should show a driver what the newest QEMU shows it, after every step")
  void likeNewest(@ForAll("scripts") List<Step> script) {
    if (newest == null) {
      newest = Differential.without(Qemus.newest());
    }
    check(newest, script);
  }

  @Provide
  Arbitrary<List<Step>> scripts() {
    return Arbitraries.randomValue(random -> new StepGenerator(random).script(LENGTH));
  }

  private static void check(Comparison comparison, List<Step> script) {
    Optional<Mismatch> found = comparison.run(script);
    if (found.isPresent()) {
      unexplained++;
      fail(ScriptShrinker.shrink(found.get(), comparison::run, SHRINKING_RUNS).toString());
    }
  }

  @AfterContainer
  static void report() {
    report("the installed QEMU", installed);
    report("the newest QEMU", newest);
    System.out.println(unexplained + " unexplained differences");
  }

  private static void report(String name, Comparison comparison) {
    if (comparison != null) {
      System.out.println(
          comparison.steps()
              + " steps compared with "
              + name
              + ", "
              + comparison.explained()
              + " scripts ended at a known difference");
      comparison.close();
    }
  }
}
