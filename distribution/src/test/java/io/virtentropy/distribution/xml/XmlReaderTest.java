package io.virtentropy.distribution.xml;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("The reader of documents")
final class XmlReaderTest {
  private static String refusal(String xml) {
    return assertThrows(InvalidXmlException.class, () -> XmlReader.read("d.xml", xml)).getMessage();
  }

  @Test
  @DisplayName("should keep what stands in a document, and where")
  void reads() {
    XmlElement root =
        XmlReader.read("d.xml", "<!-- c --><a x='1' y='&lt;'>\n <b>t<![CDATA[&]]>u</b><c/></a>");
    assertEquals("a", root.name());
    assertEquals("<", root.required("y"));
    assertEquals("t&u", root.child("b").orElseThrow().text());
    assertEquals(2, root.child("c").orElseThrow().place().line());
    assertEquals(2, root.children().size());
  }

  @Test
  @DisplayName("should tell elements of other namespaces apart")
  void namespaces() {
    XmlElement root = XmlReader.read("d.xml", "<a xmlns:v='urn:v'><v:b v:x='1' y='2'/><b/></a>");
    assertEquals("", root.child("b").orElseThrow().namespace());
    XmlElement other = root.children().get(0);
    assertEquals("urn:v", other.namespace());
    assertEquals("2", other.required("y"));
    assertTrue(other.attribute("x").isEmpty());
  }

  @Test
  @DisplayName("should refuse a document type, and so every entity of its own")
  void refusesDocumentType(@TempDir Path folder) throws IOException {
    Path secret = Files.writeString(folder.resolve("secret"), "the secret");
    for (String declaration :
        new String[] {
          "<!DOCTYPE a>",
          "<!DOCTYPE a SYSTEM '" + secret.toUri() + "'>",
          "<!DOCTYPE a [<!ENTITY x SYSTEM '" + secret.toUri() + "'>]>",
          "<!DOCTYPE a [<!ENTITY % p SYSTEM '" + secret.toUri() + "'> %p;]>",
          "<!DOCTYPE a [<!ENTITY l 'lol'><!ENTITY m '&l;&l;&l;&l;&l;&l;&l;&l;'>]>",
        }) {
      String message = refusal(declaration + "<a>&x;&m;</a>");
      assertTrue(message.contains("document type declaration"), message);
    }
  }

  @Test
  @DisplayName("should refuse an entity that nobody defined")
  void refusesEntity() {
    String message = refusal("<a>&x;</a>");
    assertTrue(message.startsWith("d.xml:1:"), message);
  }

  @Test
  @DisplayName("should refuse what is nested too deep")
  void refusesDepth() {
    XmlReader.read("d.xml", "<a>".repeat(64) + "</a>".repeat(64));
    String message = refusal("<a>".repeat(65) + "</a>".repeat(65));
    assertTrue(message.contains("64"), message);
  }

  @Test
  @DisplayName("should refuse what is too long")
  void refusesLength() {
    String message = refusal("<a>" + " ".repeat(XmlReader.MAX_CHARACTERS) + "</a>");
    assertTrue(message.contains("4194304"), message);
  }

  @Test
  @DisplayName("should refuse too many elements")
  void refusesCount() {
    String message = refusal("<a>" + "<b/>".repeat(XmlReader.MAX_ELEMENTS) + "</a>");
    assertTrue(message.contains("524288"), message);
  }

  @Test
  @DisplayName("should say in one line what is not well-formed")
  void refusesMalformed() {
    for (String xml :
        new String[] {"", "<a>", "<a></b>", "a", "<a/><b/>", "<a x=1/>", "<a>\0</a>"}) {
      String message = refusal(xml);
      assertTrue(message.matches("d\\.xml:1:\\d+: not well-formed XML: .+"), message);
    }
  }

  @Test
  @DisplayName("should refuse what the JDK's parser trips over")
  void refusesTrips() {
    String message = refusal("<!DOCTYPE a[P<b>\u0010<");
    assertTrue(message.startsWith("d.xml:1:"), message);
    assertTrue(message.contains("not well-formed XML"), message);
  }

  @Test
  @DisplayName("should quote what was given in one line, and not all of it")
  void quotes() {
    InvalidXmlException refusal =
        new InvalidXmlException(
            new Place("d.xml", 1, 2), "'\u0085\u202e\u009b2J" + "x".repeat(5000) + "'");
    String message = refusal.getMessage();
    assertTrue(message.startsWith("d.xml:1:2: '\\u0085\\u202e\\u009b2Jxxx"), message);
    assertTrue(message.endsWith("x…"), message);
    assertTrue(message.length() < 500, message);
  }

  @Test
  @DisplayName("should refuse a file that is not in UTF-8")
  void refusesEncoding(@TempDir Path folder) throws IOException {
    Path file = Files.write(folder.resolve("f.xml"), new byte[] {'<', 'a', (byte) 0xff, '/', '>'});
    InvalidXmlException refusal =
        assertThrows(InvalidXmlException.class, () -> XmlReader.read(file));
    assertTrue(refusal.getMessage().contains("UTF-8"), refusal.getMessage());
  }
}
