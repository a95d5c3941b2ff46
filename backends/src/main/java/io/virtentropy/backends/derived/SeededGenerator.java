package io.virtentropy.backends.derived;

import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.ratelimit.NanoClock;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** What {@link DrbgBackend} promises of seeds and limits, around a {@link KeystreamBlock}. */
final class SeededGenerator implements Derivation {
  /** After a failure of the source, a seed that is not yet needed is asked for so much later. */
  private static final long RETRY_NANOS = 1_000_000_000L;

  private final Intake source;
  private final long reseedBytes;
  private final long reseedNanos;
  private final boolean predictionResistance;
  private final NanoClock clock;
  private final KeystreamBlock generator = new KeystreamBlock();
  private final byte[] seed = new byte[KeystreamBlock.SEED_BYTES];
  private final ByteBuffer seedBuffer = ByteBuffer.wrap(seed);
  private int seedBytes;
  private boolean seeded;
  private long seededAt;
  private long madeSince;
  private boolean failing;
  private long retryAt;

  SeededGenerator(
      Intake source,
      long reseedBytes,
      long reseedNanos,
      boolean predictionResistance,
      NanoClock clock) {
    this.source = source;
    this.reseedBytes = reseedBytes;
    this.reseedNanos = reseedNanos;
    this.predictionResistance = predictionResistance;
    this.clock = clock;
  }

  @Override
  public int make(ByteBuffer target, int index, int length, int wanted) {
    int done = 0;
    while (done < length) {
      if (generator.remaining() == 0 && !nextBlock(length, done > 0)) {
        break;
      }
      int part = Math.min(length - done, generator.remaining());
      generator.take(target, index + done, part);
      done += part;
    }
    return done;
  }

  private boolean nextBlock(int length, boolean haveSome) {
    if (predictionResistance) {
      if (haveSome || !reseed()) {
        return false;
      }
      generator.generate(Math.min(length, KeystreamBlock.BLOCK_BYTES));
      return true;
    }
    try {
      if (!mayGenerate()) {
        return false;
      }
    } catch (EntropySourceException e) {
      if (haveSome) {
        return false; // they were delivered; the next request meets the failure again
      }
      throw e;
    }
    generator.generate(KeystreamBlock.BLOCK_BYTES);
    madeSince += KeystreamBlock.BLOCK_BYTES;
    return true;
  }

  private boolean mayGenerate() {
    if (!seeded) {
      return reseed();
    }
    long now = clock.nanoTime();
    long age = now - seededAt;
    if (madeSince < reseedBytes && age < reseedNanos) {
      return true;
    }
    boolean needed =
        madeSince / DrbgBackend.HARD_LIMIT_FACTOR >= reseedBytes
            || age / DrbgBackend.HARD_LIMIT_FACTOR >= reseedNanos;
    if (failing && !needed && now - retryAt < 0) {
      return true;
    }
    try {
      return reseed() || !needed;
    } catch (EntropySourceException e) {
      failed(e, now, needed);
      return true;
    }
  }

  private void failed(EntropySourceException e, long now, boolean needed) {
    if (!failing) {
      System.getLogger(DrbgBackend.class.getName())
          .log(
              Level.WARNING,
              "{0} gives no new seed ({1}); the last one is used on for a while",
              source,
              e.getMessage());
    }
    failing = true;
    retryAt = now + RETRY_NANOS;
    if (needed) {
      throw e;
    }
  }

  /** Takes a seed; false if the source has to answer first. */
  private boolean reseed() {
    while (seedBytes < seed.length) {
      int missing = seed.length - seedBytes;
      int n = source.take(seedBuffer, seedBytes, missing, missing);
      if (n == 0) {
        return false;
      }
      seedBytes += n;
    }
    generator.seed(seed);
    Arrays.fill(seed, (byte) 0);
    seedBytes = 0;
    seeded = true;
    seededAt = clock.nanoTime();
    madeSince = 0;
    if (failing) {
      failing = false;
      System.getLogger(DrbgBackend.class.getName())
          .log(Level.INFO, "{0} gives seeds again", source);
    }
    return true;
  }

  @Override
  public void putAway() {
    generator.wipe();
    Arrays.fill(seed, (byte) 0);
    source.close();
  }
}
