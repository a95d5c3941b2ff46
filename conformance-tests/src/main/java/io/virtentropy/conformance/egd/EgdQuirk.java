package io.virtentropy.conformance.egd;

/**
 * The ways in which EGD servers may differ from the model and still be held against the rest of it.
 * Nothing but a written description of a Perl program ever specified EGD, so some of these are
 * defects and some another reading.
 */
public enum EgdQuirk {
  /** Gives what came into its source last before what came first. */
  NEWEST_FIRST,
  /** May keep what there is for a read that waits until it has all of it, as ESDM does. */
  WAITING_READ_WHOLE,
  /** Doesn't answer all commands that were sent behind a read that waits. */
  STALLS_BEHIND_WAIT,
  /** Counts a client that went away while its read waited among those who wait. */
  KEEPS_THE_GONE_WAITING,
  /** Answers nothing after a contribution of no bytes. */
  STALLS_ON_EMPTY_WRITE,
  /** Answers nothing after more input without an answer than {@link EgdDeviation#limit} bytes. */
  STALLS_ON_LONG_INPUT,
  /** Ends a connection as soon as the client closes its sending side, whatever is owed. */
  DROPS_AT_HALF_CLOSE,
  /** Gives a process number that is none: it begins with a minus sign. */
  NEGATIVE_PID
}
