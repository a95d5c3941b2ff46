package io.virtentropy.ratelimit;

import io.virtentropy.ratelimit.state.StateLayout;
import io.virtentropy.ratelimit.state.StateReader;
import io.virtentropy.ratelimit.state.StateWriter;
import java.util.Objects;

/**
 * The quota of QEMU's virtio-rng with its defects, for a request loop that imitates QEMU step by
 * step (QEMU 7.2, 10.0 and 11.1 virtio-rng; their accounting is the same).
 *
 * <p>Not a {@link RateLimiter}, because QEMU's loop does not acquire: it looks at the quota when it
 * asks the backend and charges it when the backend answers, however much that is. A loop calls
 *
 * <pre>{@code
 * void pass() {                       // kick, status write, resume, answer with a non-empty ring
 *   quota.startPass();
 *   long sum = scanRing(quota.scanLimit());
 *   long size = quota.requestSize(sum);
 *   if (size != 0) backend.request(size);
 * }
 *
 * void answered(byte[] bytes) {       // device ready and guest running, or the bytes are dropped
 *   quota.charge(bytes.length);       // also for bytes that find no buffer
 *   fillBuffers(bytes);
 *   if (!ringEmpty()) pass();
 * }
 *
 * int poll() {                        // at the latest when nanosUntilTimer() have gone by
 *   return quota.runTimer(this::passHeldInAField) ? 1 : 0;
 * }
 * }</pre>
 *
 * <p>What that gives, and {@link QuotaWindow} doesn't: a negative quota no longer limits anything;
 * an answer that comes after the window has turned is charged to the new one; bytes thrown away
 * count. A reset of the device leaves the quota and the timer as they are.
 *
 * <p>Belongs to one thread at a time. Allocates nothing and takes no lock while serving.
 */
public final class QemuQuota {
  /** QEMU sums the lengths of descriptors in an unsigned 32-bit integer. */
  private static final long MAX_SCAN = 0xffff_ffffL;

  private static final long NANOS_PER_MILLI = 1_000_000;

  private final Quota parameters;
  private final NanoClock clock;

  private long quota;
  private boolean mayArm = true;
  private boolean armed;
  private long deadline;

  /**
   * Creates a full quota with its timer not armed.
   *
   * @param parameters how many bytes in how long
   * @param clock QEMU's virtual clock: it stands still while the guest is stopped; its reading zero
   *     lies on a whole millisecond, to which the timer is rounded down
   */
  public QemuQuota(Quota parameters, NanoClock clock) {
    this.parameters = Objects.requireNonNull(parameters, "parameters");
    this.clock = Objects.requireNonNull(clock, "clock");
    this.quota = parameters.maxBytes();
  }

  /**
   * The limit's numbers.
   *
   * @return what the constructor was given
   */
  public Quota parameters() {
    return parameters;
  }

  /**
   * What is left of the quota.
   *
   * @return bytes; negative after answers to several requests for the same buffers
   */
  public long remaining() {
    return quota;
  }

  /** Notes that the loop begins a pass: arms the timer if it may be armed. */
  public void startPass() {
    if (mayArm) {
      long nowMillis = Math.floorDiv(clock.nanoTime(), NANOS_PER_MILLI);
      deadline = nowMillis * NANOS_PER_MILLI + parameters.periodNanos();
      armed = true;
      mayArm = false;
    }
  }

  /**
   * How far the ring is to be scanned: the scan stops after the descriptor that reaches this sum,
   * so with 0 it looks at exactly one.
   *
   * @return bytes, 0 to 2<sup>32</sup>-1
   */
  public long scanLimit() {
    return Math.max(0, Math.min(quota, MAX_SCAN));
  }

  /**
   * How much to ask the backend for. QEMU compares unsigned, so a negative quota doesn't limit.
   *
   * @param scanned sum of the writable lengths found, as an unsigned 32-bit number, 0 to
   *     2<sup>32</sup>-1
   * @return bytes to ask for, 0 for none
   * @throws IllegalArgumentException if {@code scanned} is out of range
   */
  public long requestSize(long scanned) {
    if (scanned < 0 || scanned > MAX_SCAN) {
      throw new IllegalArgumentException(
          "a scan found " + scanned + " bytes; 0 to 4294967295 is accepted");
    }
    return Long.compareUnsigned(quota, scanned) < 0 ? quota : scanned;
  }

  /**
   * Charges an answer of the backend.
   *
   * @param bytes the answer's whole length, also what finds no buffer; 0 or more
   * @throws IllegalArgumentException if {@code bytes} is negative
   */
  public void charge(long bytes) {
    if (bytes < 0) {
      throw new IllegalArgumentException(bytes + " bytes charged; 0 or more is accepted");
    }
    // QEMU's would overflow after 2^63 bytes in one window; held at the lowest value instead.
    quota = quota < Long.MIN_VALUE + bytes ? Long.MIN_VALUE : quota - bytes;
  }

  /**
   * Runs the timer if it is due: the quota is full again, the loop makes a pass that arms nothing,
   * and the pass after that may arm. The backend's answer is to be handled after this has returned,
   * as in QEMU, where no backend answers from within a pass; or the pass that follows the answer
   * couldn't arm the timer, and a waiting buffer would wait for the next kick.
   *
   * @param pass the loop's pass; kept in a field by the caller, so that nothing is allocated
   * @return whether the timer was due
   */
  public boolean runTimer(Runnable pass) {
    if (!armed || clock.nanoTime() - deadline < 0) {
      return false;
    }
    armed = false;
    quota = parameters.maxBytes();
    try {
      pass.run();
    } finally {
      mayArm = true;
    }
    return true;
  }

  /**
   * How long until {@link #runTimer} is due.
   *
   * @return nanoseconds from now, 0 if it is due; {@link RateLimiter#NEVER} if it is not armed
   */
  public long nanosUntilTimer() {
    return armed ? Math.max(0, deadline - clock.nanoTime()) : RateLimiter.NEVER;
  }

  /**
   * Saves the quota and the timer. QEMU itself migrates neither: a device that arrives has a full
   * quota there.
   *
   * @return a self-describing, versioned copy; the timer is saved relative to now
   */
  public byte[] saveState() {
    return new StateWriter(StateLayout.QEMU_QUOTA)
        .number(parameters.maxBytes())
        .number(parameters.periodMillis())
        .number(quota)
        .flag(mayArm)
        .flag(armed)
        .number(armed ? nanosUntilTimer() : 0)
        .toByteArray();
  }

  /**
   * Takes over a saved state.
   *
   * @param state what {@link #saveState} of a quota with the same parameters returned; treated as
   *     untrusted
   * @throws IllegalArgumentException if the bytes are not such a state; nothing has changed then
   */
  public void restoreState(byte[] state) {
    StateReader reader = new StateReader(state, StateLayout.QEMU_QUOTA);
    reader.same("max-bytes", parameters.maxBytes());
    reader.same("period", parameters.periodMillis());
    long savedQuota = reader.number("quota", Long.MIN_VALUE, parameters.maxBytes());
    boolean savedMayArm = reader.flag("permission to arm");
    boolean savedArmed = reader.flag("timer armed");
    if (savedArmed == savedMayArm) {
      throw new IllegalArgumentException(
          "the saved timer is "
              + (savedArmed ? "armed and may be armed" : "off and may not be armed")
              + "; exactly one of the two is accepted");
    }
    long wait = reader.number("time to the timer", 0, savedArmed ? parameters.periodNanos() : 0);
    reader.end();
    quota = savedQuota;
    mayArm = savedMayArm;
    armed = savedArmed;
    deadline = clock.nanoTime() + wait;
  }

  @Override
  public String toString() {
    return "QemuQuota[" + parameters + ", " + quota + " bytes left]";
  }
}
