package io.virtentropy.conformance.spec;

import io.virtentropy.conformance.dut.MachineUnderTest;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * A device to be checked through one of its interfaces: a column of the report.
 *
 * @param name what it is, such as {@code QEMU 7.2.22, transitional}
 * @param via how the driver reaches it; a {@code DeviceUnderTest} for PCI, an {@code MmioUnderTest}
 *     for MMIO
 * @param opener makes one as at power-on. Called once for each check, or, if {@code reusable}, once
 *     and again after each check that left something behind
 * @param reusable whether a machine reset brings it back to power-on, which is quicker
 * @param deviations what is known of it
 */
public record Subject(
    String name,
    DriverInterface via,
    Supplier<? extends MachineUnderTest> opener,
    boolean reusable,
    List<Deviation> deviations) {
  /**
   * Makes a subject.
   *
   * @param name what it is
   * @param via how the driver reaches it
   * @param opener makes one as at power-on
   * @param reusable whether a machine reset brings it back to power-on
   * @param deviations what is known of it
   */
  public Subject {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(via, "via");
    Objects.requireNonNull(opener, "opener");
    deviations = List.copyOf(deviations);
  }

  /**
   * A device that is made anew for each check and of which no deviation is known.
   *
   * @param name what it is
   * @param via how the driver reaches it
   * @param opener makes one as at power-on
   * @return the subject
   */
  public static Subject of(
      String name, DriverInterface via, Supplier<? extends MachineUnderTest> opener) {
    return new Subject(name, via, opener, false, List.of());
  }

  @Override
  public String toString() {
    return name + " (" + via.text() + ")";
  }
}
