package io.virtentropy.conformance.spec;

import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * A way in which a device is known to differ from the specification.
 *
 * @param id short and stable, such as {@code QEMU-03}
 * @param title what it does, in one sentence
 * @param reason why that is a deviation, and what follows from it
 * @param rows ids of the requirements that fail because of it; empty if none of this suite shows it
 * @param replay a few lines that show it to the device's developers, in a language of theirs
 */
public record Deviation(
    String id, String title, String reason, Set<String> rows, List<String> replay) {
  /**
   * Makes a deviation.
   *
   * @param id short and stable
   * @param title what it does, in one sentence
   * @param reason why that is a deviation
   * @param rows ids of the requirements that fail because of it
   * @param replay lines that show it
   */
  public Deviation {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(title, "title");
    Objects.requireNonNull(reason, "reason");
    rows = Set.copyOf(rows);
    replay = List.copyOf(replay);
  }
}
