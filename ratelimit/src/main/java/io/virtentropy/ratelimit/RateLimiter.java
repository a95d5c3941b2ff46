package io.virtentropy.ratelimit;

/**
 * What a consumer of entropy sees of any limit: a quota window, a token bucket, or one leaf of a
 * hierarchical token bucket.
 *
 * <p>A consumer asks for up to as many bytes as it could use, delivers at most what was granted,
 * and hands back the rest at once. When nothing was granted it asks how long to wait and comes back
 * then: a grant of at least one byte succeeds at that instant and not a nanosecond before, unless
 * another consumer of the same limit took it first.
 *
 * <p>A limiter belongs to one thread at a time, like the device that holds it. It takes no lock and
 * allocates nothing in {@link #acquireUpTo}, {@link #acquireAtLeast}, {@link #refund} and {@link
 * #nanosUntil}.
 */
public interface RateLimiter {
  /** What {@link #nanosUntil} answers when no passage of time can bring the bytes. */
  long NEVER = Long.MAX_VALUE;

  /**
   * Takes up to {@code wanted} bytes.
   *
   * @param wanted how many bytes could be used now, 1 or more
   * @return how many bytes may be delivered, 0 to {@code wanted}
   * @throws IllegalArgumentException if {@code wanted} is not positive
   */
  long acquireUpTo(long wanted);

  /**
   * Takes {@code least} to {@code wanted} bytes, or none: for a consumer that can't use fewer. More
   * than the limit ever holds at once is not waited for in vain: such a limit grants what it holds
   * when it is full, or, if it knows debts, {@code least} bytes then.
   *
   * <p>A limiter for several consumers should have its own way of doing this. The one that is given
   * here takes what there is and gives it back, which counts as a turn where there are turns.
   *
   * @param least the fewest bytes that are of use, 1 or more
   * @param wanted how many bytes could be used now, {@code least} or more
   * @return how many bytes may be delivered; 0 if {@link #nanosUntil nanosUntil(least)} has to go
   *     by first
   * @throws IllegalArgumentException if the numbers are out of range
   */
  default long acquireAtLeast(long least, long wanted) {
    Amounts.requireRange(least, wanted);
    long granted = acquireUpTo(wanted);
    if (granted >= least || granted == 0) {
      return granted;
    }
    refund(granted);
    // No wait means that as much is there as the limit ever holds.
    return nanosUntil(least) == 0 ? acquireUpTo(wanted) : 0;
  }

  /**
   * Gives back bytes that were granted and not delivered.
   *
   * @param bytes how many, 0 up to what was granted and not yet refunded
   * @throws IllegalArgumentException if {@code bytes} is negative
   */
  void refund(long bytes);

  /**
   * Says how long until bytes can be had, if nobody else takes any in the meantime.
   *
   * @param bytes how many bytes are waited for, 1 or more; more than the limit ever holds at once
   *     means as many as it ever holds
   * @return nanoseconds from now, rounded up; 0 if they can be had now; {@link #NEVER} if time
   *     alone can't bring them
   * @throws IllegalArgumentException if {@code bytes} is not positive
   */
  long nanosUntil(long bytes);

  /**
   * Says that nobody waits for bytes any more: for a consumer that was reset. A limit that keeps
   * something ready for those who were refused gives it to others; most have nothing to do.
   */
  default void withdraw() {}

  /**
   * Saves what a restored device must know of the past, so that a snapshot doesn't refill a quota.
   *
   * @return a self-describing, versioned copy of the state; instants are saved relative to now
   */
  byte[] saveState();

  /**
   * Takes over a saved state.
   *
   * @param state what {@link #saveState} of a limiter with the same parameters returned; treated as
   *     untrusted
   * @throws IllegalArgumentException if the bytes are not such a state; nothing has changed then
   */
  void restoreState(byte[] state);

  /**
   * The limiter that grants everything.
   *
   * @return a limiter without state
   */
  static RateLimiter unlimited() {
    return Unlimited.INSTANCE;
  }
}
