package io.virtentropy.distribution.pool;

import com.thaiopensource.util.PropertyMapBuilder;
import com.thaiopensource.validate.IncorrectSchemaException;
import com.thaiopensource.validate.Schema;
import com.thaiopensource.validate.ValidateProperty;
import com.thaiopensource.validate.Validator;
import com.thaiopensource.validate.rng.SAXSchemaReader;
import io.virtentropy.distribution.xml.InvalidXmlException;
import io.virtentropy.distribution.xml.Place;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.parsers.SAXParserFactory;
import org.xml.sax.ErrorHandler;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;
import org.xml.sax.SAXParseException;
import org.xml.sax.XMLReader;

/** The RELAX NG schema of pools. Any thread may use it. */
final class PoolSchema {
  private static final String RESOURCE = "entropypool.rng";

  /** As many of a document's errors as are kept; the first is told. */
  private static final int MAX_ERRORS = 8;

  private static final Schema SCHEMA = load();

  private PoolSchema() {}

  private static Schema load() {
    try (InputStream in = PoolSchema.class.getResourceAsStream(RESOURCE)) {
      return SAXSchemaReader.getInstance()
          .createSchema(new InputSource(in), properties(new Errors()).toPropertyMap());
    } catch (IOException | SAXException | IncorrectSchemaException e) {
      throw new IllegalStateException("the schema " + RESOURCE + " can't be read", e);
    }
  }

  private static PropertyMapBuilder properties(ErrorHandler errors) {
    PropertyMapBuilder properties = new PropertyMapBuilder();
    properties.put(ValidateProperty.ERROR_HANDLER, errors);
    return properties;
  }

  /**
   * Holds a document against the schema.
   *
   * @param document its name in messages
   * @param xml its text, which has been read before and is well-formed and without document type
   * @throws InvalidXmlException with the first thing that is wrong
   */
  static void validate(String document, String xml) {
    Errors errors = new Errors();
    Validator validator = SCHEMA.createValidator(properties(errors).toPropertyMap());
    try {
      XMLReader reader = reader();
      reader.setContentHandler(validator.getContentHandler());
      if (validator.getDTDHandler() != null) {
        reader.setDTDHandler(validator.getDTDHandler());
      }
      reader.setErrorHandler(errors);
      reader.parse(new InputSource(new StringReader(xml)));
    } catch (SAXParseException e) {
      throw invalid(document, e);
    } catch (SAXException | IOException | ParserConfigurationException e) {
      throw new IllegalStateException("a document in memory can't be read", e);
    }
    if (!errors.found.isEmpty()) {
      throw invalid(document, errors.found.get(0));
    }
  }

  private static XMLReader reader() throws SAXException, ParserConfigurationException {
    SAXParserFactory factory = SAXParserFactory.newDefaultInstance();
    factory.setNamespaceAware(true);
    factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
    return factory.newSAXParser().getXMLReader();
  }

  private static InvalidXmlException invalid(String document, SAXParseException e) {
    return new InvalidXmlException(
        new Place(document, Math.max(1, e.getLineNumber()), Math.max(1, e.getColumnNumber())),
        e.getMessage());
  }

  private static final class Errors implements ErrorHandler {
    final List<SAXParseException> found = new ArrayList<>();

    @Override
    public void warning(SAXParseException e) {
      // RELAX NG has none
    }

    @Override
    public void error(SAXParseException e) {
      if (found.size() < MAX_ERRORS) {
        found.add(e);
      }
    }

    @Override
    public void fatalError(SAXParseException e) throws SAXException {
      throw e;
    }
  }
}
