package io.virtentropy.ratelimit;

import io.virtentropy.ratelimit.state.StateLayout;
import io.virtentropy.ratelimit.state.StateReader;
import io.virtentropy.ratelimit.state.StateWriter;
import java.util.Objects;

/**
 * At most so many bytes per window, with windows that start when they are needed: the limit that
 * users of QEMU and libvirt know (QEMU 10.0 virtio-rng), without its defects.
 *
 * <p>QEMU drives its quota by a one-shot timer. This class keeps the same calendar without one:
 *
 * <pre>
 *   asks:      a    b      c        (idle)            d   e
 *   window:    [--- period ---)                       [--- period ---)
 *   quota:    max ....... 0   max ................... what c left .... max
 *                         ^   ^                       ^
 *                         |   |                       the first ask after idling starts a window
 *                         |   the quota is full again; c, who was waiting, is served
 *                         |   but starts no window (in QEMU it is the timer that serves it)
 *                         b meets an empty quota and waits
 * </pre>
 *
 * <ul>
 *   <li>Nothing accumulates: however long nobody asks, one window's quota is all there is.
 *   <li>What c leaves over survives idling and is not topped up until a window has been started by
 *       an ask (d) and has run out. This surprises, but guests were seen to depend on the calendar,
 *       so it is kept. {@link TokenBucket} has no such corner.
 *   <li>Around the end of a window twice the quota can pass in an instant. {@link SlidingQuota}
 *       closes that.
 * </ul>
 *
 * <p>It differs from QEMU in what is charged: a grant is charged when it is made, to the window it
 * is made in, and what was not delivered comes back by {@link #refund}. So only delivered bytes
 * count, late answers of a backend don't eat into the next window, and the quota never falls below
 * zero, which in QEMU lifts the limit. {@link QemuQuota} is the accounting with all of these, for a
 * request loop that imitates QEMU's. Windows are exact to the nanosecond here and start on whole
 * milliseconds there.
 *
 * <p>Only requests start windows. In QEMU every look at the ring does, of which DRIVER_OK is one,
 * and several buffers that wait for the timer are one request. With one buffer at a time, as Linux
 * has it, and a source that answers at once, both calendars are the same.
 *
 * <p>Belongs to one thread at a time. Allocates nothing and takes no lock while serving.
 */
public final class QuotaWindow implements RateLimiter {
  private final Quota quota;
  private final NanoClock clock;
  private final long maxBytes;
  private final long periodNanos;

  private long remaining;

  /** Whether a window is running; QEMU's pending timer. */
  private boolean running;

  private long windowStart;

  /** Whether the last ask got nothing, so that QEMU's timer would find somebody to serve. */
  private boolean waiting;

  /** Whether the next ask is the one that the timer would have served: it starts no window. */
  private boolean servedByTimer;

  /**
   * Creates a limit with a full quota and no window running.
   *
   * @param quota how many bytes in how long
   * @param clock where time comes from; a guest's clock that stops while the guest is stopped gives
   *     QEMU's behaviour across stop and continue
   */
  public QuotaWindow(Quota quota, NanoClock clock) {
    this.quota = Objects.requireNonNull(quota, "quota");
    this.clock = Objects.requireNonNull(clock, "clock");
    this.maxBytes = quota.maxBytes();
    this.periodNanos = quota.periodNanos();
    this.remaining = maxBytes;
  }

  /**
   * The limit's numbers.
   *
   * @return what the constructor was given
   */
  public Quota quota() {
    return quota;
  }

  @Override
  public long acquireUpTo(long wanted) {
    Amounts.requirePositive(wanted);
    return acquire(1, wanted);
  }

  @Override
  public long acquireAtLeast(long least, long wanted) {
    Amounts.requireRange(least, wanted);
    return acquire(Math.min(least, maxBytes), wanted);
  }

  private long acquire(long least, long wanted) {
    startPass(clock.nanoTime());
    long granted = remaining < least ? 0 : Math.min(wanted, remaining);
    remaining -= granted;
    waiting = granted == 0;
    return granted;
  }

  /**
   * Gives back bytes that were granted and not delivered. They return to the window that is running
   * now, up to its whole quota; if the window has turned since the grant and nothing was granted in
   * the new one, that means they are forfeited.
   */
  @Override
  public void refund(long bytes) {
    Amounts.requireNotNegative(bytes);
    remaining = bytes >= maxBytes - remaining ? maxBytes : remaining + bytes;
  }

  /**
   * Says how long until bytes can be had. Asking while the quota is short starts a window if none
   * is running, as being asked for the bytes themselves would: whoever asks this is waiting.
   */
  @Override
  public long nanosUntil(long bytes) {
    long needed = Math.min(Amounts.requirePositive(bytes), maxBytes);
    long now = clock.nanoTime();
    turnIfOver(now);
    if (remaining >= needed) {
      return 0;
    }
    startIfIdle(now);
    waiting = true;
    return periodNanos - elapsed(now);
  }

  @Override
  public byte[] saveState() {
    long now = clock.nanoTime();
    turnIfOver(now);
    return new StateWriter(StateLayout.QUOTA_WINDOW)
        .number(maxBytes)
        .number(periodNanos)
        .number(remaining)
        .flag(running)
        .number(running ? elapsed(now) : 0)
        .flag(waiting)
        .flag(servedByTimer)
        .toByteArray();
  }

  @Override
  public void restoreState(byte[] state) {
    StateReader reader = new StateReader(state, StateLayout.QUOTA_WINDOW);
    reader.same("max-bytes", maxBytes);
    reader.same("period", periodNanos);
    long savedRemaining = reader.number("quota left", 0, maxBytes);
    boolean savedRunning = reader.flag("window running");
    long savedElapsed = reader.number("age of the window", 0, savedRunning ? periodNanos - 1 : 0);
    boolean savedWaiting = reader.flag("somebody waits");
    boolean savedServedByTimer = reader.flag("timer has fired");
    reader.end();
    remaining = savedRemaining;
    running = savedRunning;
    windowStart = clock.nanoTime() - savedElapsed;
    waiting = savedWaiting;
    servedByTimer = savedServedByTimer;
  }

  @Override
  public String toString() {
    return "QuotaWindow[" + quota + ", " + remaining + " bytes left]";
  }

  private void startPass(long now) {
    turnIfOver(now);
    if (servedByTimer) {
      servedByTimer = false;
    } else {
      startIfIdle(now);
    }
  }

  private void turnIfOver(long now) {
    if (running && elapsed(now) >= periodNanos) {
      running = false;
      remaining = maxBytes;
      servedByTimer = waiting;
      waiting = false;
    }
  }

  private void startIfIdle(long now) {
    if (!running) {
      running = true;
      windowStart = now;
    }
  }

  /** Time since the window's start; a clock that went back has not moved. */
  private long elapsed(long now) {
    return Math.max(0, now - windowStart);
  }
}
