package io.virtentropy.rdrandemulation;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropyRequest;
import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.backends.Wipe;
import io.virtentropy.ratelimit.NanoClock;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Consumer;

/**
 * The bytes of one source that lie ready for one virtual machine.
 *
 * <p>Bytes come in at the end and leave at the front, wiped as they go, so that the numbers read
 * are the source's stream without a gap. A source without bytes at hand gets one request, and the
 * CPU does without until it is complete.
 *
 * <p>Where repetitions are looked for, bytes are released in pairs of 64-bit words, and only if the
 * two differ: a stuck source is found out before a single number of it has been seen, and no byte
 * has to be kept for comparison after it was delivered. A good source fails this once in
 * 2<sup>64</sup> pairs.
 */
final class Supply {
  /** The wait after a first failure of the source, in nanoseconds. */
  static final long FIRST_RETRY_NANOS = 10_000_000L;

  /** The longest wait after failures of the source, in nanoseconds. */
  static final long LAST_RETRY_NANOS = 1_000_000_000L;

  /** Two 64-bit words. */
  static final int PAIR = 2 * Long.BYTES;

  private final EntropyBackend source;
  private final int fetch;
  private final boolean pairs;
  private final NanoClock clock;
  private final RandomCounters counters;
  private final Consumer<EntropySourceException> onFailure;

  /** What may be left of the longest number, and then what is fetched at a time. */
  private final ByteBuffer bytes;

  private int start;
  private int ready;

  /** Bytes behind {@link #ready} that are not yet a whole pair. */
  private int end;

  private EntropyRequest request;

  /** Whether {@link #request} is to bring bytes; a request that was given up is not. */
  private boolean requested;

  private boolean pausing;
  private long pauseUntil;
  private long nextPauseNanos = FIRST_RETRY_NANOS;

  Supply(
      EntropyBackend source,
      int fetch,
      boolean pairs,
      NanoClock clock,
      RandomCounters counters,
      Consumer<EntropySourceException> onFailure) {
    this.source = source;
    this.fetch = fetch;
    this.pairs = pairs;
    this.clock = clock;
    this.counters = counters;
    this.onFailure = onFailure;
    this.bytes = ByteBuffer.allocateDirect(fetch + Long.BYTES - 1).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Sees to it that so many bytes lie ready. */
  Outcome prepare(int wanted) {
    return ready - start >= wanted ? Outcome.DELIVERED : fetch(wanted);
  }

  /** Takes bytes that lie ready, and wipes them. */
  long take(int count) {
    int at = start;
    start = at + count;
    switch (count) {
      case Long.BYTES -> {
        long value = bytes.getLong(at);
        bytes.putLong(at, 0);
        return value;
      }
      case Integer.BYTES -> {
        int value = bytes.getInt(at);
        bytes.putInt(at, 0);
        return Integer.toUnsignedLong(value);
      }
      default -> {
        long value = 0;
        for (int i = 0; i < count; i++) {
          value |= (bytes.get(at + i) & 0xffL) << (8 * i);
          bytes.put(at + i, (byte) 0);
        }
        return value;
      }
    }
  }

  /** Wipes what lies ready and gives up what was asked for. */
  void discard() {
    Wipe.range(bytes, 0, bytes.capacity());
    start = 0;
    ready = 0;
    end = 0;
    if (requested) {
      requested = false;
      request.cancel();
    }
  }

  private Outcome fetch(int wanted) {
    if (pausing) {
      if (clock.nanoTime() - pauseUntil < 0) {
        return Outcome.FAILED;
      }
      pausing = false;
    }
    moveToFront();
    try {
      while (ready < wanted) {
        int got = requested ? collect() : ask();
        if (got == 0) {
          return Outcome.NOT_NOW;
        }
        end += got;
        release();
      }
    } catch (RuntimeException e) {
      // Whatever a source throws, the guest's instruction has an architectural end.
      return failed(e);
    }
    nextPauseNanos = FIRST_RETRY_NANOS;
    return Outcome.DELIVERED;
  }

  /** Moves the few bytes that are left, so that the whole buffer can be filled behind them. */
  private void moveToFront() {
    if (start == 0) {
      return;
    }
    int left = end - start;
    for (int i = 0; i < left; i++) {
      bytes.put(i, bytes.get(start + i));
    }
    Wipe.range(bytes, left, end - left);
    ready -= start;
    start = 0;
    end = left;
  }

  /** Asks the source for bytes at hand, or else for bytes to come. */
  private int ask() {
    int room = room();
    int got = source.fill(bytes, end, room);
    if (got < 0 || got > room) {
      throw new EntropySourceException(
          EntropySourceException.Reason.UNAVAILABLE,
          "the source says it delivered " + got + " of " + room + " bytes");
    }
    if (got == 0) {
      submit(room);
    }
    return got;
  }

  private void submit(int room) {
    if (request == null) {
      request = new EntropyRequest(bytes.capacity(), () -> {});
    }
    if (!request.isFree()) {
      return; // given up earlier, and the source has not let go of it yet
    }
    counters.add(RandomCounter.SOURCE_WAITS, 1);
    requested = true;
    request.submitTo(source, room);
  }

  /** Takes over what a request has brought, if it is complete. */
  private int collect() {
    if (!request.isDone()) {
      return 0;
    }
    requested = false;
    EntropySourceException failure = request.failure();
    int got = request.delivered();
    try {
      if (failure != null) {
        throw failure;
      }
      bytes.put(end, request.bytes(), 0, got);
    } finally {
      request.release();
    }
    return got;
  }

  /**
   * How much is fetched at once: as much as was left over comes on top, so that a machine that
   * reads whole words only leaves nothing of one. Of a pair what is missing.
   */
  private int room() {
    return pairs ? PAIR - (end - ready) : Math.min(fetch, bytes.capacity() - end);
  }

  /** Lets go of what has arrived: at once, or pair by pair if the two words differ. */
  private void release() {
    if (!pairs) {
      ready = end;
      return;
    }
    while (end - ready >= PAIR) {
      if (bytes.getLong(ready) == bytes.getLong(ready + Long.BYTES)) {
        counters.add(RandomCounter.SEED_REPETITIONS, 1);
        Wipe.range(bytes, ready, PAIR);
        end -= PAIR;
        throw new EntropySourceException(
            EntropySourceException.Reason.UNSUITABLE,
            "the seed source gave the same 64 bits twice in a row");
      }
      ready += PAIR;
    }
  }

  private Outcome failed(RuntimeException e) {
    // What a failed call may have left behind the end was promised to nobody.
    Wipe.range(bytes, end, bytes.capacity() - end);
    counters.add(RandomCounter.SOURCE_FAILURES, 1);
    pausing = true;
    pauseUntil = clock.nanoTime() + nextPauseNanos;
    nextPauseNanos = Math.min(2 * nextPauseNanos, LAST_RETRY_NANOS);
    onFailure.accept(EntropySourceException.of("the source failed", e));
    return Outcome.FAILED;
  }
}
