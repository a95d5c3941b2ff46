package io.virtentropy.conformance.model;

/**
 * How many bytes the device may still give until its timer: {@code max-bytes} and {@code period} as
 * QEMU counts them. What is charged may exceed what is left, and less than nothing is no limit.
 */
final class Allowance {
  private static final long MOST_SCANNED = 0xffff_ffffL;

  private final long maxBytes;
  private final long periodMillis;
  private final ModelClock clock;
  private long left;
  private boolean mayArm = true;

  Allowance(long maxBytes, long periodMillis, ModelClock clock) {
    this.maxBytes = maxBytes;
    this.periodMillis = periodMillis;
    this.clock = clock;
    this.left = maxBytes;
  }

  /** Starts a period with the first pass after the last one ended, and no sooner. */
  void passBegins() {
    if (mayArm) {
      clock.setTimer(periodMillis);
      mayArm = false;
    }
  }

  /** After how many bytes of buffers a pass may stop looking for more. */
  long scanLimit() {
    if (left < 0) {
      return 0;
    }
    return Math.min(left, MOST_SCANNED);
  }

  /** How many bytes to ask for: the smaller one, unsigned, so less than nothing is very much. */
  long request(long buffers) {
    return Long.compareUnsigned(left, buffers) < 0 ? left : buffers;
  }

  void charge(long bytes) {
    left -= bytes;
  }

  /** The period is over: all is there again, and nothing more. */
  void refill() {
    left = maxBytes;
  }

  /** After the pass that follows a refill. */
  void refilled() {
    mayArm = true;
  }
}
