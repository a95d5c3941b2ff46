package io.virtentropy.ratelimit;

/**
 * A source of monotonic time in nanoseconds.
 *
 * <p>Every limiter, time-out and device of the project is given one, because a guest's time may run
 * faster or slower than the host's, stop, or jump forward with a restored snapshot. Readings follow
 * the rules of {@link System#nanoTime()}: the origin is arbitrary, the value may be negative, and
 * two readings are compared by subtraction.
 *
 * <p>Implementations are called on whichever thread drives the object that holds the clock.
 */
@FunctionalInterface
public interface NanoClock {
  /**
   * Reads the clock.
   *
   * @return the current instant in nanoseconds from an arbitrary origin; never less than an earlier
   *     reading, in the sense of subtraction
   */
  long nanoTime();

  /**
   * The host's monotonic clock.
   *
   * @return a clock that reads {@link System#nanoTime()}
   */
  static NanoClock system() {
    return System::nanoTime;
  }
}
