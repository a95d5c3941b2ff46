package io.virtentropy.conformance.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.virtentropy.conformance.qemu.Qemus;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The specification's suite")
final class QemuSpecIT {

  @Test
  @DisplayName("should explain all that QEMU's device does, beside ours, in one table")
  void table() {
    List<Subject> subjects = new ArrayList<>(OurDevices.all());
    Qemus.all().forEach(qemu -> subjects.addAll(QemuSubjects.of(qemu)));
    SpecReport report = SpecSuite.run(subjects);
    System.out.println(TextReport.of(report));
    assertEquals(List.of(), report.failures());
    assertEquals(List.of(), report.staleDeviations());
  }
}
