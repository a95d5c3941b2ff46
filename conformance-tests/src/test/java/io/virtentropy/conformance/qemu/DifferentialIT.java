package io.virtentropy.conformance.qemu;

import static org.junit.jupiter.api.Assertions.fail;

import io.virtentropy.conformance.differential.Arrangement;
import io.virtentropy.conformance.differential.Comparison;
import io.virtentropy.conformance.differential.Differential;
import java.util.LinkedHashMap;
import java.util.Map;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;

/**
 * Our device in its QEMU-like mode against QEMU's, in every arrangement, at seeds that stay the
 * same. A failure prints the shortest script found, for {@code conformance-tests/qemu/differential
 * --replay}; once it is understood it goes to the scripts of {@link CorpusIT}.
 */
@Label("The device that imitates QEMU's")
class DifferentialIT {
  /** A QEMU and an arrangement. */
  private record Pair(QemuBinary qemu, Arrangement arrangement) {}

  private static final Map<Pair, Comparison> COMPARISONS = new LinkedHashMap<>();
  private static int unexplained;

  @Property(tries = 380, seed = "1", shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  @Label("should show drivers what the installed QEMU shows them")
  void installed(@ForAll long seed) {
    check(Qemus.installed(), Arrangement.TRANSITIONAL, seed);
  }

  @Property(tries = 350, seed = "2", shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  @Label("should show drivers what the newest QEMU shows them")
  void newest(@ForAll long seed) {
    check(Qemus.newest(), Arrangement.TRANSITIONAL, seed);
  }

  @Property(tries = 250, seed = "3", shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  @Label("should keep the newest QEMU's limit, to the microsecond of its clock")
  void limited(@ForAll long seed) {
    check(Qemus.newest(), Arrangement.LIMITED, seed);
  }

  @Property(tries = 100, seed = "4", shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  @Label("should show drivers behind a PCI Express port what the installed QEMU shows them")
  void installedExpress(@ForAll long seed) {
    check(Qemus.installed(), Arrangement.EXPRESS, seed);
  }

  @Property(tries = 100, seed = "5", shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  @Label("should show drivers behind a PCI Express port what the newest QEMU shows them")
  void newestExpress(@ForAll long seed) {
    check(Qemus.newest(), Arrangement.EXPRESS, seed);
  }

  @Property(tries = 130, seed = "6", shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  @Label("should show legacy drivers what the installed QEMU's legacy device shows them")
  void installedLegacy(@ForAll long seed) {
    check(Qemus.installed(), Arrangement.LEGACY, seed);
  }

  @Property(tries = 130, seed = "7", shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  @Label("should show legacy drivers what the newest QEMU's legacy device shows them")
  void newestLegacy(@ForAll long seed) {
    check(Qemus.newest(), Arrangement.LEGACY, seed);
  }

  @Property(tries = 60, seed = "8", shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  @Label("should show drivers what the installed QEMU's device without a legacy interface shows")
  void installedModern(@ForAll long seed) {
    check(Qemus.installed(), Arrangement.MODERN, seed);
  }

  @Property(tries = 60, seed = "9", shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  @Label("should show drivers what the newest QEMU's device without a legacy interface shows")
  void newestModern(@ForAll long seed) {
    check(Qemus.newest(), Arrangement.MODERN, seed);
  }

  @Property(tries = 60, seed = "10", shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  @Label("should show drivers what the installed QEMU's device with few features shows them")
  void installedPlain(@ForAll long seed) {
    check(Qemus.installed(), Arrangement.PLAIN, seed);
  }

  @Property(tries = 60, seed = "11", shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
  @Label("should show drivers what the newest QEMU's device with few features shows them")
  void newestPlain(@ForAll long seed) {
    check(Qemus.newest(), Arrangement.PLAIN, seed);
  }

  private static void check(QemuBinary qemu, Arrangement arrangement, long seed) {
    Comparison comparison =
        COMPARISONS.computeIfAbsent(
            new Pair(qemu, arrangement), pair -> pair.arrangement().with(pair.qemu()));
    Differential.runOne(comparison, seed)
        .ifPresent(
            found -> {
              unexplained++;
              fail(found.toString());
            });
  }

  @AfterContainer
  static void report() {
    long steps = 0;
    for (Map.Entry<Pair, Comparison> each : COMPARISONS.entrySet()) {
      Comparison comparison = each.getValue();
      steps += comparison.steps();
      System.out.printf(
          "%7d steps compared with QEMU %s, %s; %d scripts ended at a known difference%n",
          comparison.steps(),
          each.getKey().qemu().version(),
          each.getKey().arrangement().word(),
          comparison.explained());
      comparison.close();
    }
    System.out.printf("%7d steps compared, %d unexplained differences%n", steps, unexplained);
  }
}
