package io.virtentropy.virtio.bench;

import io.virtentropy.ratelimit.NanoClock;
import io.virtentropy.ratelimit.RateLimiter;
import java.nio.ByteBuffer;

/**
 * So many bytes in each period of a clock, beginning at its first reading. Counts what it is asked.
 */
public final class WindowLimiter implements RateLimiter {
  private final NanoClock clock;
  private final long bytes;
  private final long period;
  private long start;
  private long left;
  private long granted;
  private long refunded;

  /** A quota that is full at the beginning of each period. */
  public WindowLimiter(NanoClock clock, long bytes, long periodNanos) {
    this.clock = clock;
    this.bytes = bytes;
    this.period = periodNanos;
    this.start = clock.nanoTime();
    this.left = bytes;
  }

  /** All that was granted. */
  public long granted() {
    return granted;
  }

  /** All that was given back. */
  public long refunded() {
    return refunded;
  }

  /** What is left of this period. */
  public long left() {
    roll();
    return left;
  }

  private void roll() {
    long passed = (clock.nanoTime() - start) / period;
    if (passed > 0) {
      start += passed * period;
      left = bytes;
    }
  }

  @Override
  public long acquireUpTo(long wanted) {
    roll();
    long got = Math.min(wanted, left);
    left -= got;
    granted += got;
    return got;
  }

  @Override
  public void refund(long amount) {
    refunded += amount;
    left = Math.min(bytes, left + amount);
  }

  @Override
  public long nanosUntil(long wanted) {
    roll();
    return left >= Math.min(wanted, bytes) ? 0 : start + period - clock.nanoTime();
  }

  @Override
  public byte[] saveState() {
    return ByteBuffer.allocate(8).putLong(left).array();
  }

  @Override
  public void restoreState(byte[] state) {
    if (state.length != 8) {
      throw new IllegalArgumentException(state.length + " bytes; 8 are accepted");
    }
    left = ByteBuffer.wrap(state).getLong();
    start = clock.nanoTime();
  }
}
