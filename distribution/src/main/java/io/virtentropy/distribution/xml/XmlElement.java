package io.virtentropy.distribution.xml;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * One element of a document that was read, with all that is below it, and the place it stands at,
 * so that what is wrong with it can be said. Unchangeable.
 */
public final class XmlElement {
  private final Place place;
  private final String namespace;
  private final String name;
  private final Map<String, String> attributes;
  private final List<XmlElement> children;
  private final String text;

  XmlElement(
      Place place,
      String namespace,
      String name,
      Map<String, String> attributes,
      List<XmlElement> children,
      String text) {
    this.place = place;
    this.namespace = namespace;
    this.name = name;
    this.attributes = Collections.unmodifiableMap(attributes);
    this.children = Collections.unmodifiableList(children);
    this.text = text;
  }

  /** {@return where its start tag ends} */
  public Place place() {
    return place;
  }

  /** {@return its name without a prefix} */
  public String name() {
    return name;
  }

  /** {@return the namespace of its name; empty if there is none} */
  public String namespace() {
    return namespace;
  }

  /** {@return its attributes that have no namespace, in the order they stand} */
  public Map<String, String> attributes() {
    return attributes;
  }

  /** {@return the elements directly below, in order} */
  public List<XmlElement> children() {
    return children;
  }

  /** {@return the characters directly in it, in order, blanks included} */
  public String text() {
    return text;
  }

  /**
   * An attribute that may be absent.
   *
   * @param attribute its name
   * @return its value
   */
  public Optional<String> attribute(String attribute) {
    return Optional.ofNullable(attributes.get(attribute));
  }

  /**
   * An attribute that must be there.
   *
   * @param attribute its name
   * @return its value
   * @throws InvalidXmlException if it is absent
   */
  public String required(String attribute) {
    String value = attributes.get(attribute);
    if (value == null) {
      throw invalid("Missing required attribute '" + attribute + "' in element '" + name + "'");
    }
    return value;
  }

  /**
   * An attribute with a meaning of its own.
   *
   * @param attribute its name
   * @param meaning says what a value means; empty for one that means nothing
   * @param accepted the values that are accepted, for the message
   * @param <T> what it means
   * @return what the value means; empty if the attribute is absent
   * @throws InvalidXmlException if its value means nothing
   */
  public <T> Optional<T> attribute(
      String attribute, Function<String, Optional<T>> meaning, String accepted) {
    String value = attributes.get(attribute);
    if (value == null) {
      return Optional.empty();
    }
    Optional<T> meant = meaning.apply(value);
    if (meant.isEmpty()) {
      throw invalid(
          "Invalid value for attribute '"
              + attribute
              + "' in element '"
              + name
              + "': '"
              + value
              + "'; "
              + accepted
              + " is accepted");
    }
    return meant;
  }

  /**
   * The elements of one name directly below, in the namespace of this one.
   *
   * @param child their name
   * @return in order
   */
  public List<XmlElement> children(String child) {
    return children.stream()
        .filter(c -> c.name.equals(child) && c.namespace.equals(namespace))
        .toList();
  }

  /**
   * The first element of one name directly below, in the namespace of this one.
   *
   * @param child its name
   * @return the element; empty if there is none
   */
  public Optional<XmlElement> child(String child) {
    return children(child).stream().findFirst();
  }

  /**
   * Makes the exception that says what is wrong with this element.
   *
   * @param problem the rest of the sentence
   * @return to be thrown
   */
  public InvalidXmlException invalid(String problem) {
    return new InvalidXmlException(place, problem);
  }

  @Override
  public String toString() {
    return "<" + name + "> at " + place;
  }
}
