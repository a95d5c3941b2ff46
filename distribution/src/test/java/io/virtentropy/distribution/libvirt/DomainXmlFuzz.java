package io.virtentropy.distribution.libvirt;

import io.virtentropy.distribution.libvirt.EntropyDevice.Reachable;
import io.virtentropy.distribution.xml.InvalidXmlException;
import io.virtentropy.distribution.xml.Printable;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A fuzz target for what libvirt says of a domain: any text is a domain that can be placed and
 * printed, none that runs, or refused in one line. Run by {@code distribution/fuzz domain-xml}.
 */
public final class DomainXmlFuzz {
  private DomainXmlFuzz() {}

  /** What Jazzer calls. */
  public static void fuzzerTestOneInput(byte[] data) {
    Optional<RunningDomain> read;
    try {
      read = DomainXmlParser.parse("d.xml", new String(data, StandardCharsets.UTF_8));
    } catch (InvalidXmlException e) {
      require(e.getMessage().startsWith("d.xml:"), e.getMessage());
      return;
    }
    if (read.isEmpty()) {
      return;
    }
    RunningDomain domain = read.get();
    Set<String> aliases = new HashSet<>();
    for (EntropyDevice device : domain.devices()) {
      require(aliases.add(device.alias()), "two devices are called " + device.alias());
      if (device instanceof Reachable reachable) {
        require(reachable.socket().isAbsolute(), reachable.socket().toString());
      }
    }
    Placement placement = Placement.of(List.of(domain), List.of(), "default");
    require(placement.devices().size() == domain.devices().size(), "a device is not placed");
    for (PlacedDevice device : placement.devices()) {
      require(
          device.toString().codePoints().allMatch(Printable::isPrintable),
          "can't be printed: " + device);
    }
  }

  private static void require(boolean held, String what) {
    if (!held) {
      throw new AssertionError(what);
    }
  }
}
