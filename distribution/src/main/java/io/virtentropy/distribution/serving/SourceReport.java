package io.virtentropy.distribution.serving;

import io.virtentropy.backends.derived.SourceStatus;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;

/**
 * How one of a pool's sources is.
 *
 * @param name its string form
 * @param state {@code untried}, {@code working}, {@code slow} or {@code quarantined}
 * @param serving whether what is delivered comes from it
 * @param delivered bytes drawn from it since the pool was started
 * @param failures how often it failed when it was asked
 * @param stateNanos how long it has been in its state
 * @param retryNanos how long it is left alone; absent unless it is in quarantine
 * @param failure what it failed with last; empty if it never did
 */
public record SourceReport(
    String name,
    String state,
    boolean serving,
    long delivered,
    long failures,
    long stateNanos,
    OptionalLong retryNanos,
    String failure) {

  /** The words for the states. */
  public static final List<String> STATES =
      Arrays.stream(SourceStatus.State.values()).map(SourceReport::word).toList();

  private static String word(SourceStatus.State state) {
    return state.name().toLowerCase(Locale.ROOT);
  }

  static SourceReport of(SourceStatus status, long now) {
    boolean quarantined = status.state() == SourceStatus.State.QUARANTINED;
    boolean untried = status.state() == SourceStatus.State.UNTRIED;
    return new SourceReport(
        status.name(),
        word(status.state()),
        status.serving(),
        status.delivered(),
        status.failures(),
        untried ? 0 : now - status.since(),
        quarantined ? OptionalLong.of(Math.max(0, status.retryAt() - now)) : OptionalLong.empty(),
        status.failure());
  }
}
