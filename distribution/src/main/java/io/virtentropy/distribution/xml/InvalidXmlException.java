package io.virtentropy.distribution.xml;

/**
 * A document that can't be accepted. The message is one sentence for people: where, what was given,
 * and what is accepted. Nothing has changed when it is thrown.
 */
public final class InvalidXmlException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /** As much as is told of what is wrong, of which most may be what was given. */
  private static final int MAX_CHARACTERS = 400;

  private final transient Place place;

  /**
   * Creates the exception.
   *
   * @param place where in the document
   * @param problem what is wrong with it, as the rest of a sentence
   */
  public InvalidXmlException(Place place, String problem) {
    super(place + ": " + printable(problem));
    this.place = place;
  }

  /**
   * What was given is quoted, and may be long, or made to look like something else on a terminal or
   * in a log: what isn't a printed character is told by its number.
   */
  private static String printable(String problem) {
    StringBuilder line = new StringBuilder();
    int[] characters = problem.codePoints().limit(MAX_CHARACTERS + 1L).toArray();
    int shown = Math.min(characters.length, MAX_CHARACTERS);
    for (int i = 0; i < shown; i++) {
      if (Printable.isPrintable(characters[i])) {
        line.appendCodePoint(characters[i]);
      } else {
        line.append(String.format("\\u%04x", characters[i]));
      }
    }
    return shown < characters.length ? line.append('…').toString() : line.toString();
  }

  /** {@return where in the document} */
  public Place place() {
    return place;
  }
}
