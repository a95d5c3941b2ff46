package io.virtentropy.conformance.egd;

import java.util.Objects;

/**
 * A quirk that a server has.
 *
 * @param quirk what it does
 * @param limit how much it takes before it does, where the quirk is about an amount; else 0
 * @param reason why it does, in one sentence
 */
public record EgdDeviation(EgdQuirk quirk, int limit, String reason) {
  /**
   * Makes a deviation.
   *
   * @param quirk what the server does
   * @param limit how much it takes before it does
   * @param reason why it does
   */
  public EgdDeviation {
    Objects.requireNonNull(quirk, "quirk");
    Objects.requireNonNull(reason, "reason");
    if (limit < 0) {
      throw new IllegalArgumentException("a limit of " + limit + "; 0 or more is accepted");
    }
  }

  /**
   * Makes a deviation that is not about an amount.
   *
   * @param quirk what the server does
   * @param reason why it does
   */
  public EgdDeviation(EgdQuirk quirk, String reason) {
    this(quirk, 0, reason);
  }
}
