package io.virtentropy.distribution.rng;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.distribution.rng.LibvirtCases.Case;
import io.virtentropy.distribution.rng.QemuArguments.Form;
import io.virtentropy.distribution.rng.QemuArguments.ReconnectUnit;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("An entropy device that libvirt was given")
final class LibvirtCasesTest {
  private static final QemuArguments QEMU =
      new QemuArguments(Form.JSON, ReconnectUnit.SECONDS, "pci.0");

  static Stream<Case> cases() throws IOException {
    return LibvirtCases.all().stream();
  }

  @ParameterizedTest
  @MethodSource("cases")
  @DisplayName("should be written as libvirt writes it")
  void formats(Case libvirt) {
    assertEquals(
        libvirt.dumped(), RngXmlFormatter.format(RngXmlParser.parse("dump", libvirt.dumped())));
  }

  @ParameterizedTest
  @MethodSource("cases")
  @DisplayName("should mean what libvirt takes it for")
  void parses(Case libvirt) {
    RngDevice given = RngXmlParser.parse("given", libvirt.given());
    RngDevice dumped = RngXmlParser.parse("dump", libvirt.dumped());
    if (given.address().isEmpty()) {
      // libvirt has found a place for it
      dumped =
          new RngDevice(
              dumped.model(),
              dumped.backend(),
              dumped.rate(),
              dumped.driver(),
              dumped.alias(),
              dumped.acpiIndex(),
              Optional.empty());
    }
    assertEquals(dumped, given);
  }

  @ParameterizedTest
  @MethodSource("cases")
  @DisplayName("should become the arguments that libvirt gives to QEMU")
  void argues(Case libvirt) {
    List<RngDevice> devices = List.of(RngXmlParser.parse("dump", libvirt.dumped()));
    if (libvirt.refusal().isPresent()) {
      IllegalArgumentException refusal =
          assertThrows(IllegalArgumentException.class, () -> QEMU.of(devices));
      assertTrue(
          refusal.getMessage().contains(libvirt.refusal().get()), () -> refusal.getMessage());
    } else {
      assertEquals(libvirt.arguments(), QEMU.of(devices));
    }
  }
}
