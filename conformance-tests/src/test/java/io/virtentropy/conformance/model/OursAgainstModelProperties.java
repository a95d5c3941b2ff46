package io.virtentropy.conformance.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.virtentropy.conformance.differential.Arrangement;
import io.virtentropy.conformance.differential.Comparison;
import io.virtentropy.conformance.differential.Contender;
import io.virtentropy.conformance.differential.Differential;
import io.virtentropy.conformance.differential.KnownDifference;
import io.virtentropy.conformance.differential.Mismatch;
import io.virtentropy.conformance.differential.Script;
import io.virtentropy.conformance.qemu.Corpus;
import io.virtentropy.virtio.device.QemuVersion;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;

/**
 * Our device in its QEMU-like mode against the model of QEMU's, without a QEMU. The scripts are
 * made as those of {@code DifferentialIT}; their seeds are fixed here, and {@code
 * conformance-tests/qemu/differential --reference model} takes fresh ones.
 */
@Label("The device that imitates QEMU's, beside the model of it,")
class OursAgainstModelProperties {
  private record Pair(QemuVersion version, Arrangement arrangement) {}

  private static final Map<Pair, Comparison> COMPARISONS = new HashMap<>();

  @Property(
      tries = 1500,
      seed = "11",
      shrinking = ShrinkingMode.OFF,
      edgeCases = EdgeCasesMode.NONE)
  @Label("should do what the model does, of each release and in each arrangement")
  void alike(
      @ForAll QemuVersion version, @ForAll("modelled") Arrangement arrangement, @ForAll long seed) {
    Comparison comparison = comparison(version, arrangement);
    Differential.runOne(comparison, seed).ifPresent(found -> fail(found.toString()));
  }

  private static Comparison comparison(QemuVersion version, Arrangement arrangement) {
    return COMPARISONS.computeIfAbsent(
        new Pair(version, arrangement),
        pair -> arrangement.between(Contender.MODEL, Contender.OURS, version, null));
  }

  @Provide
  Arbitrary<Arrangement> modelled() {
    return Arbitraries.of(Arrangement.class).filter(Arrangement::isModelled);
  }

  @Example
  @Label("should do what the model does in the scripts that once showed a difference from QEMU")
  void corpus() throws IOException {
    List<String> different = new ArrayList<>();
    for (Map.Entry<String, Script> each : Corpus.scripts().entrySet()) {
      Script script = each.getValue();
      if (script.arrangement().isModelled()) {
        for (QemuVersion version : QemuVersion.values()) {
          comparison(version, script.arrangement())
              .run(script.steps())
              .ifPresent(found -> different.add(each.getKey() + ", " + version + ": " + found));
        }
      }
    }
    assertEquals(List.of(), different);
  }

  @Example
  @Label("should be told from the model of another release, by a script of few steps")
  void canFail() {
    for (QemuRelease release : List.of(QemuRelease.V10_0, QemuRelease.V11_1)) {
      Optional<Mismatch> found;
      try (Comparison wrong =
          new Comparison(
              Arrangement.TRANSITIONAL,
              () -> ModelDevice.of(QemuRelease.V7_2).start(),
              () -> ModelDevice.of(release).start(),
              KnownDifference.Set.none())) {
        found = Differential.run(wrong, 1, 100_000);
      }
      assertTrue(found.isPresent(), () -> "no script shows what 7.2 and " + release + " differ in");
      assertTrue(found.get().script().size() <= 3, () -> "not shrunk: " + found.get());
    }
  }

  @AfterContainer
  static void report() {
    long steps = 0;
    for (Comparison comparison : COMPARISONS.values()) {
      steps += comparison.steps();
      comparison.close();
    }
    System.out.println(steps + " steps compared with the model of QEMU");
  }
}
