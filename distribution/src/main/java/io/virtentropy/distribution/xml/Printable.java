package io.virtentropy.distribution.xml;

/** Which characters show as what they are, on a terminal and in a log. */
public final class Printable {
  private Printable() {}

  /**
   * Tells whether a character is seen, and neither turns nor splits the line it is printed in.
   *
   * @param character a code point
   * @return whether it is
   */
  public static boolean isPrintable(int character) {
    return switch (Character.getType(character)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE ->
          false;
      default -> true;
    };
  }
}
