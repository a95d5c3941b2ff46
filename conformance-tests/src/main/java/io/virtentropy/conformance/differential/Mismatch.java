package io.virtentropy.conformance.differential;

import java.util.List;

/**
 * A difference that nothing explains, or a device that died.
 *
 * @param script the steps up to and with the one after which it was seen
 * @param text what was seen on either side
 */
public record Mismatch(List<Step> script, String text) {
  /**
   * Makes a mismatch.
   *
   * @param script the steps up to and with the one after which it was seen
   * @param text what was seen on either side
   */
  public Mismatch {
    script = List.copyOf(script);
  }

  @Override
  public String toString() {
    StringBuilder lines = new StringBuilder("after the last of these steps\n");
    script.forEach(step -> lines.append("  ").append(step).append('\n'));
    return lines.append("the two differ:\n").append(text).toString();
  }
}
