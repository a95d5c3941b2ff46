package io.virtentropy.backends.derived;

import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.backends.EntropySourceException.Reason;
import io.virtentropy.backends.health.Fips140;
import io.virtentropy.backends.health.HealthCounter;
import io.virtentropy.backends.health.HealthCounters;
import io.virtentropy.backends.health.HealthLimits;
import io.virtentropy.backends.health.NoiseTest;
import io.virtentropy.ratelimit.NanoClock;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** The start-up and continuous tests of {@link HealthBackend}, and its quarantine. */
final class TestedNoise implements Derivation {
  /** The windows of a start-up test: 1,024 samples, as SP 800-90B §4.3 wants them. */
  private static final int STARTUP_WINDOWS = 2;

  /**
   * Whether the JVM has Flight Recorder: the one module besides java.base that is used, if there.
   */
  private static final boolean FLIGHT_RECORDER =
      ModuleLayer.boot().findModule("jdk.jfr").isPresent();

  private static final System.Logger LOG = System.getLogger(HealthBackend.class.getName());

  private final Intake source;
  private final NoiseTest test;
  private final long firstQuarantine;
  private final HealthCounters counters;
  private final NanoClock clock;
  private final Fips140 statistics = new Fips140();

  private final byte[] window = new byte[HealthLimits.WINDOW];
  private final ByteBuffer windowBuffer = ByteBuffer.wrap(window);

  /** Bytes read into the window; all of them once it is tested. */
  private int filled;

  /** What is left of a tested window, at its end. */
  private int left;

  private int startup = STARTUP_WINDOWS;

  private EntropySourceException quarantined;
  private long quarantinedUntil;
  private long quarantine;
  private long healthySince;

  TestedNoise(
      Intake source,
      HealthLimits limits,
      long quarantineNanos,
      HealthCounters counters,
      NanoClock clock) {
    this.source = source;
    this.test = new NoiseTest(limits);
    this.firstQuarantine = quarantineNanos;
    this.quarantine = quarantineNanos;
    this.counters = counters;
    this.clock = clock;
  }

  @Override
  public int make(ByteBuffer target, int index, int length, int wanted) {
    int done = 0;
    while (done < length) {
      if (left == 0 && !nextWindow(wanted - done, done > 0)) {
        break;
      }
      int from = window.length - left;
      int part = Math.min(length - done, left);
      left -= part; // used up, also if the target refuses them
      try {
        target.put(index + done, window, from, part);
      } finally {
        Arrays.fill(window, from, from + part, (byte) 0);
      }
      done += part;
    }
    return done;
  }

  /** Reads and tests until a window may be delivered; false if it can't be had now. */
  private boolean nextWindow(int wanted, boolean haveSome) {
    try {
      endQuarantine();
      while (read(wanted)) {
        examine();
        if (startup == 0) {
          left = window.length;
          return true;
        }
        passStartup();
      }
      return false;
    } catch (EntropySourceException e) {
      if (haveSome) {
        return false; // they had passed and stand; the next request meets the failure
      }
      throw e;
    }
  }

  private boolean read(int wanted) {
    while (filled < window.length) {
      int missing = window.length - filled;
      int n = source.take(windowBuffer, filled, missing, Math.max(wanted, missing));
      if (n == 0) {
        return false;
      }
      filled += n;
    }
    filled = 0;
    return true;
  }

  private void examine() {
    counters.add(HealthCounter.TESTED_BYTES, window.length);
    switch (test.test(window)) {
      case PASSED -> countStatistics();
      case REPETITION -> quarantine(HealthCounter.REPETITION_FAILURES, "repetition count", "stuck");
      case PROPORTION ->
          quarantine(HealthCounter.PROPORTION_FAILURES, "adaptive proportion", "predictable");
    }
  }

  private void passStartup() {
    Arrays.fill(window, (byte) 0);
    startup--;
    if (startup == 0) {
      counters.add(HealthCounter.STARTUPS, 1);
      healthySince = clock.nanoTime();
      if (quarantined != null) {
        quarantined = null;
        LOG.log(Level.INFO, "{0} has passed its start-up test and is used again", source);
      }
    }
  }

  private void quarantine(HealthCounter counter, String name, String what) {
    Arrays.fill(window, (byte) 0);
    test.reset();
    startup = STARTUP_WINDOWS;
    long now = clock.nanoTime();
    if (quarantined == null && now - healthySince >= HealthBackend.MOST_QUARANTINE_NANOS) {
      quarantine = firstQuarantine;
    }
    counters.add(counter, 1);
    counters.add(HealthCounter.QUARANTINES, 1);
    quarantined =
        new EntropySourceException(
            Reason.UNHEALTHY,
            source
                + " is "
                + what
                + ": it failed the "
                + name
                + " test and is not used before it has passed a new start-up test");
    quarantinedUntil = now + quarantine;
    LOG.log(
        Level.WARNING,
        "{0}; tried again in {1} ms",
        quarantined.getMessage(),
        quarantine / 1_000_000);
    if (FLIGHT_RECORDER) {
      QuarantineEvent.record(source.toString(), name, quarantine);
    }
    quarantine = Math.min(2 * quarantine, HealthBackend.MOST_QUARANTINE_NANOS);
    throw quarantined;
  }

  private void endQuarantine() {
    if (quarantined != null && clock.nanoTime() - quarantinedUntil < 0) {
      throw quarantined;
    }
  }

  private void countStatistics() {
    for (byte each : window) {
      if (statistics.accept(each)) {
        counters.add(HealthCounter.FIPS_BLOCKS, 1);
        counters.add(HealthCounter.FIPS_FAILURES, statistics.failed().isEmpty() ? 0 : 1);
      }
    }
  }

  @Override
  public void putAway() {
    Arrays.fill(window, (byte) 0);
    left = 0;
    source.close();
  }
}
