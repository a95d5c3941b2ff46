package io.virtentropy.distribution.fuzz;

import io.virtentropy.distribution.xml.InvalidXmlException;
import java.util.regex.Pattern;

/** What a refusal looks like, whatever was refused. */
final class Refusals {
  static final String DOCUMENT = "d.xml";

  private static final Pattern SENTENCE = Pattern.compile("d\\.xml:[1-9]\\d*:[1-9]\\d*: .+");

  /** As long as a sentence may get by quoting what was given, six characters for each. */
  private static final int MAX_LENGTH = 2500;

  private Refusals() {}

  static void check(InvalidXmlException e) {
    String message = e.getMessage();
    if (!SENTENCE.matcher(message).matches()) {
      throw new AssertionError("refused without a sentence: " + message, e);
    }
    if (message.length() > MAX_LENGTH) {
      throw new AssertionError("refused with " + message.length() + " characters", e);
    }
  }

  /** Runs what may refuse with a sentence of its own. */
  static void orSays(Runnable translation) {
    try {
      translation.run();
    } catch (InvalidXmlException e) {
      throw new AssertionError("the document has been read already", e);
    } catch (IllegalArgumentException e) {
      if (e.getClass() != IllegalArgumentException.class || e.getMessage() == null) {
        throw new AssertionError("refused without a sentence: " + e, e);
      }
    }
  }
}
