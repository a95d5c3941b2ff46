package io.virtentropy.conformance.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("The specification's suite")
final class SpecSuiteTest {

  static Stream<Faulty.Device> faulty() {
    return Faulty.all().stream();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("faulty")
  @DisplayName("should find each fault by the row that names it")
  void finds(Faulty.Device device) {
    Check check =
        SpecSuite.checks().stream()
            .filter(c -> c.requirement().id().equals(device.row()))
            .findFirst()
            .orElseThrow(() -> new AssertionError("no row " + device.row()));
    Subject subject = Subject.of(device.fault(), device.via(), device.opener());
    try (InProcessMachine machine = device.opener().get()) {
      Outcome outcome = check.run(subject, machine);
      assertInstanceOf(Outcome.Fail.class, outcome, device + " gave " + outcome);
    }
  }

  @Test
  @DisplayName("should be proved on 15 faults and more, in registers, memory and both transports")
  void enoughFaults() {
    assertTrue(Faulty.all().size() >= 15);
    assertTrue(Faulty.all().stream().map(Faulty.Device::row).distinct().count() >= 15);
  }

  @Test
  @DisplayName("should find nothing wrong with our device behind any transport")
  void ours() {
    SpecReport report = SpecSuite.run(OurDevices.all());
    assertEquals(List.of(), report.failures(), TextReport.of(report));
  }

  @Test
  @DisplayName("should escape what was found on its HTML page, and load nothing from elsewhere")
  void html() {
    Deviation deviation =
        new Deviation(
            "D-1", "a <b> & \"c\"", "reason", java.util.Set.of("MMIO-01"), List.of("<x>"));
    Faulty.Device broken = Faulty.all().get(0);
    Subject subject =
        new Subject(
            "<script>alert(1)</script>", broken.via(), broken.opener(), false, List.of(deviation));
    String page = HtmlReport.of(SpecSuite.run(List.of(subject)));
    assertTrue(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assertTrue(page.contains("a &lt;b&gt; &amp; &quot;c&quot;"));
    assertTrue(!page.contains("<script") && !page.contains("http:") && !page.contains("https:"));
    assertTrue(page.contains("href=\"#D-1\""));
  }
}
