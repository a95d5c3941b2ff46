package io.virtentropy.rdrandemulation;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.ratelimit.NanoClock;
import io.virtentropy.ratelimit.RateLimiter;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * The random numbers of one virtual machine: which source serves which instruction, how fast, and
 * the few bytes that lie ready.
 *
 * <pre>{@code
 * VmEntropy numbers =
 *     VmEntropy.builder(BuiltinBackend.open())
 *         .seedSource(EntropyBackends.open("random:/dev/hwrng"))
 *         .limiter(limiter) // the one that the machine's virtio device has
 *         .build();
 * }</pre>
 *
 * <p><b>Never blocks.</b> A source without bytes at hand is given one request, and draws end with
 * {@link Outcome#NOT_NOW} until it is complete. A source that fails is left alone for 10 ms,
 * doubling up to 1 s; draws end with {@link Outcome#FAILED} meanwhile. A limit that does not grant
 * a whole number grants none of it.
 *
 * <p><b>Seeds.</b> {@link Grade#SEED} is served from its own source only, named by {@link
 * Builder#seedSource}: without one there are no seeds, and RDSEED is better hidden from the guest.
 * Nothing is fetched ahead for it but 16 bytes, and a source that repeats itself in them counts as
 * failed.
 *
 * <p><b>Bytes.</b> A number of n bytes takes the next n bytes of the source's stream, in
 * little-endian order, and is wiped here as it is delivered; a draw that fails takes none. What
 * lies ready belongs to this machine alone. After a snapshot was restored, or the machine cloned,
 * call {@link #discard} in each copy before it runs: the bytes are then nobody's.
 *
 * <p><b>Threads.</b> One at a time, not always the same. A machine whose virtual CPUs run at the
 * same time has one of these per CPU, each with a source of its own, and one limit for all through
 * {@link io.virtentropy.ratelimit.SharedLimiter}.
 */
public final class VmEntropy implements RandomNumbers, AutoCloseable {
  /** Bytes fetched ahead for {@link Grade#RANDOM}, unless told otherwise: 32 long numbers. */
  public static final int DEFAULT_PREFETCH = 256;

  /** The most that may be fetched ahead: what a snapshot throws away, and a clone must not keep. */
  public static final int MAX_PREFETCH = 4096;

  private final RandomCounters counters = new RandomCounters();
  private final Supply random;

  /** Null if nothing may serve as a seed. */
  private final Supply seed;

  /** Null if there is no limit: the usual case costs no call. */
  private final RateLimiter limiter;

  private Outcome outcome = Outcome.NOT_NOW;
  private boolean closed;

  private VmEntropy(Builder plan) {
    random =
        new Supply(plan.source, plan.prefetch, false, plan.clock, counters, plan.onSourceFailure);
    seed =
        plan.seedSource == null
            ? null
            : new Supply(
                plan.seedSource, Supply.PAIR, true, plan.clock, counters, plan.onSourceFailure);
    limiter = plan.limiter == RateLimiter.unlimited() ? null : plan.limiter;
  }

  /**
   * Starts with the source of {@link Grade#RANDOM}.
   *
   * @param source the source; stays the caller's to close
   * @return a builder
   */
  public static Builder builder(EntropyBackend source) {
    return new Builder(source);
  }

  @Override
  public long next(Grade grade, int bytes) {
    if (bytes < 1 || bytes > Long.BYTES) {
      throw new IllegalArgumentException(bytes + " bytes in a number; 1 to 8 is accepted");
    }
    boolean asSeed = grade == Grade.SEED;
    Supply supply = asSeed ? seed : random;
    if (supply == null || closed) {
      return none(asSeed, Outcome.FAILED);
    }
    Outcome prepared = supply.prepare(bytes);
    if (prepared != Outcome.DELIVERED) {
      return none(asSeed, prepared);
    }
    if (limiter != null && !granted(bytes)) {
      counters.add(RandomCounter.THROTTLED, 1);
      return none(asSeed, Outcome.NOT_NOW);
    }
    long value = supply.take(bytes);
    counters.add(asSeed ? RandomCounter.SEED_DELIVERED : RandomCounter.RANDOM_DELIVERED, 1);
    counters.add(RandomCounter.BYTES, bytes);
    outcome = Outcome.DELIVERED;
    return value;
  }

  private boolean granted(int bytes) {
    long granted = limiter.acquireUpTo(bytes);
    if (granted == bytes) {
      return true;
    }
    limiter.refund(granted);
    return false;
  }

  private long none(boolean asSeed, Outcome why) {
    counters.add(asSeed ? RandomCounter.SEED_UNDERFLOWS : RandomCounter.RANDOM_UNDERFLOWS, 1);
    outcome = why;
    return 0;
  }

  @Override
  public Outcome outcome() {
    return outcome;
  }

  /**
   * Says whether there is a source for seeds. Without one RDSEED and its like never succeed, and
   * the guest should not be told that it has them.
   *
   * @return true if {@link Builder#seedSource} was given
   */
  public boolean offersSeeds() {
    return seed != null;
  }

  /**
   * Wipes what lies ready and gives up what was asked of the source: after a snapshot was restored
   * or the machine was cloned, in every copy and before the guest runs, and at a reset. There is
   * nothing to save in a snapshot.
   */
  public void discard() {
    random.discard();
    if (seed != null) {
      seed.discard();
    }
  }

  /**
   * What was counted.
   *
   * @return the counters, alive
   */
  public RandomCounters counters() {
    return counters;
  }

  /** Wipes and gives up as {@link #discard} does; every later draw fails. Idempotent. */
  @Override
  public void close() {
    closed = true;
    discard();
  }

  @Override
  public String toString() {
    return "VmEntropy[" + counters + "]";
  }

  /** What a machine's numbers are made of. */
  public static final class Builder {
    private final EntropyBackend source;
    private EntropyBackend seedSource;
    private RateLimiter limiter = RateLimiter.unlimited();
    private NanoClock clock = NanoClock.system();
    private int prefetch = DEFAULT_PREFETCH;
    private Consumer<EntropySourceException> onSourceFailure = failure -> {};

    private Builder(EntropyBackend source) {
      this.source = Objects.requireNonNull(source, "source");
    }

    /**
     * Names the source that may serve as a seed: one whose bytes are full entropy, such as a
     * hardware generator or the operating system's, not a generator that somebody else seeded once.
     * May be the same object as the other source.
     *
     * @param value the source; stays the caller's to close
     * @return this
     */
    public Builder seedSource(EntropyBackend value) {
      seedSource = Objects.requireNonNull(value, "seedSource");
      return this;
    }

    /**
     * Limits how fast numbers are delivered; the object may be the one that limits the machine's
     * virtio device, so that both draw from one allowance. It must be able to grant 8 bytes at
     * once, or the long forms never succeed.
     *
     * @param value the limit
     * @return this
     */
    public Builder limiter(RateLimiter value) {
      limiter = Objects.requireNonNull(value, "limiter");
      return this;
    }

    /**
     * Sets the clock of the pauses after a source's failure.
     *
     * @param value the clock; the host's if not called
     * @return this
     */
    public Builder clock(NanoClock value) {
      clock = Objects.requireNonNull(value, "clock");
      return this;
    }

    /**
     * Sets how many bytes are fetched at a time for {@link Grade#RANDOM}.
     *
     * @param bytes 8 to {@link #MAX_PREFETCH}; {@link #DEFAULT_PREFETCH} if not called
     * @return this
     * @throws IllegalArgumentException if it is out of range
     */
    public Builder prefetch(int bytes) {
      if (bytes < Long.BYTES || bytes > MAX_PREFETCH) {
        throw new IllegalArgumentException(
            "prefetch of " + bytes + " bytes; 8 to " + MAX_PREFETCH + " is accepted");
      }
      prefetch = bytes;
      return this;
    }

    /**
     * Sets who is told when a source fails, for a log: at most once per pause, on the thread that
     * draws. Must not throw.
     *
     * @param listener told why
     * @return this
     */
    public Builder onSourceFailure(Consumer<EntropySourceException> listener) {
      onSourceFailure = Objects.requireNonNull(listener, "listener");
      return this;
    }

    /**
     * Builds; nothing is drawn from the sources yet.
     *
     * @return the machine's numbers
     */
    public VmEntropy build() {
      return new VmEntropy(this);
    }
  }
}
