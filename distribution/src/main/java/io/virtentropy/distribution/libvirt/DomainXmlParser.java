package io.virtentropy.distribution.libvirt;

import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.backends.egd.EgdAddress;
import io.virtentropy.distribution.libvirt.EntropyDevice.Other;
import io.virtentropy.distribution.libvirt.EntropyDevice.Reachable;
import io.virtentropy.distribution.libvirt.EntropyDevice.Unusable;
import io.virtentropy.distribution.rng.CharacterDevice;
import io.virtentropy.distribution.rng.CharacterDevice.Mode;
import io.virtentropy.distribution.rng.CharacterDevice.UnixSocket;
import io.virtentropy.distribution.rng.RngBackend.Egd;
import io.virtentropy.distribution.rng.RngDevice;
import io.virtentropy.distribution.rng.RngXmlParser;
import io.virtentropy.distribution.xml.InvalidXmlException;
import io.virtentropy.distribution.xml.Printable;
import io.virtentropy.distribution.xml.XmlElement;
import io.virtentropy.distribution.xml.XmlReader;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Finds the entropy devices in a domain's XML. One device that can't be understood doesn't keep the
 * domain's others.
 */
final class DomainXmlParser {
  /** What libvirt gives a domain that doesn't run. */
  private static final long NOT_RUNNING = -1;

  private DomainXmlParser() {}

  /**
   * Reads a domain's XML.
   *
   * @param document its name in messages
   * @param xml what libvirt answers for a domain that may run
   * @return the domain; empty if it doesn't run
   * @throws InvalidXmlException if it isn't a domain's XML
   */
  static Optional<RunningDomain> parse(String document, String xml) {
    XmlElement domain = XmlReader.read(document, xml);
    if (!domain.name().equals("domain")) {
      throw domain.invalid("the element is <" + domain.name() + ">; <domain> is accepted");
    }
    long id = id(domain);
    if (id == NOT_RUNNING) {
      return Optional.empty();
    }
    String name = text(domain, "name");
    return Optional.of(new RunningDomain(uuid(domain), id, printable(name), devices(domain, name)));
  }

  private static long id(XmlElement domain) {
    return domain
        .attribute(
            "id",
            v -> v.matches("[0-9]{1,10}") ? Optional.of(Long.valueOf(v)) : Optional.<Long>empty(),
            "a number")
        .orElse(NOT_RUNNING);
  }

  private static String text(XmlElement domain, String child) {
    return domain
        .child(child)
        .map(XmlElement::text)
        .orElseThrow(() -> domain.invalid("<domain> has no <" + child + ">"));
  }

  private static UUID uuid(XmlElement domain) {
    String uuid = text(domain, "uuid");
    try {
      return UUID.fromString(uuid);
    } catch (IllegalArgumentException e) {
      throw domain.invalid("<uuid> is '" + uuid + "'; a UUID is accepted");
    }
  }

  /** Names go to terminals and logs. */
  private static String printable(String name) {
    StringBuilder printed = new StringBuilder();
    name.codePoints()
        .map(c -> Printable.isPrintable(c) ? c : '?')
        .forEach(printed::appendCodePoint);
    return printed.toString();
  }

  private static List<EntropyDevice> devices(XmlElement domain, String name) {
    List<XmlElement> elements =
        domain.children("devices").stream().flatMap(d -> d.children("rng").stream()).toList();
    if (elements.isEmpty()) {
      return List.of(); // and what the metadata say is of no interest
    }
    EntropyMetadata metadata = EntropyMetadata.NONE;
    Optional<String> refusal =
        printable(name).equals(name)
            ? Optional.empty()
            : Optional.of("the domain's name has characters that can't be printed");
    try {
      metadata = EntropyMetadata.of(domain);
    } catch (InvalidXmlException e) {
      refusal = Optional.of(e.getMessage());
    }
    List<EntropyDevice> devices = new ArrayList<>();
    Set<String> aliases = new HashSet<>();
    for (XmlElement element : elements) {
      EntropyDevice device = device(element, "rng" + devices.size(), metadata);
      if (device instanceof Reachable && refusal.isPresent()) {
        device = new Unusable(device.alias(), refusal.get());
      }
      if (!aliases.add(device.alias())) {
        device =
            new Unusable(
                device.alias() + "#" + devices.size(),
                "a second device has the alias '" + device.alias() + "'");
      }
      devices.add(device);
    }
    return devices;
  }

  /** libvirt gives every device of a domain that runs an alias, but its test driver doesn't. */
  private static EntropyDevice device(XmlElement element, String nameless, EntropyMetadata all) {
    String alias =
        printable(element.child("alias").flatMap(a -> a.attribute("name")).orElse(nameless));
    RngDevice device;
    try {
      device = RngXmlParser.parse(element);
    } catch (InvalidXmlException e) {
      return new Unusable(alias, e.getMessage());
    }
    if (!(device.backend() instanceof Egd egd)) {
      return new Other(alias, "its backend is " + device.backend().model());
    }
    CharacterDevice channel = egd.device();
    if (!(channel instanceof UnixSocket unix)) {
      return new Other(
          alias, "its egd backend is of type " + channel.type() + "; unix is connected to");
    }
    if (unix.mode() != Mode.BIND) {
      return new Other(
          alias,
          "QEMU connects to "
              + printable(unix.path())
              + "; mode='bind' is connected to, and an output of a pool may listen there");
    }
    return reachable(alias, unix.path(), all.wish(alias));
  }

  private static EntropyDevice reachable(String alias, String path, PoolWish wish) {
    try {
      Path socket = Path.of(path);
      if (!socket.isAbsolute() || !printable(path).equals(path)) {
        return new Unusable(
            alias,
            "the socket '"
                + printable(path)
                + "'; an absolute path of characters that can be printed is accepted");
      }
      return new Reachable(
          alias, new EgdAddress.Unix(socket, false).path(), wish, Optional.empty());
    } catch (InvalidPathException | EntropySourceException e) {
      return new Unusable(alias, printable(e.getMessage()));
    }
  }
}
