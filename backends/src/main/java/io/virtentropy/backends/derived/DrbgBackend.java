package io.virtentropy.backends.derived;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropyBackendProvider;
import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.backends.EntropySourceException.Reason;
import io.virtentropy.backends.SourceOpener;
import io.virtentropy.backends.SourceSettings;
import io.virtentropy.backends.SourceSpec;
import io.virtentropy.ratelimit.NanoClock;
import java.time.Duration;
import java.util.Objects;

/**
 * The {@code drbg} source: a generator seeded, and seeded again, from another source, for bulk
 * demand on a slow one. It delivers some gigabytes per second from 64 bytes of seed now and then.
 *
 * <p>The generator is {@code KeystreamBlock}: AES-256-CTR with fast key erasure. Its rules:
 *
 * <ul>
 *   <li>Nothing is delivered before the first seed of 64 bytes has come.
 *   <li>After {@link Builder#reseedBytes} or {@link Builder#reseedAfter}, whichever comes first,
 *       the next block asks for a new seed. While that does not come the old one is used on.
 *   <li>At {@value #HARD_LIMIT_FACTOR} times either limit it is not used on any longer: the source
 *       waits for a seed, or fails with what its source fails with.
 *   <li>A seed is added to the state rather than replacing it: a bad one makes nothing worse.
 *   <li>With {@link Builder#predictionResistance} every delivery of up to 64 KiB is made from a
 *       seed of its own.
 * </ul>
 *
 * <p>The limits are looked at when a block of 64 KiB is made. What is left of a block when its time
 * is over is delivered all the same.
 */
public final class DrbgBackend {
  /** How many times a reseed limit may be passed while no seed comes. */
  public static final int HARD_LIMIT_FACTOR = 64;

  /** A new seed is asked for after so many bytes unless set otherwise: 64 MiB. */
  public static final long DEFAULT_RESEED_BYTES = 64L << 20;

  /** A new seed is asked for after this time unless set otherwise: a minute, as Linux does. */
  public static final Duration DEFAULT_RESEED_AFTER = Duration.ofMinutes(1);

  /**
   * The bounds of {@link Builder#reseedBytes}: a block, and 2^32 blocks of AES as SP 800-38D has.
   */
  private static final long LEAST_BYTES = KeystreamBlock.BLOCK_BYTES;

  private static final long MOST_BYTES = 1L << 36;
  private static final Duration LEAST_TIME = Duration.ofMillis(1);
  private static final Duration MOST_TIME = Duration.ofDays(1);

  private DrbgBackend() {}

  /**
   * Starts to build a generator.
   *
   * @param source where its seeds come from; from now on the generator's, which closes it
   * @return a builder
   */
  public static Builder builder(EntropyBackend source) {
    return new Builder(source);
  }

  /** Collects the settings of a generator. */
  public static final class Builder {
    private final EntropyBackend source;
    private long reseedBytes = DEFAULT_RESEED_BYTES;
    private Duration reseedAfter = DEFAULT_RESEED_AFTER;
    private boolean predictionResistance;
    private NanoClock clock = NanoClock.system();

    private Builder(EntropyBackend source) {
      this.source = Objects.requireNonNull(source, "source");
    }

    /**
     * Sets after how many bytes a new seed is asked for.
     *
     * @param bytes 65536 to 2^36; {@link #DEFAULT_RESEED_BYTES} unless set
     * @return this
     */
    public Builder reseedBytes(long bytes) {
      reseedBytes = bytes;
      return this;
    }

    /**
     * Sets after what time a new seed is asked for.
     *
     * @param time a millisecond to a day; {@link #DEFAULT_RESEED_AFTER} unless set
     * @return this
     */
    public Builder reseedAfter(Duration time) {
      reseedAfter = Objects.requireNonNull(time, "time");
      return this;
    }

    /**
     * Makes every delivery from a seed of its own, so that it is as fresh as the source's bytes and
     * not faster than the source delivers 64 of them.
     *
     * @param on whether to; false unless set
     * @return this
     */
    public Builder predictionResistance(boolean on) {
      predictionResistance = on;
      return this;
    }

    /**
     * Sets the clock of {@link #reseedAfter}.
     *
     * @param time the clock; the host's unless set
     * @return this
     */
    public Builder clock(NanoClock time) {
      clock = Objects.requireNonNull(time, "time");
      return this;
    }

    /**
     * Makes the generator. It asks for its first seed when it is asked for bytes.
     *
     * @return the source
     * @throws IllegalArgumentException if a limit is out of its range
     */
    public EntropyBackend build() {
      if (reseedBytes < LEAST_BYTES || reseedBytes > MOST_BYTES) {
        throw new IllegalArgumentException(
            "a new seed after "
                + reseedBytes
                + " bytes; "
                + LEAST_BYTES
                + " to "
                + MOST_BYTES
                + " is accepted");
      }
      if (reseedAfter.compareTo(LEAST_TIME) < 0 || reseedAfter.compareTo(MOST_TIME) > 0) {
        throw new IllegalArgumentException(
            "a new seed after "
                + reseedAfter
                + "; "
                + LEAST_TIME
                + " to "
                + MOST_TIME
                + " is accepted");
      }
      return new DerivedBackend(
          "drbg(" + source + ")",
          wakeUp ->
              new SeededGenerator(
                  new Intake(source, wakeUp),
                  reseedBytes,
                  reseedAfter.toNanos(),
                  predictionResistance,
                  clock));
    }
  }

  /** Makes {@code drbg(SOURCE)} known by name. */
  public static final class Provider implements EntropyBackendProvider {
    private static final String BYTES = "reseed-bytes";
    private static final String AFTER = "reseed-after";
    private static final String RESISTANCE = "prediction-resistance";

    /** Called by the service loader. */
    public Provider() {}

    @Override
    public String name() {
      return "drbg";
    }

    @Override
    public String usage() {
      return "drbg(SOURCE)";
    }

    @Override
    public EntropyBackend open(SourceSpec spec, SourceOpener opener) {
      if (!spec.argument().isEmpty() || spec.sources().size() != 1) {
        throw new EntropySourceException(
            Reason.UNSUITABLE, "'" + spec + "' is not a generator; drbg(SOURCE) is accepted");
      }
      SourceSettings settings = SourceSettings.of(spec, BYTES, AFTER, RESISTANCE);
      long bytes = settings.bytes(BYTES, DEFAULT_RESEED_BYTES, LEAST_BYTES, MOST_BYTES);
      long nanos = settings.nanos(AFTER, DEFAULT_RESEED_AFTER, LEAST_TIME, MOST_TIME);
      boolean resistance = settings.isOn(RESISTANCE, false);
      return builder(opener.open(spec.sources().get(0)))
          .reseedBytes(bytes)
          .reseedAfter(Duration.ofNanos(nanos))
          .predictionResistance(resistance)
          .build();
    }
  }
}
