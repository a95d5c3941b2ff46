package io.virtentropy.backends.derived;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropyBackendProvider;
import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.backends.EntropySourceException.Reason;
import io.virtentropy.backends.SourceOpener;
import io.virtentropy.backends.SourceSettings;
import io.virtentropy.backends.SourceSpec;
import io.virtentropy.backends.health.HealthCounters;
import io.virtentropy.backends.health.HealthLimits;
import io.virtentropy.ratelimit.NanoClock;
import java.time.Duration;
import java.util.Objects;

/**
 * The {@code health} source: a noise source under the tests of SP 800-90B. It stands around every
 * source that is opened by its string form and claims to be raw noise, such as {@code
 * random:/dev/hwrng}, unless that is told not to.
 *
 * <ul>
 *   <li><b>Start-up.</b> The first 1,024 bytes are tested and thrown away.
 *   <li><b>Continuous.</b> From then on bytes are read in windows of {@value HealthLimits#WINDOW},
 *       and none leaves before its whole window has passed the repetition count and the adaptive
 *       proportion test. The cut-offs are those of {@link HealthLimits} for the claimed
 *       min-entropy.
 *   <li><b>Quarantine.</b> A source that fails is not used: requests fail with {@link
 *       EntropySourceException.Reason#UNHEALTHY}. After ten seconds the start-up test is made anew;
 *       each failure doubles the time, up to ten minutes, until the source has been well for that
 *       long. The window that failed is wiped.
 *   <li><b>What the guest sees</b> is the operator's choice: with {@code health(…)} alone it waits;
 *       with {@code failover(random:/dev/hwrng,builtin)} the next source serves. It never sees the
 *       suspect bytes.
 *   <li><b>What the operator sees:</b> {@link HealthCounters}, a warning in the log, and the event
 *       {@code io.virtentropy.SourceQuarantined} in Flight Recorder, where the JVM has it.
 * </ul>
 */
public final class HealthBackend {
  /**
   * The claim that is assumed of a source that makes none, in bits per byte. Low, because a broken
   * source falls short of any claim, and one that claims too much raises false alarms.
   */
  public static final double DEFAULT_CLAIM = 1;

  /** The first quarantine unless set otherwise. */
  public static final Duration DEFAULT_QUARANTINE = Duration.ofSeconds(10);

  /** The longest quarantine, in nanoseconds. */
  static final long MOST_QUARANTINE_NANOS = Duration.ofMinutes(10).toNanos();

  private static final Duration LEAST_QUARANTINE = Duration.ofMillis(1);

  private HealthBackend() {}

  /**
   * Starts to put a source under test.
   *
   * @param source the noise source; from now on owned by what is built, which closes it
   * @return a builder
   */
  public static Builder builder(EntropyBackend source) {
    return new Builder(source);
  }

  /** Collects the settings. */
  public static final class Builder {
    private final EntropyBackend source;
    private double claim;
    private Duration quarantine = DEFAULT_QUARANTINE;
    private HealthCounters counters = new HealthCounters();
    private NanoClock clock = NanoClock.system();

    private Builder(EntropyBackend source) {
      this.source = Objects.requireNonNull(source, "source");
      this.claim = source.noiseBitsPerByte() > 0 ? source.noiseBitsPerByte() : DEFAULT_CLAIM;
    }

    /**
     * Sets the min-entropy that the source claims, from which the cut-offs follow.
     *
     * @param bitsPerByte {@value HealthLimits#LEAST_CLAIM} to 8; unless set, what the source says
     *     of itself, or {@link #DEFAULT_CLAIM}
     * @return this
     */
    public Builder minEntropy(double bitsPerByte) {
      claim = bitsPerByte;
      return this;
    }

    /**
     * Sets how long a source that failed is left alone at first.
     *
     * @param first a millisecond to ten minutes; {@link #DEFAULT_QUARANTINE} unless set
     * @return this
     */
    public Builder quarantine(Duration first) {
      quarantine = Objects.requireNonNull(first, "first");
      return this;
    }

    /**
     * Sets where is counted.
     *
     * @param into the counters, of this source alone
     * @return this
     */
    public Builder counters(HealthCounters into) {
      counters = Objects.requireNonNull(into, "into");
      return this;
    }

    /**
     * Sets the clock of the quarantine.
     *
     * @param time the clock; the host's unless set
     * @return this
     */
    public Builder clock(NanoClock time) {
      clock = Objects.requireNonNull(time, "time");
      return this;
    }

    /**
     * Makes the source.
     *
     * @return the source under test
     * @throws IllegalArgumentException if the claim or the quarantine is out of its range
     */
    public EntropyBackend build() {
      long nanos = quarantine.toNanos();
      if (nanos < LEAST_QUARANTINE.toNanos() || nanos > MOST_QUARANTINE_NANOS) {
        throw new IllegalArgumentException(
            "a quarantine of "
                + quarantine
                + "; "
                + LEAST_QUARANTINE
                + " to "
                + Duration.ofNanos(MOST_QUARANTINE_NANOS)
                + " is accepted");
      }
      HealthLimits limits = HealthLimits.of(claim);
      return new DerivedBackend(
          "health(" + source + ")",
          wakeUp -> new TestedNoise(new Intake(source, wakeUp), limits, nanos, counters, clock));
    }
  }

  /** Makes {@code health(SOURCE)} known by name. */
  public static final class Provider implements EntropyBackendProvider {
    private static final String CLAIM = "min-entropy";
    private static final String QUARANTINE = "quarantine";

    /** Called by the service loader. */
    public Provider() {}

    @Override
    public String name() {
      return "health";
    }

    @Override
    public String usage() {
      return "health(SOURCE)";
    }

    @Override
    public EntropyBackend open(SourceSpec spec, SourceOpener opener) {
      if (!spec.argument().isEmpty() || spec.sources().size() != 1) {
        throw new EntropySourceException(
            Reason.UNSUITABLE,
            "'" + spec + "' has not one source to test; health(SOURCE) is accepted");
      }
      SourceSettings settings = SourceSettings.of(spec, CLAIM, QUARANTINE);
      double claim = settings.number(CLAIM, 0, HealthLimits.LEAST_CLAIM, 8);
      long quarantine =
          settings.nanos(
              QUARANTINE,
              DEFAULT_QUARANTINE,
              LEAST_QUARANTINE,
              Duration.ofNanos(MOST_QUARANTINE_NANOS));
      Builder builder = builder(opener.openUntested(spec.sources().get(0)));
      if (claim > 0) {
        builder.minEntropy(claim);
      }
      return builder.quarantine(Duration.ofNanos(quarantine)).build();
    }
  }
}
