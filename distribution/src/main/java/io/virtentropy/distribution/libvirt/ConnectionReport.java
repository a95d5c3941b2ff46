package io.virtentropy.distribution.libvirt;

import java.util.Objects;

/**
 * How the connection to libvirt is.
 *
 * @param connected whether it stands, and its domains are known
 * @param message why it doesn't stand, in one sentence; empty if it does
 * @param connects how often it was made
 * @param losses how often it was lost
 * @param reads how often a domain's XML was read
 * @param domains how many domains run, as far as is known
 */
public record ConnectionReport(
    boolean connected, String message, long connects, long losses, long reads, int domains) {
  /**
   * Checks that nothing is null.
   *
   * @param connected whether it stands
   * @param message why it doesn't
   * @param connects how often it was made
   * @param losses how often it was lost
   * @param reads how often a domain's XML was read
   * @param domains how many domains run
   */
  public ConnectionReport {
    Objects.requireNonNull(message, "message");
  }
}
