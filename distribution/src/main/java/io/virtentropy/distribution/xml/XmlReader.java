package io.virtentropy.distribution.xml;

import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.xml.stream.Location;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * Reads documents that strangers may have written. A document type declaration is refused, and with
 * it every entity but the five that XML has itself; nothing outside the document is ever opened;
 * size, depth and the number of elements are bounded.
 */
public final class XmlReader {
  /** The longest document, in characters: libvirt's largest domains have a tenth of it. */
  public static final int MAX_CHARACTERS = 4 << 20;

  /** The deepest nesting; a pool of 8 classes on a path needs 11. */
  public static final int MAX_DEPTH = 64;

  /** The most elements of a document: a pool of 100,000 guests has as many. */
  public static final int MAX_ELEMENTS = 1 << 19;

  private final String document;
  private final XMLStreamReader stream;
  private int elements;

  private XmlReader(String document, XMLStreamReader stream) {
    this.document = document;
    this.stream = stream;
  }

  /**
   * Reads a document.
   *
   * @param document its name in messages
   * @param xml its text
   * @return the outermost element
   * @throws InvalidXmlException if it is not well-formed, too large, or has a document type
   */
  public static XmlElement read(String document, String xml) {
    if (xml.length() > MAX_CHARACTERS) {
      throw new InvalidXmlException(
          new Place(document, 1, 1),
          "the document has "
              + xml.length()
              + " characters; up to "
              + MAX_CHARACTERS
              + " are accepted");
    }
    return read(document, new StringReader(xml));
  }

  /**
   * Reads a file in UTF-8.
   *
   * @param file its path
   * @return the outermost element
   * @throws IOException if the file can't be read
   * @throws InvalidXmlException if it is not well-formed, too large, or has a document type
   */
  public static XmlElement read(Path file) throws IOException {
    long size = Files.size(file);
    if (size > MAX_CHARACTERS) {
      throw new InvalidXmlException(
          new Place(file.toString(), 1, 1),
          "the file has " + size + " bytes; up to " + MAX_CHARACTERS + " are accepted");
    }
    try {
      return read(file.toString(), Files.readString(file));
    } catch (MalformedInputException e) {
      throw new InvalidXmlException(
          new Place(file.toString(), 1, 1), "the file is not in UTF-8, which is what is accepted");
    }
  }

  private static XmlElement read(String document, Reader source) {
    XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
    factory.setProperty(XMLInputFactory.IS_REPLACING_ENTITY_REFERENCES, false);
    factory.setXMLResolver(
        (publicId, systemId, base, namespace) -> {
          throw new XMLStreamException("a reference to " + systemId + " is not followed");
        });
    XMLStreamReader stream = null;
    try {
      stream = factory.createXMLStreamReader(source);
      return new XmlReader(document, stream).document();
    } catch (XMLStreamException e) {
      throw notWellFormed(document, e);
    } catch (InvalidXmlException e) {
      throw e;
    } catch (RuntimeException e) {
      throw beyondTheParser(document, stream, e);
    } finally {
      close(stream);
    }
  }

  private static void close(XMLStreamReader stream) {
    if (stream != null) {
      try {
        stream.close();
      } catch (XMLStreamException e) {
        throw new IllegalStateException("a reader of characters in memory can't be closed", e);
      }
    }
  }

  private XmlElement document() throws XMLStreamException {
    while (true) {
      switch (stream.next()) {
        case XMLStreamConstants.DTD ->
            throw new InvalidXmlException(
                place(), "a document type declaration; a document without one is accepted");
        case XMLStreamConstants.START_ELEMENT -> {
          XmlElement root = element(1);
          while (stream.hasNext()) {
            stream.next(); // what follows must be well-formed too
          }
          return root;
        }
        default -> {
          // comments and processing instructions in front
        }
      }
    }
  }

  private XmlElement element(int depth) throws XMLStreamException {
    Place place = place();
    if (depth > MAX_DEPTH) {
      throw new InvalidXmlException(
          place, "elements are nested deeper than the " + MAX_DEPTH + " that are accepted");
    }
    if (++elements > MAX_ELEMENTS) {
      throw new InvalidXmlException(
          place, "the document has more elements than the " + MAX_ELEMENTS + " that are accepted");
    }
    String namespace = stream.getNamespaceURI() == null ? "" : stream.getNamespaceURI();
    String name = stream.getLocalName();
    Map<String, String> attributes = new LinkedHashMap<>();
    for (int i = 0; i < stream.getAttributeCount(); i++) {
      if (stream.getAttributeNamespace(i) == null || stream.getAttributeNamespace(i).isEmpty()) {
        attributes.put(stream.getAttributeLocalName(i), stream.getAttributeValue(i));
      }
    }
    List<XmlElement> children = new ArrayList<>();
    StringBuilder text = new StringBuilder();
    while (true) {
      switch (stream.next()) {
        case XMLStreamConstants.START_ELEMENT -> children.add(element(depth + 1));
        case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA, XMLStreamConstants.SPACE ->
            text.append(stream.getText());
        case XMLStreamConstants.ENTITY_REFERENCE ->
            throw new InvalidXmlException(
                place(),
                "the entity &"
                    + stream.getLocalName()
                    + "; is not defined; &amp; &lt; &gt; &apos; &quot; are accepted");
        case XMLStreamConstants.END_ELEMENT -> {
          return new XmlElement(place, namespace, name, attributes, children, text.toString());
        }
        default -> {
          // comments and processing instructions
        }
      }
    }
  }

  private Place place() {
    return placeOf(document, stream.getLocation());
  }

  private static Place placeOf(String document, Location location) {
    return new Place(
        document, Math.max(1, location.getLineNumber()), Math.max(1, location.getColumnNumber()));
  }

  /**
   * The JDK's parser has no words for some of what it finds, such as a control character in a
   * document type (java.util.MissingResourceException, JDK 17 to 25), and trips over it.
   */
  private static InvalidXmlException beyondTheParser(
      String document, XMLStreamReader stream, RuntimeException e) {
    Place place =
        stream == null ? new Place(document, 1, 1) : placeOf(document, stream.getLocation());
    InvalidXmlException refusal =
        new InvalidXmlException(place, "not well-formed XML, in a way that the parser can't tell");
    refusal.initCause(e);
    return refusal;
  }

  /** The parser's message is in lines, the first of which says where. */
  private static InvalidXmlException notWellFormed(String document, XMLStreamException e) {
    String message = e.getMessage();
    int last = message.lastIndexOf("Message: ");
    String words = last < 0 ? message : message.substring(last + "Message: ".length());
    Place place =
        e.getLocation() == null ? new Place(document, 1, 1) : placeOf(document, e.getLocation());
    return new InvalidXmlException(
        place, "not well-formed XML: " + words.replace('\n', ' ').strip());
  }
}
