package io.virtentropy.conformance.model;

import static org.junit.jupiter.api.Assertions.fail;

import io.virtentropy.conformance.differential.Arrangement;
import io.virtentropy.conformance.differential.Comparison;
import io.virtentropy.conformance.differential.Contender;
import io.virtentropy.conformance.differential.Differential;
import io.virtentropy.conformance.qemu.QemuBinary;
import io.virtentropy.conformance.qemu.Qemus;
import java.util.HashMap;
import java.util.Map;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;

/**
 * The model against the QEMU that it is a model of: its right to be the reference where there is no
 * QEMU. Where the two differ, the model is wrong.
 */
@Label("The model of QEMU's device")
class ModelAgainstQemuIT {
  private static final Map<String, Comparison> COMPARISONS = new HashMap<>();

  @Property(tries = 150, seed = "21", shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  @Label("should show a driver what the installed QEMU shows it")
  void installed(@ForAll long seed) {
    check(Qemus.installed(), Arrangement.TRANSITIONAL, seed);
  }

  @Property(tries = 100, seed = "22", shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  @Label("should show a driver what the newest QEMU shows it")
  void newest(@ForAll long seed) {
    check(Qemus.newest(), Arrangement.TRANSITIONAL, seed);
  }

  @Property(tries = 150, seed = "23", shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  @Label("should show a driver what the newest QEMU shows it, with 100 bytes a second")
  void limited(@ForAll long seed) {
    check(Qemus.newest(), Arrangement.LIMITED, seed);
  }

  private static void check(QemuBinary qemu, Arrangement arrangement, long seed) {
    Comparison comparison =
        COMPARISONS.computeIfAbsent(
            qemu.path() + " " + arrangement,
            unused ->
                arrangement.between(
                    Contender.QEMU, Contender.MODEL, Differential.imitationOf(qemu), qemu));
    Differential.runOne(comparison, seed).ifPresent(found -> fail(found.toString()));
  }

  @AfterContainer
  static void report() {
    long steps = 0;
    for (Comparison each : COMPARISONS.values()) {
      steps += each.steps();
      each.close();
    }
    System.out.println(steps + " steps of the model compared with QEMU");
  }
}
