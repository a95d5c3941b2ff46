package io.virtentropy.distribution.fuzz;

import io.virtentropy.distribution.rng.DeviceSettings;
import io.virtentropy.distribution.rng.QemuArguments;
import io.virtentropy.distribution.rng.QemuArguments.Form;
import io.virtentropy.distribution.rng.QemuArguments.ReconnectUnit;
import io.virtentropy.distribution.rng.RngDevice;
import io.virtentropy.distribution.rng.RngXmlFormatter;
import io.virtentropy.distribution.rng.RngXmlParser;
import io.virtentropy.distribution.xml.InvalidXmlException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A fuzz target for libvirt's {@code <rng>}: any text is a device that can be written and read
 * again, and turned into QEMU's arguments and our settings unless these say why not; or it is
 * refused in one line that says where. Run by {@code distribution/fuzz rng-xml}, and over the
 * corpus by {@link FuzzCorpusTest}.
 */
public final class RngXmlFuzz {
  private RngXmlFuzz() {}

  /** What Jazzer calls. */
  public static void fuzzerTestOneInput(byte[] data) {
    RngDevice device;
    try {
      device = RngXmlParser.parse(Refusals.DOCUMENT, new String(data, StandardCharsets.UTF_8));
    } catch (InvalidXmlException e) {
      Refusals.check(e);
      return;
    }
    String written = RngXmlFormatter.format(device);
    RngDevice again = RngXmlParser.parse("written", written);
    if (!device.equals(again)) {
      throw new AssertionError(device + " was written as " + written + " and read as " + again);
    }
    for (Form form : Form.values()) {
      for (ReconnectUnit unit : ReconnectUnit.values()) {
        Refusals.orSays(() -> new QemuArguments(form, unit, "pci.0").of(List.of(device)));
      }
    }
    Refusals.orSays(() -> DeviceSettings.of(device));
  }
}
