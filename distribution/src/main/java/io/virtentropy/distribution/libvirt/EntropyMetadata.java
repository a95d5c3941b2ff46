package io.virtentropy.distribution.libvirt;

import io.virtentropy.distribution.xml.InvalidXmlException;
import io.virtentropy.distribution.xml.Printable;
import io.virtentropy.distribution.xml.XmlElement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a domain says of its entropy, in a namespace of ours below {@code <metadata>}, where libvirt
 * keeps one element for each namespace.
 *
 * <pre>{@code
 * <metadata>
 *   <virtentropy:entropy xmlns:virtentropy='https://virtentropy.io/xml/domain/1'
 *                        pool='default' class='gold'>
 *     <virtentropy:device alias='ua-second' pool='other' class='silver'/>
 *   </virtentropy:entropy>
 * </metadata>
 * }</pre>
 *
 * <p>What isn't known is refused: a slip of the pen must not put a guest into a default class.
 */
final class EntropyMetadata {
  /** The namespace. */
  static final String NAMESPACE = "https://virtentropy.io/xml/domain/1";

  static final EntropyMetadata NONE = new EntropyMetadata(PoolWish.NONE, Map.of());

  private static final String POOL = "pool";
  private static final String CLASS = "class";
  private static final String ALIAS = "alias";

  private final PoolWish all;
  private final Map<String, PoolWish> byAlias;

  private EntropyMetadata(PoolWish all, Map<String, PoolWish> byAlias) {
    this.all = all;
    this.byAlias = byAlias;
  }

  /**
   * Reads the metadata of a domain.
   *
   * @param domain {@code <domain>}
   * @throws InvalidXmlException if what is ours isn't acceptable
   */
  static EntropyMetadata of(XmlElement domain) {
    List<XmlElement> ours =
        domain.children("metadata").stream()
            .flatMap(metadata -> metadata.children().stream())
            .filter(child -> child.namespace().equals(NAMESPACE))
            .toList();
    if (ours.isEmpty()) {
      return NONE;
    }
    if (ours.size() > 1) {
      throw ours.get(1).invalid("a second element of " + NAMESPACE + "; one is accepted");
    }
    XmlElement entropy = ours.get(0);
    requireNamed(entropy, "entropy");
    requireKnown(entropy, Set.of(POOL, CLASS), "pool and class");
    PoolWish all = new PoolWish(value(entropy, POOL), value(entropy, CLASS));
    Map<String, PoolWish> byAlias = new HashMap<>();
    for (XmlElement device : entropy.children()) {
      requireNamed(device, "device");
      requireKnown(device, Set.of(ALIAS, POOL, CLASS), "alias, pool and class");
      String alias = device.required(ALIAS);
      if (byAlias.put(alias, override(all, value(device, POOL), value(device, CLASS))) != null) {
        throw device.invalid("a second <device> for '" + alias + "'; one is accepted");
      }
    }
    return new EntropyMetadata(all, byAlias);
  }

  /** A class belongs to its pool: with another pool it is not taken over. */
  private static PoolWish override(
      PoolWish all, Optional<String> pool, Optional<String> className) {
    return pool.isPresent()
        ? new PoolWish(pool, className)
        : new PoolWish(all.pool(), className.or(all::className));
  }

  private static void requireNamed(XmlElement element, String name) {
    if (!element.name().equals(name) || !element.namespace().equals(NAMESPACE)) {
      throw element.invalid(
          "<" + element.name() + ">; <" + name + "> of " + NAMESPACE + " is accepted");
    }
  }

  private static void requireKnown(XmlElement element, Set<String> known, String accepted) {
    for (String attribute : element.attributes().keySet()) {
      if (!known.contains(attribute)) {
        throw element.invalid(
            "attribute '"
                + attribute
                + "' in <"
                + element.name()
                + ">; "
                + accepted
                + " are accepted");
      }
    }
  }

  private static Optional<String> value(XmlElement element, String attribute) {
    Optional<String> value = element.attribute(attribute);
    if (value.isPresent() && value.get().isEmpty()) {
      throw element.invalid("attribute '" + attribute + "' is empty; leave it out to say nothing");
    }
    if (!value.orElse("").codePoints().allMatch(Printable::isPrintable)) {
      throw element.invalid(
          "attribute '"
              + attribute
              + "' is '"
              + value.get()
              + "'; characters that can be printed are accepted");
    }
    return value;
  }

  /** What is said of one device. */
  PoolWish wish(String alias) {
    return byAlias.getOrDefault(alias, all);
  }
}
