package io.virtentropy.backends.derived;

import java.util.Objects;

/**
 * How one of several sources is.
 *
 * @param name its string form
 * @param state what it does
 * @param serving whether what is delivered comes from it: of sources that fall over to each other,
 *     the one that delivered last; of mixed ones, all that work
 * @param delivered bytes drawn from it, those included that only showed that it had come back
 * @param failures how often it failed when it was asked
 * @param since the instant of the clock at which it came into its state; meaningless if untried
 * @param retryAt the instant before which it is not asked again; meaningless unless in quarantine
 * @param failure what it failed with last, in words; empty if it never did
 */
public record SourceStatus(
    String name,
    State state,
    boolean serving,
    long delivered,
    long failures,
    long since,
    long retryAt,
    String failure) {

  /** What a source does. */
  public enum State {
    /** It has not been asked yet. */
    UNTRIED,
    /** It gave bytes when it was last asked, or has yet to answer. */
    WORKING,
    /** It was asked so long ago that it should have answered, and somebody waits for it. */
    SLOW,
    /** It failed, and is left alone until its pause is over and it has shown that it works. */
    QUARANTINED
  }

  /**
   * Checks that nothing is null.
   *
   * @param name its string form
   * @param state what it does
   * @param serving whether it is what is delivered
   * @param delivered bytes drawn from it
   * @param failures how often it failed
   * @param since when it came into its state
   * @param retryAt when it is asked again
   * @param failure what it failed with last
   */
  public SourceStatus {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(state, "state");
    Objects.requireNonNull(failure, "failure");
  }
}
