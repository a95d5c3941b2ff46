package io.virtentropy.ratelimit;

import io.virtentropy.ratelimit.bucket.Bucket;
import io.virtentropy.ratelimit.state.StateLayout;
import io.virtentropy.ratelimit.state.StateReader;
import io.virtentropy.ratelimit.state.StateWriter;
import java.util.Objects;

/**
 * A limit on bytes, on operations, or on both, by buckets of tokens that fill evenly: the limit to
 * use where nobody insists on QEMU's windows.
 *
 * <pre>{@code
 * RateLimiter limit =
 *     TokenBucket.builder(clock)
 *         .bytes(Rate.perSecond(1024).withBurst(256)) // 1 KiB/s, at most 256 bytes at once
 *         .operations(Rate.perSecond(100))            // and at most 100 grants a second
 *         .oneTimeBurst(4096)                         // 4 KiB more, once, for the guest's boot
 *         .build();
 * }</pre>
 *
 * <p>A grant costs its bytes and one operation. It is made at once and for as many bytes as there
 * are; {@link #tryAcquire} is for callers that can't use a part. Waits are exact: a grant succeeds
 * at the announced nanosecond and not before.
 *
 * <p>What is asked for whole may be more than the bucket holds (as in Firecracker's limiter, and as
 * there so that nothing starves): it is granted once the bucket is full, and the excess becomes a
 * debt that has to be repaid before anything else is granted.
 *
 * <p>The arithmetic is exact at every legal value and doesn't drift: what is granted from one full
 * bucket to the next is what the rate says, to the byte, after years of nanoseconds too.
 *
 * <p>Belongs to one thread at a time. Allocates nothing, takes no lock and, unless it has to refuse
 * or cut a request, divides nothing while serving.
 */
public final class TokenBucket implements RateLimiter {
  private final NanoClock clock;

  /** Null if bytes, or operations, are not limited. */
  private Bucket bytes;

  private Bucket operations;
  private final long oneTimeBurst;
  private long oneTimeLeft;

  /** What the last grant took from where and has not got back; see {@link #refund}. */
  private long lastFromBucket;

  private long lastFromOneTime;

  private TokenBucket(Builder builder) {
    this.clock = builder.clock;
    long now = clock.nanoTime();
    this.bytes = builder.bytes == null ? null : bucket(builder.bytes, now);
    this.operations = builder.operations == null ? null : bucket(builder.operations, now);
    this.oneTimeBurst = builder.oneTimeBurst;
    this.oneTimeLeft = oneTimeBurst;
  }

  private static Bucket bucket(Rate rate, long now) {
    return new Bucket(rate.tokens(), rate.periodNanos(), rate.burst(), now);
  }

  /**
   * Starts to describe a token bucket.
   *
   * @param clock where time comes from
   * @return a builder
   */
  public static Builder builder(NanoClock clock) {
    return new Builder(clock);
  }

  @Override
  public long acquireUpTo(long wanted) {
    Amounts.requirePositive(wanted);
    return acquire(1, wanted);
  }

  /**
   * {@inheritDoc}
   *
   * <p>If {@code least} is more than the burst, so many are granted when the bucket is full, and
   * the excess is a debt.
   */
  @Override
  public long acquireAtLeast(long least, long wanted) {
    Amounts.requireRange(least, wanted);
    return acquire(least, wanted);
  }

  private long acquire(long least, long wanted) {
    if (!refillAndCheckOperation()) {
      return 0;
    }
    long fromOneTime = Math.min(wanted, oneTimeLeft);
    long fromBucket = wanted - fromOneTime;
    if (bytes != null) {
      long needed = Math.max(0, least - fromOneTime);
      if (needed > 0 && !bytes.holds(Math.min(needed, bytes.burst()))) {
        return 0;
      }
      fromBucket = Math.max(needed, bytes.upTo(fromBucket));
    }
    charge(fromOneTime, fromBucket);
    return fromOneTime + fromBucket;
  }

  /**
   * Takes so many bytes, or none. More than the burst is granted when the bucket is full, and
   * leaves a debt.
   *
   * @param wanted how many bytes, 1 or more
   * @return whether they may be delivered; if not, nothing has been taken
   * @throws IllegalArgumentException if {@code wanted} is not positive
   */
  public boolean tryAcquire(long wanted) {
    Amounts.requirePositive(wanted);
    return acquire(wanted, wanted) > 0;
  }

  /**
   * Gives back bytes that were granted and not delivered. A grant that gets all of its bytes back
   * gets its operation back too, if no other grant was made since.
   */
  @Override
  public void refund(long bytes) {
    long left = Amounts.requireNotNegative(bytes);
    if (left == 0) {
      return;
    }
    boolean open = lastFromBucket > 0 || lastFromOneTime > 0;
    long toOneTime = Math.min(Math.max(0, left - lastFromBucket), lastFromOneTime);
    oneTimeLeft += toOneTime;
    lastFromOneTime -= toOneTime;
    long toBucket = left - toOneTime;
    lastFromBucket -= Math.min(toBucket, lastFromBucket);
    if (this.bytes != null) {
      this.bytes.put(toBucket);
    }
    if (operations != null && open && lastFromBucket == 0 && lastFromOneTime == 0) {
      operations.put(1);
    }
  }

  @Override
  public long nanosUntil(long wanted) {
    Amounts.requirePositive(wanted);
    refill();
    long wait = operations == null ? 0 : operations.nanosUntil(1);
    long fromBucket = wanted - Math.min(wanted, oneTimeLeft);
    if (bytes != null && fromBucket > 0) {
      wait = Math.max(wait, bytes.nanosUntil(Math.min(fromBucket, bytes.burst())));
    }
    return wait;
  }

  @Override
  public byte[] saveState() {
    refill();
    StateWriter writer = new StateWriter(StateLayout.TOKEN_BUCKET);
    save(writer, bytes);
    save(writer, operations);
    return writer
        .number(oneTimeBurst)
        .number(oneTimeLeft)
        .number(lastFromBucket)
        .number(lastFromOneTime)
        .toByteArray();
  }

  @Override
  public void restoreState(byte[] state) {
    StateReader reader = new StateReader(state, StateLayout.TOKEN_BUCKET);
    long now = clock.nanoTime();
    Bucket savedBytes = restored(reader, bytes, "bytes", now);
    Bucket savedOperations = restored(reader, operations, "operations", now);
    reader.same("one-time burst", oneTimeBurst);
    long savedOneTime = reader.number("rest of the one-time burst", 0, oneTimeBurst);
    long savedFromBucket = reader.number("last grant", 0, Long.MAX_VALUE);
    long savedFromOneTime =
        reader.number("last grant's part of the one-time burst", 0, oneTimeBurst - savedOneTime);
    reader.end();
    bytes = savedBytes;
    operations = savedOperations;
    oneTimeLeft = savedOneTime;
    lastFromBucket = savedFromBucket;
    lastFromOneTime = savedFromOneTime;
  }

  private static void save(StateWriter writer, Bucket bucket) {
    writer.flag(bucket != null);
    if (bucket != null) {
      bucket.save(writer);
    }
  }

  private static Bucket restored(StateReader reader, Bucket bucket, String name, long now) {
    reader.same("limit of " + name, bucket != null ? 1 : 0);
    return bucket == null ? null : bucket.restored(reader, name, now);
  }

  private void refill() {
    long now = clock.nanoTime();
    if (bytes != null) {
      bytes.refill(now);
    }
    if (operations != null) {
      operations.refill(now);
    }
  }

  private boolean refillAndCheckOperation() {
    refill();
    return operations == null || operations.holds(1);
  }

  private void charge(long fromOneTime, long fromBucket) {
    oneTimeLeft -= fromOneTime;
    if (bytes != null) {
      bytes.take(fromBucket);
    }
    if (operations != null) {
      operations.take(1);
    }
    lastFromBucket = fromBucket;
    lastFromOneTime = fromOneTime;
  }

  /** Describes a token bucket. */
  public static final class Builder {
    private final NanoClock clock;
    private Rate bytes;
    private Rate operations;
    private long oneTimeBurst;

    private Builder(NanoClock clock) {
      this.clock = Objects.requireNonNull(clock, "clock");
    }

    /**
     * Limits bytes.
     *
     * @param rate a token is a byte
     * @return this builder
     */
    public Builder bytes(Rate rate) {
      this.bytes = Objects.requireNonNull(rate, "rate");
      return this;
    }

    /**
     * Limits operations: grants of at least one byte.
     *
     * @param rate a token is an operation
     * @return this builder
     */
    public Builder operations(Rate rate) {
      this.operations = Objects.requireNonNull(rate, "rate");
      return this;
    }

    /**
     * Adds bytes that are spent first and never come back.
     *
     * @param bytes how many, 0 or more
     * @return this builder
     */
    public Builder oneTimeBurst(long bytes) {
      this.oneTimeBurst = bytes;
      return this;
    }

    /**
     * Makes the token bucket, full.
     *
     * @return a new token bucket
     * @throws IllegalArgumentException if the numbers don't fit together
     */
    public TokenBucket build() {
      if (oneTimeBurst < 0) {
        throw new IllegalArgumentException(
            "the one-time burst is " + oneTimeBurst + " bytes; 0 or more is accepted");
      }
      if (bytes == null && operations == null) {
        throw new IllegalArgumentException(
            "a token bucket that limits neither bytes nor operations was asked for;"
                + " one of them, or RateLimiter.unlimited(), is accepted");
      }
      if (bytes == null && oneTimeBurst > 0) {
        throw new IllegalArgumentException(
            "a one-time burst of "
                + oneTimeBurst
                + " bytes without a limit on bytes; only 0 is accepted then");
      }
      return new TokenBucket(this);
    }
  }
}
