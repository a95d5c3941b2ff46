package io.virtentropy.ratelimit;

/** Grants whatever is asked for. */
enum Unlimited implements RateLimiter {
  INSTANCE;

  private static final byte[] NO_STATE = {};

  @Override
  public long acquireUpTo(long wanted) {
    return Amounts.requirePositive(wanted);
  }

  @Override
  public long acquireAtLeast(long least, long wanted) {
    Amounts.requireRange(least, wanted);
    return wanted;
  }

  @Override
  public void refund(long bytes) {
    Amounts.requireNotNegative(bytes);
  }

  @Override
  public long nanosUntil(long bytes) {
    Amounts.requirePositive(bytes);
    return 0;
  }

  @Override
  public byte[] saveState() {
    return NO_STATE;
  }

  @Override
  public void restoreState(byte[] state) {
    if (state.length != 0) {
      throw new IllegalArgumentException(
          "the unlimited limiter has no state, but was given " + state.length + " bytes of it");
    }
  }
}
