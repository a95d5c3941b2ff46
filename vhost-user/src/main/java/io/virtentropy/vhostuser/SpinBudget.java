package io.virtentropy.vhostuser;

/**
 * How long to look for work before sleeping. A partner that sleeps costs tens of microseconds to
 * wake, one that looks a fraction of one; but looking in vain costs a processor.
 *
 * <p>So the time is earned: a kick that comes within the longest time after falling asleep would
 * have been caught by looking, and gives all of it; one that comes later halves it, until it is
 * nothing. A guest that asks once a second soon costs no more than its requests.
 */
final class SpinBudget {
  /** Below this, looking is not worth the two changes of suppression around it. */
  static final long LEAST_NANOS = 5_000;

  private final long most;
  private long budget;

  SpinBudget(long mostNanos) {
    if (mostNanos < 0) {
      throw new IllegalArgumentException(
          "a spin of " + mostNanos + " ns; 0, which is none, or more is accepted");
    }
    most = mostNanos;
    budget = mostNanos;
  }

  /** How long to look after the last work, in nanoseconds. */
  long nanos() {
    return budget;
  }

  /** Whether to look at all. */
  boolean isWorthwhile() {
    return budget >= LEAST_NANOS;
  }

  /** Takes the time between falling asleep and the kick that ended it. */
  void kickedAfter(long nanos) {
    if (nanos <= most) {
      budget = most;
    } else {
      budget /= 2;
    }
  }
}
