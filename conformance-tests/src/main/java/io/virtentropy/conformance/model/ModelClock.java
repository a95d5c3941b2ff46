package io.virtentropy.conformance.model;

/** The machine's virtual clock, and the one timer that the device sets on it. */
final class ModelClock {
  private static final long NANOS_PER_MILLI = 1_000_000;
  private static final long NOT_SET = -1;

  private long nanos;
  private long deadline = NOT_SET;

  /** Sets the timer, or sets it anew. Timers know milliseconds. */
  void setTimer(long millis) {
    deadline = (nanos / NANOS_PER_MILLI + millis) * NANOS_PER_MILLI;
  }

  /** Moves on, but not beyond the timer, and returns by how much. */
  long advance(long most) {
    long step = deadline == NOT_SET ? most : Math.min(most, deadline - nanos);
    nanos += step;
    return step;
  }

  /** Whether the timer has come due; it is then no longer set. */
  boolean takeDue() {
    boolean due = deadline != NOT_SET && nanos >= deadline;
    if (due) {
      deadline = NOT_SET;
    }
    return due;
  }
}
