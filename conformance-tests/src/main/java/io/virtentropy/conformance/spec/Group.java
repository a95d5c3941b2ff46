package io.virtentropy.conformance.spec;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Collects the checks of one part of the specification. */
final class Group {
  static final Set<DriverInterface> ALL = EnumSet.allOf(DriverInterface.class);
  static final Set<DriverInterface> MODERN =
      EnumSet.of(DriverInterface.PCI_MODERN, DriverInterface.MMIO_MODERN);
  static final Set<DriverInterface> LEGACY =
      EnumSet.of(DriverInterface.PCI_LEGACY, DriverInterface.MMIO_LEGACY);
  static final Set<DriverInterface> PCI =
      EnumSet.of(DriverInterface.PCI_MODERN, DriverInterface.PCI_LEGACY);
  static final Set<DriverInterface> PCI_MODERN = EnumSet.of(DriverInterface.PCI_MODERN);
  static final Set<DriverInterface> PCI_LEGACY = EnumSet.of(DriverInterface.PCI_LEGACY);
  static final Set<DriverInterface> MMIO =
      EnumSet.of(DriverInterface.MMIO_MODERN, DriverInterface.MMIO_LEGACY);
  static final Set<DriverInterface> MMIO_MODERN = EnumSet.of(DriverInterface.MMIO_MODERN);
  static final Set<DriverInterface> MMIO_LEGACY = EnumSet.of(DriverInterface.MMIO_LEGACY);

  private final List<Check> checks = new ArrayList<>();
  private final Set<DriverInterface> binds;

  Group(Set<DriverInterface> binds) {
    this.binds = binds;
  }

  Group add(
      String id,
      Strength strength,
      String section,
      String sentence,
      String hint,
      Check.Action action) {
    checks.add(new Check(new Requirement(id, strength, section, sentence, hint), binds, action));
    return this;
  }

  List<Check> checks() {
    return List.copyOf(checks);
  }
}
