package io.virtentropy.distribution.fuzz;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.distribution.pool.PoolXmlParser;
import io.virtentropy.distribution.xml.InvalidXmlException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The seeds of the corpus that are attacks, and what is said to each. */
@DisplayName("A definition of a pool")
final class HostileDocumentsTest {
  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "xxe,document type declaration",
    "xxe-http,document type declaration",
    "external-dtd,document type declaration",
    "parameter-entity,document type declaration",
    "billion-laughs,document type declaration",
    "quadratic-blowup,document type declaration",
    "xinclude,element \"xi:include\" not allowed",
    "schema-location,attribute \"xsi:noNamespaceSchemaLocation\" not allowed",
    "name-parent,element \"name\" invalid",
    "name-slash,element \"name\" invalid",
    "name-newline,element \"name\" invalid",
    "name-dot,can't be that of a file",
    "name-dots,can't be that of a file",
    "name-long,can't be that of a file",
    "name-bidi,can't be that of a file",
    "name-nul,not well-formed",
    "deep,nested deeper than the 64",
    "numbers,is invalid",
  })
  @DisplayName("should be refused with line, column and reason when it is an attack:")
  void refused(String seed, String reason) throws IOException {
    String text;
    try (InputStream in =
        HostileDocumentsTest.class.getResourceAsStream("/fuzz/pool-xml/" + seed + ".xml")) {
      text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    PoolXmlParser parser = new PoolXmlParser(() -> new UUID(1, 2));
    InvalidXmlException refusal =
        assertThrows(InvalidXmlException.class, () -> parser.parse(Refusals.DOCUMENT, text));
    Refusals.check(refusal);
    assertTrue(refusal.getMessage().contains(reason), refusal.getMessage());
  }
}
