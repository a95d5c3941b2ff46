package io.virtentropy.distribution.xml;

import java.util.Objects;

/**
 * Where something stands in a document.
 *
 * @param document the name of the document: a file's path, or what else a person knows it by
 * @param line counted from 1
 * @param column counted from 1
 */
public record Place(String document, int line, int column) {
  /**
   * Checks the name.
   *
   * @param document the name of the document
   * @param line counted from 1
   * @param column counted from 1
   */
  public Place {
    Objects.requireNonNull(document, "document");
  }

  @Override
  public String toString() {
    return document + ":" + line + ":" + column;
  }
}
