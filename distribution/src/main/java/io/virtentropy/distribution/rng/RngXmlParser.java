package io.virtentropy.distribution.rng;

import io.virtentropy.distribution.rng.RngBackend.Builtin;
import io.virtentropy.distribution.rng.RngBackend.Egd;
import io.virtentropy.distribution.rng.RngBackend.Pool;
import io.virtentropy.distribution.rng.RngBackend.RandomFile;
import io.virtentropy.distribution.xml.InvalidXmlException;
import io.virtentropy.distribution.xml.XmlElement;
import io.virtentropy.distribution.xml.XmlReader;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Reads libvirt's {@code <rng>} element as libvirt's parser does (versions 9.0 to 11.3), not as its
 * schema does: it is laxer, and what libvirt accepts must be accepted here. Messages contain
 * libvirt's own words, so that they can be looked up. Elements that libvirt doesn't know are passed
 * over, as it does.
 */
public final class RngXmlParser {
  private static final long MAX_UINT = 0xffff_ffffL;
  private static final String ON_OFF = "on or off";

  private RngXmlParser() {}

  /**
   * Reads a document whose outermost element is {@code <rng>}.
   *
   * @param document its name in messages
   * @param xml its text
   * @return the device
   * @throws InvalidXmlException if it isn't acceptable
   */
  public static RngDevice parse(String document, String xml) {
    return parse(XmlReader.read(document, xml));
  }

  /**
   * Reads one element.
   *
   * @param rng an element called {@code rng}
   * @return the device
   * @throws InvalidXmlException if it isn't acceptable
   */
  public static RngDevice parse(XmlElement rng) {
    if (!rng.name().equals("rng")) {
      throw rng.invalid("the element is <" + rng.name() + ">; <rng> is accepted");
    }
    RngModel model =
        rng.attribute("model", RngModel::of, RngModel.ACCEPTED)
            .orElseThrow(() -> missing(rng, "model"));
    List<XmlElement> backends = rng.children("backend");
    if (backends.size() != 1) {
      throw rng.invalid(
          "only one RNG backend is supported, and there are "
              + backends.size()
              + " <backend> elements");
    }
    return new RngDevice(
        model,
        backend(backends.get(0)),
        rng.child("rate").flatMap(RngXmlParser::rate),
        rng.child("driver").map(RngXmlParser::driver).orElse(DriverOptions.NONE),
        rng.child("alias").flatMap(alias -> alias.attribute("name")),
        acpiIndex(rng),
        rng.child("address").flatMap(RngXmlParser::address));
  }

  private static InvalidXmlException missing(XmlElement element, String attribute) {
    return element.invalid(
        "Missing required attribute '" + attribute + "' in element '" + element.name() + "'");
  }

  private static RngBackend backend(XmlElement backend) {
    String model = backend.required("model");
    return switch (model) {
      case "random" ->
          new RandomFile(backend.text().isEmpty() ? RandomFile.DEFAULT_PATH : backend.text());
      case "builtin" -> new Builtin();
      case "egd" -> {
        CharacterDevice device = CharacterDeviceXml.parse(backend);
        yield new Egd(device, CharacterDeviceXml.parseLog(backend));
      }
      case "pool" -> new Pool(backend.required("name"), backend.required("class"));
      default ->
          throw backend.invalid(
              "Invalid value for attribute 'model' in element 'backend': '"
                  + model
                  + "'; random, egd, builtin or pool is accepted");
    };
  }

  /** A rate without bytes is no rate, whatever its period says. */
  private static Optional<RngRate> rate(XmlElement rate) {
    OptionalLong bytes = number(rate, "bytes", "RNG rate bytes");
    if (bytes.isEmpty() || bytes.getAsLong() == 0) {
      return Optional.empty();
    }
    OptionalLong period = number(rate, "period", "RNG rate period");
    boolean none = period.isEmpty() || period.getAsLong() == 0;
    return Optional.of(new RngRate(bytes.getAsLong(), none ? OptionalLong.empty() : period));
  }

  /** As C reads a number: blanks and a plus sign may stand in front. */
  static OptionalLong number(XmlElement element, String attribute, String what) {
    String given = element.attribute(attribute).orElse("");
    if (given.isEmpty()) {
      return OptionalLong.empty();
    }
    String digits = given.stripLeading();
    if (digits.startsWith("+")) {
      digits = digits.substring(1);
    }
    boolean decimal = !digits.isEmpty() && digits.chars().allMatch(c -> c >= '0' && c <= '9');
    String significant = decimal ? digits.replaceFirst("^0+(?=.)", "") : "";
    if (!decimal || significant.length() > 10 || Long.parseLong(significant) > MAX_UINT) {
      throw element.invalid(
          "invalid " + what + " value '" + given + "'; 0 to " + MAX_UINT + " is accepted");
    }
    return OptionalLong.of(Long.parseLong(significant));
  }

  private static DriverOptions driver(XmlElement driver) {
    return new DriverOptions(
        onOff(driver, "iommu"),
        onOff(driver, "ats"),
        onOff(driver, "packed"),
        onOff(driver, "page_per_vq"));
  }

  static Optional<Boolean> onOff(XmlElement element, String attribute) {
    return element.attribute(attribute, v -> truth(v, "on", "off"), ON_OFF);
  }

  static Optional<Boolean> yesNo(XmlElement element, String attribute) {
    return element.attribute(attribute, v -> truth(v, "yes", "no"), "yes or no");
  }

  private static Optional<Boolean> truth(String value, String yes, String no) {
    if (value.equals(yes)) {
      return Optional.of(true);
    }
    return value.equals(no) ? Optional.of(false) : Optional.empty();
  }

  private static OptionalLong acpiIndex(XmlElement rng) {
    Optional<XmlElement> acpi = rng.child("acpi");
    return acpi.isEmpty() ? OptionalLong.empty() : number(acpi.get(), "index", "ACPI index");
  }

  private static Optional<DeviceAddress> address(XmlElement address) {
    Optional<String> type = address.attribute("type");
    if (type.isEmpty()) {
      throw address.invalid("No type specified for device address");
    }
    Map<String, String> others = new LinkedHashMap<>(address.attributes());
    others.remove("type");
    return Optional.of(new DeviceAddress(type.get(), others));
  }
}
