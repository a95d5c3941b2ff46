package io.virtentropy.conformance.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.virtentropy.conformance.dut.MachineUnderTest;
import io.virtentropy.conformance.model.ModelDevice;
import io.virtentropy.conformance.model.QemuRelease;
import io.virtentropy.conformance.qemu.QemuVersion;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("The specification's suite, run on the model of QEMU's device,")
final class ModelSpecTest {

  @ParameterizedTest
  @EnumSource(QemuRelease.class)
  @DisplayName("should find in it the deviations of QEMU's own, no more and no fewer")
  void deviations(QemuRelease release) {
    List<Deviation> known = QemuDeviations.of(versionOf(release));
    Supplier<MachineUnderTest> transitional = () -> ModelDevice.of(release).start();
    Supplier<MachineUnderTest> modern = () -> ModelDevice.of(release).modernOnly().start();
    SpecReport report =
        SpecSuite.run(
            List.of(
                subject(release, DriverInterface.PCI_MODERN, transitional, known),
                subject(release, DriverInterface.PCI_MODERN, modern, known),
                subject(release, DriverInterface.PCI_LEGACY, transitional, known)));
    assertEquals(List.of(), report.failures());
    assertEquals(List.of(), report.staleDeviations());
  }

  private static Subject subject(
      QemuRelease release,
      DriverInterface via,
      Supplier<MachineUnderTest> opener,
      List<Deviation> known) {
    return new Subject("model of " + release, via, opener, false, known);
  }

  private static QemuVersion versionOf(QemuRelease release) {
    return switch (release) {
      case V7_2 -> new QemuVersion(7, 2, 22);
      case V10_0 -> new QemuVersion(10, 0, 13);
      case V11_1 -> new QemuVersion(11, 1, 3);
    };
  }
}
