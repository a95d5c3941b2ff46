package io.virtentropy.conformance.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.virtentropy.conformance.differential.Arrangement;
import io.virtentropy.conformance.differential.Comparison;
import io.virtentropy.conformance.differential.Mismatch;
import io.virtentropy.conformance.differential.Script;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Scripts that once showed a difference, and what is too rare for chance, on every QEMU here. */
@DisplayName("Scripts that once showed a difference")
final class CorpusIT {
  @TestFactory
  Stream<DynamicTest> scripts() {
    return Qemus.all().stream()
        .map(qemu -> DynamicTest.dynamicTest("on QEMU " + qemu.version(), () -> replay(qemu)));
  }

  private static void replay(QemuBinary qemu) throws IOException {
    List<String> different = new ArrayList<>();
    Map<Arrangement, Comparison> comparisons = new EnumMap<>(Arrangement.class);
    try {
      for (Map.Entry<String, Script> each : Corpus.scripts().entrySet()) {
        Script script = each.getValue();
        if (script.arrangement().isPossibleWith(qemu)) {
          Optional<Mismatch> found =
              comparisons
                  .computeIfAbsent(script.arrangement(), arrangement -> arrangement.with(qemu))
                  .run(script.steps());
          found.ifPresent(mismatch -> different.add(each.getKey() + ": " + mismatch));
        }
      }
    } finally {
      comparisons.values().forEach(Comparison::close);
    }
    assertEquals(List.of(), different);
  }
}
