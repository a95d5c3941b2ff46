package io.virtentropy.conformance.spec;

/** How strongly a requirement binds, in the words of RFC 2119 and beyond them. */
public enum Strength {
  /** The specification says MUST. */
  MUST,
  /** The specification says MUST NOT. */
  MUST_NOT,
  /** The specification says SHOULD. */
  SHOULD,
  /** The specification says SHOULD NOT. */
  SHOULD_NOT,
  /** The specification defines it without a keyword; a driver counts on it just as much. */
  DEFINED,
  /** A rule for the driver; what is checked is that a driver who breaks it does no harm. */
  DRIVER,
  /** Not in the specification; what deployed drivers need. */
  PRACTICE;

  /**
   * Whether the specification itself uses one of its keywords.
   *
   * @return true for the MUSTs and SHOULDs
   */
  public boolean isKeyword() {
    return this == MUST || this == MUST_NOT || this == SHOULD || this == SHOULD_NOT;
  }

  /**
   * The keyword as it is printed.
   *
   * @return such as {@code MUST NOT}
   */
  public String text() {
    return switch (this) {
      case MUST_NOT -> "MUST NOT";
      case SHOULD_NOT -> "SHOULD NOT";
      case DEFINED -> "defined";
      case DRIVER -> "driver's rule";
      case PRACTICE -> "practice";
      case MUST, SHOULD -> name();
    };
  }
}
