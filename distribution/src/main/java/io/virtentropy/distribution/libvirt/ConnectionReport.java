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
 * @param waitingNanos for how long libvirt has owed the answer to a call, in nanoseconds; 0 if it
 *     owes none. Guests that start meanwhile are not known yet
 */
public record ConnectionReport(
    boolean connected,
    String message,
    long connects,
    long losses,
    long reads,
    int domains,
    long waitingNanos) {
  /**
   * Checks that nothing is null.
   *
   * @param connected whether it stands
   * @param message why it doesn't
   * @param connects how often it was made
   * @param losses how often it was lost
   * @param reads how often a domain's XML was read
   * @param domains how many domains run
   * @param waitingNanos for how long libvirt has owed an answer
   */
  public ConnectionReport {
    Objects.requireNonNull(message, "message");
  }

  ConnectionReport waiting(long nanos) {
    return new ConnectionReport(connected, message, connects, losses, reads, domains, nanos);
  }
}
