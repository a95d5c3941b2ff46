package io.virtentropy.virtio.device;

import static io.virtentropy.virtio.device.DeviceStatus.DEVICE_NEEDS_RESET;
import static io.virtentropy.virtio.device.DeviceStatus.DRIVER_OK;
import static io.virtentropy.virtio.device.DeviceStatus.FAILED;
import static io.virtentropy.virtio.device.DeviceStatus.FEATURES_OK;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.ratelimit.NanoClock;
import io.virtentropy.ratelimit.RateLimiter;
import io.virtentropy.virtio.memory.GuestMemory;
import io.virtentropy.virtio.queue.RingFault;
import io.virtentropy.virtio.queue.SplitVirtqueue;
import java.util.Objects;

/**
 * The entropy device (virtio 1.3 §5.4) as a transport sees it: features, status and one request
 * queue, without registers.
 *
 * <p>A transport passes on what the driver writes, and is told of interrupts through {@link
 * Interrupts}. After every call the state is consistent; an interrupt is the last thing a call
 * does, so its receiver may call the device again at once.
 *
 * <p>A driver that breaks its ring gets {@code DEVICE_NEEDS_RESET} and a configuration-change
 * notification, and nothing more is done until it resets the device. No exception leaves a method
 * for the driver's sake.
 *
 * <p>Used by one thread at a time, not always the same one.
 */
public final class VirtioRngDevice implements AutoCloseable {
  /** The virtio device type of an entropy device (virtio 1.3 §5). */
  public static final int DEVICE_TYPE = 4;

  /** How many queues there are: the request queue alone (virtio 1.3 §5.4.2). */
  public static final int QUEUES = 1;

  /** The size of the request queue unless another is chosen; QEMU's. */
  public static final int DEFAULT_QUEUE_SIZE = 8;

  private static final long OFFERED =
      VirtioFeature.INDIRECT_DESC
          | VirtioFeature.EVENT_IDX
          | VirtioFeature.VERSION_1
          | VirtioFeature.RING_RESET;

  /** What the device tells its transport. Called last in whichever call caused it. */
  public interface Interrupts {
    /** Used buffers are there, and the driver wants to be told. */
    void usedBuffers();

    /** The configuration, which includes the status, has changed on the device's side. */
    void configurationChanged();
  }

  private final RateLimiter limiter;
  private final SplitVirtqueue queue;
  private final RequestLoop loop;
  private final DeviceCounters counters;
  private final DeviceTrace trace;
  private final Interrupts interrupts;

  private long driverFeatures;

  /** The driver accepted a bit beyond bit 63. Until a reset: no word of ours can take it back. */
  private boolean unknownFeatures;

  private boolean featuresFrozen;
  private int status;
  private boolean closed;

  private VirtioRngDevice(Builder builder, Interrupts interrupts) {
    this.interrupts = Objects.requireNonNull(interrupts, "interrupts");
    this.trace = builder.trace;
    this.limiter = builder.limiter;
    this.counters = new DeviceCounters();
    this.queue = new SplitVirtqueue(builder.memory, builder.queueSize);
    this.loop =
        new RequestLoop(
            queue,
            builder.memory,
            builder.source,
            builder.limiter,
            builder.clock,
            counters,
            builder.trace,
            builder.wakeUp);
  }

  /**
   * Begins a device.
   *
   * @param memory the guest's memory
   * @param source where entropy comes from; it stays the caller's to close
   * @return a builder with defaults for everything else
   */
  public static Builder builder(GuestMemory memory, EntropyBackend source) {
    return new Builder(memory, source);
  }

  /** Collects what a device is made of. */
  public static final class Builder {
    private final GuestMemory memory;
    private final EntropyBackend source;
    private RateLimiter limiter = RateLimiter.unlimited();
    private NanoClock clock = NanoClock.system();
    private DeviceTrace trace = DeviceTrace.NONE;
    private Runnable wakeUp = () -> {};
    private int queueSize = DEFAULT_QUEUE_SIZE;

    private Builder(GuestMemory memory, EntropyBackend source) {
      this.memory = Objects.requireNonNull(memory, "memory");
      this.source = Objects.requireNonNull(source, "source");
    }

    /**
     * Limits how fast entropy flows; unlimited unless given.
     *
     * @param value the limiter, driven by the same clock and thread as the device
     * @return this
     */
    public Builder limiter(RateLimiter value) {
      limiter = Objects.requireNonNull(value, "limiter");
      return this;
    }

    /**
     * Chooses the clock of limits and retries; the host's unless given.
     *
     * @param value the clock
     * @return this
     */
    public Builder clock(NanoClock value) {
      clock = Objects.requireNonNull(value, "clock");
      return this;
    }

    /**
     * Listens to rare events.
     *
     * @param value the listener
     * @return this
     */
    public Builder trace(DeviceTrace value) {
      trace = Objects.requireNonNull(value, "trace");
      return this;
    }

    /**
     * Chooses what wakes the thread that polls the device when a slow source has delivered. Not
     * needed by an embedder that polls anyway.
     *
     * @param value run on the source's thread; quick, and never calls the device
     * @return this
     */
    public Builder wakeUp(Runnable value) {
      wakeUp = Objects.requireNonNull(value, "wakeUp");
      return this;
    }

    /**
     * Chooses the size of the request queue; {@link #DEFAULT_QUEUE_SIZE} unless given.
     *
     * @param value the largest size a driver may use, a power of 2 from 1 to 32768
     * @return this
     */
    public Builder queueSize(int value) {
      queueSize = value;
      return this;
    }

    /**
     * Makes the device.
     *
     * @param interrupts who is told of interrupts
     * @return the device, in the state of power-on
     * @throws IllegalArgumentException if the queue size is none
     */
    public VirtioRngDevice build(Interrupts interrupts) {
      return new VirtioRngDevice(this, interrupts);
    }
  }

  // ---- features

  /**
   * What the device offers.
   *
   * @return feature bits
   */
  public long offeredFeatures() {
    return OFFERED;
  }

  /**
   * What the driver has accepted so far.
   *
   * @return feature bits, as the driver wrote them; bit 63, which is never offered, stands also for
   *     all beyond
   */
  public long driverFeatures() {
    return unknownFeatures ? driverFeatures | Long.MIN_VALUE : driverFeatures;
  }

  /**
   * Takes a word of the driver's features. Ignored once {@code FEATURES_OK} was granted: a driver
   * that wants others resets the device (virtio 1.3 §2.2).
   *
   * @param word 0 for bits 0 to 31, 1 for bits 32 to 63; others are ignored
   * @param bits the word
   */
  public void writeDriverFeatures(int word, int bits) {
    if (featuresFrozen) {
      return;
    }
    if (word == 0) {
      driverFeatures = (driverFeatures & ~0xffff_ffffL) | (bits & 0xffff_ffffL);
    } else if (word == 1) {
      driverFeatures = (driverFeatures & 0xffff_ffffL) | ((long) bits << 32);
    } else if (bits != 0) {
      unknownFeatures = true; // never offered, so FEATURES_OK is refused
    }
  }

  // ---- status

  /**
   * The device status.
   *
   * @return bits of {@link DeviceStatus}
   */
  public int status() {
    return status;
  }

  /**
   * Takes a write of the status byte. 0 resets the device. Besides, every write while the device is
   * live looks at the queue, as in QEMU.
   *
   * @param value what the driver wrote; bits beyond the lowest eight are ignored
   */
  public void writeStatus(int value) {
    int written = value & 0xff;
    if (written == 0) {
      reset();
      return;
    }
    // §2.1.2: only a reset takes DEVICE_NEEDS_RESET back, and only the device sets it.
    int next = (written & ~DEVICE_NEEDS_RESET) | (status & DEVICE_NEEDS_RESET);
    if ((next & FEATURES_OK) != 0) {
      if (featuresAcceptable()) {
        featuresFrozen = true;
      } else {
        next &= ~FEATURES_OK;
      }
    }
    boolean wasLive = isLive();
    status = next;
    if (!isLive()) {
      return;
    }
    if (!wasLive) {
      trace.live(driverFeatures, queue.size());
    }
    serve();
  }

  private boolean featuresAcceptable() {
    return acceptable(driverFeatures());
  }

  private static boolean acceptable(long features) {
    return (features & ~OFFERED) == 0 && (features & VirtioFeature.VERSION_1) != 0;
  }

  /**
   * Says whether the device may use its queue: the driver is ready, nothing has failed.
   *
   * @return true between a granted DRIVER_OK and the first fault or reset
   */
  public boolean isLive() {
    int needed = FEATURES_OK | DRIVER_OK;
    int forbidden = DEVICE_NEEDS_RESET | FAILED;
    return (status & (needed | forbidden)) == needed && !closed;
  }

  /**
   * Resets the device, as the driver or the machine may. Complete on return: requests still at the
   * source are cancelled, and what they deliver is wiped.
   */
  public void reset() {
    loop.reset();
    queue.reset();
    status = 0;
    driverFeatures = 0;
    unknownFeatures = false;
    featuresFrozen = false;
    counters.increment(DeviceCounter.RESETS);
    trace.reset();
  }

  // ---- the request queue

  /**
   * The request queue, for a transport's registers.
   *
   * @return the queue
   */
  public SplitVirtqueue queue() {
    return queue;
  }

  /**
   * Puts the request queue into service with the negotiated features, and looks at it if the device
   * is live. Does nothing if it is in service.
   */
  public void enableQueue() {
    if (queue.isEnabled()) {
      return;
    }
    queue.enable(
        (driverFeatures & VirtioFeature.EVENT_IDX) != 0,
        (driverFeatures & VirtioFeature.INDIRECT_DESC) != 0);
    serve();
  }

  /** Takes the request queue out of service: on return it is not touched any more. */
  public void disableQueue() {
    loop.quiesce();
    queue.disable();
  }

  /**
   * Resets the request queue alone (virtio 1.3 §2.6.1).
   *
   * @return false if that was not negotiated; nothing has happened then
   */
  public boolean resetQueue() {
    if (!featuresFrozen || (driverFeatures & VirtioFeature.RING_RESET) == 0) {
      return false;
    }
    loop.reset();
    queue.reset();
    return true;
  }

  /**
   * Takes an available-buffer notification. Harmless at any time.
   *
   * @param queueIndex which queue the driver named; others than 0 are ignored
   */
  public void kick(int queueIndex) {
    if (queueIndex != 0) {
      return;
    }
    counters.increment(DeviceCounter.KICKS);
    serve();
  }

  /**
   * Does what is due: hands on what a slow source has delivered, goes on with what a bound, a limit
   * or a failure held up. Very cheap when nothing is due.
   *
   * @return true if something was done
   */
  public boolean poll() {
    if (!loop.isDue() || !isLive()) {
      return false;
    }
    serve();
    return true;
  }

  /**
   * Says how long {@link #poll} need not be called, unless the driver kicks or the source wakes the
   * embedder first.
   *
   * @return nanoseconds; 0 if it is due; {@link RateLimiter#NEVER} if nothing is waited for
   */
  public long nanosUntilDue() {
    return isLive() ? loop.nanosUntilDue() : RateLimiter.NEVER;
  }

  /** Gives back what is at the source, so that the queue's positions tell the whole state. */
  public void quiesce() {
    loop.quiesce();
  }

  private void serve() {
    if (!isLive()) {
      return;
    }
    boolean notify = loop.run();
    RingFault fault = queue.fault();
    if (fault != null) {
      loop.reset();
      status |= DEVICE_NEEDS_RESET;
      counters.increment(DeviceCounter.FAULTS);
      trace.driverFault(fault);
    }
    if (notify) {
      interrupts.usedBuffers();
    }
    if (fault != null && (status & DEVICE_NEEDS_RESET) != 0) {
      // §2.1.2: DRIVER_OK is set here, so the driver must be told; unless it has reset the device
      // from inside the interrupt above.
      interrupts.configurationChanged();
    }
  }

  /**
   * The device's counters.
   *
   * @return live values
   */
  public DeviceCounters counters() {
    return counters;
  }

  // ---- saving and restoring

  /**
   * Saves what the device knows. Outstanding requests are given back to the queue first, so nothing
   * that a source delivers is saved.
   *
   * @return the state
   */
  public DeviceState saveState() {
    loop.quiesce();
    return new DeviceState(
        driverFeatures(),
        featuresFrozen,
        status,
        queue.isEnabled(),
        queue.size(),
        queue.descriptorTable(),
        queue.availRing(),
        queue.usedRing(),
        queue.nextAvail(),
        queue.nextUsed(),
        limiter.saveState());
  }

  /**
   * Takes over a saved state. Raises no interrupt; the next {@link #poll} looks at the queue.
   *
   * @param state the state of a device with the same queue size and limiter; treated as untrusted
   * @throws IllegalArgumentException if this device can't be in that state; nothing has changed
   *     then
   */
  public void restoreState(DeviceState state) {
    if (state.queueSize() > queue.maxSize()) {
      throw new IllegalArgumentException(
          "the saved queue has "
              + state.queueSize()
              + " entries; this device has "
              + queue.maxSize()
              + " at the most");
    }
    if (!state.featuresFrozen() && (state.status() & FEATURES_OK) != 0) {
      throw new IllegalArgumentException(
          "the saved status has FEATURES_OK, but the features are not frozen");
    }
    if (state.featuresFrozen() && !acceptable(state.driverFeatures())) {
      throw new IllegalArgumentException(
          "the saved features 0x"
              + Long.toHexString(state.driverFeatures())
              + " are not all offered here: 0x"
              + Long.toHexString(OFFERED));
    }
    // First, because it refunds what is pending here to the limiter as it is now.
    loop.quiesce();
    limiter.restoreState(state.limiterState());
    loop.reset();
    queue.reset();
    driverFeatures = state.driverFeatures();
    unknownFeatures = driverFeatures < 0;
    featuresFrozen = state.featuresFrozen();
    status = state.status();
    queue.chooseSize(state.queueSize());
    queue.place(state.descriptorTable(), state.availRing(), state.usedRing());
    queue.setPosition(state.nextAvail(), state.nextUsed());
    if (state.queueEnabled()) {
      queue.enable(
          (driverFeatures & VirtioFeature.EVENT_IDX) != 0,
          (driverFeatures & VirtioFeature.INDIRECT_DESC) != 0);
    }
    loop.look();
  }

  /** Stops the device for good, without the guest's help. Idempotent; the source is not closed. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    loop.reset();
    queue.reset();
    closed = true;
  }
}
