package io.virtentropy.distribution.xml;

/**
 * A document that can't be accepted. The message is one sentence for people: where, what was given,
 * and what is accepted. Nothing has changed when it is thrown.
 */
public final class InvalidXmlException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final transient Place place;

  /**
   * Creates the exception.
   *
   * @param place where in the document
   * @param problem what is wrong with it, as the rest of a sentence
   */
  public InvalidXmlException(Place place, String problem) {
    super(place + ": " + problem);
    this.place = place;
  }

  /** {@return where in the document} */
  public Place place() {
    return place;
  }
}
