package io.virtentropy.virtio.device;

import static io.virtentropy.virtio.device.DeviceStatus.DEVICE_NEEDS_RESET;
import static io.virtentropy.virtio.device.DeviceStatus.DRIVER_OK;
import static io.virtentropy.virtio.device.DeviceStatus.FAILED;
import static io.virtentropy.virtio.device.DeviceStatus.FEATURES_OK;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.ratelimit.RateLimiter;
import io.virtentropy.virtio.memory.GuestMemory;
import io.virtentropy.virtio.queue.RingFault;
import io.virtentropy.virtio.queue.SplitRingLayout;
import io.virtentropy.virtio.queue.SplitVirtqueue;
import java.util.Objects;

/**
 * The entropy device that follows the virtio specification (virtio 1.3 §5.4), as a transport sees
 * it: features, status and one request queue, without registers.
 *
 * <p>A transport passes on what the driver writes, and is told of interrupts through {@link
 * Interrupts}. After every call the state is consistent; an interrupt is the last thing a call
 * does, so its receiver may call the device again at once.
 *
 * <p>A driver that breaks its ring gets {@code DEVICE_NEEDS_RESET} and a configuration-change
 * notification, and nothing more is done until it resets the device. No exception leaves a method
 * for the driver's sake.
 *
 * <p>A driver is taken for a legacy one from its first write through a legacy interface until the
 * next reset, unless a modern driver has had its features accepted before (virtio 1.3 §2.2.3). It
 * is served as soon as it has placed its queue, whatever the status says (§3.1.2), and its faults
 * stop the device without a word, because it knows no bit to tell it by.
 *
 * <p>Used by one thread at a time, not always the same one.
 */
public final class VirtioRngDevice implements RngDevice {
  /** The virtio device type of an entropy device (virtio 1.3 §5). */
  public static final int DEVICE_TYPE = 4;

  /** How many queues there are: the request queue alone (virtio 1.3 §5.4.2). */
  public static final int QUEUES = 1;

  /** The size of the request queue unless another is chosen; QEMU's. */
  public static final int DEFAULT_QUEUE_SIZE = 8;

  /** The alignment of a legacy queue's used ring where the driver can't choose or chose none. */
  public static final int LEGACY_ALIGN = 4096;

  private static final long LEGACY_ONLY = VirtioFeature.NOTIFY_ON_EMPTY | VirtioFeature.ANY_LAYOUT;

  private static final long OFFERED =
      VirtioFeature.INDIRECT_DESC
          | VirtioFeature.EVENT_IDX
          | VirtioFeature.VERSION_1
          | VirtioFeature.RING_RESET;

  private final RateLimiter limiter;
  private final SplitVirtqueue queue;
  private final RequestLoop loop;
  private final DeviceCounters counters;
  private final DeviceTrace trace;
  private final Interrupts interrupts;
  private final long offered;
  private final int legacyOffered;

  private long driverFeatures;

  /** The driver accepted a bit beyond bit 63. Until a reset: no word of ours can take it back. */
  private boolean unknownFeatures;

  private boolean featuresFrozen;
  private boolean legacyDriver;
  private int status;

  /** A fault of the driver was met; only a reset cures it. */
  private boolean broken;

  private boolean busMaster = true;
  private boolean running = true;
  private boolean closed;

  VirtioRngDevice(VirtioRngDeviceBuilder builder, Interrupts interrupts) {
    this.interrupts = Objects.requireNonNull(interrupts, "interrupts");
    this.trace = builder.trace;
    this.limiter = builder.limiter;
    this.offered = OFFERED & ~builder.withheld;
    this.legacyOffered = (int) ((OFFERED | LEGACY_ONLY) & ~builder.withheld);
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
  public static VirtioRngDeviceBuilder builder(GuestMemory memory, EntropyBackend source) {
    return new VirtioRngDeviceBuilder(memory, source);
  }

  @Override
  public QemuVersion imitatedVersion() {
    return null;
  }

  // ---- features

  @Override
  public long offeredFeatures() {
    return offered;
  }

  @Override
  public int legacyFeatures() {
    return legacyOffered;
  }

  /**
   * What the driver has accepted so far.
   *
   * @return feature bits, as a modern driver wrote them, or what a legacy one may have; bit 63,
   *     which is never offered, stands also for all beyond
   */
  @Override
  public long driverFeatures() {
    return unknownFeatures ? driverFeatures | Long.MIN_VALUE : driverFeatures;
  }

  @Override
  public int driverFeatures(int word) {
    return switch (word) {
      case 0 -> (int) driverFeatures;
      case 1 -> (int) (driverFeatures >>> 32);
      default -> 0;
    };
  }

  /**
   * Takes a word of the driver's features. Ignored once {@code FEATURES_OK} was granted: a driver
   * that wants others resets the device (virtio 1.3 §2.2).
   *
   * @param word 0 for bits 0 to 31, 1 for bits 32 to 63; others are ignored
   * @param bits the word
   */
  @Override
  public void writeDriverFeatures(int word, int bits) {
    if (featuresFrozen || legacyDriver) {
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

  /**
   * {@inheritDoc}
   *
   * <p>Taken at any time, also after the queue was placed. A driver that accepts the bit 30, which
   * is never offered, accepts what it doesn't look at, and gets nothing.
   */
  @Override
  public void writeLegacyFeatures(int bits) {
    if (!isLegacyFromNow()) {
      return;
    }
    driverFeatures =
        (bits & VirtioFeature.BAD_FEATURE) != 0 ? 0 : bits & legacyOffered & 0xffff_ffffL;
    if (queue.isEnabled() && !broken) {
      putIntoService();
    }
  }

  /** Takes the driver for a legacy one, unless a modern one has come first. */
  private boolean isLegacyFromNow() {
    if (!featuresFrozen && !legacyDriver) {
      legacyDriver = true;
      driverFeatures &= legacyOffered & 0xffff_ffffL;
      unknownFeatures = false;
    }
    return legacyDriver;
  }

  // ---- status

  @Override
  public int status() {
    return status;
  }

  /**
   * Takes a write of the status byte. 0 resets the device. Besides, every write while the device is
   * live looks at the queue, as in QEMU.
   *
   * @param value what the driver wrote; bits beyond the lowest eight are ignored
   */
  @Override
  public void writeStatus(int value) {
    int written = value & 0xff;
    if (written == 0) {
      reset();
      return;
    }
    // §2.1.2: only a reset takes DEVICE_NEEDS_RESET back, and only the device sets it.
    int next = (written & ~DEVICE_NEEDS_RESET) | (status & DEVICE_NEEDS_RESET);
    if ((next & FEATURES_OK) != 0) {
      if (featuresAcceptable() && !legacyDriver) {
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

  /**
   * {@inheritDoc}
   *
   * <p>There is no handshake over features, and nothing waits for {@code DRIVER_OK} (virtio 1.3
   * §3.1.2).
   */
  @Override
  public void writeLegacyStatus(int value) {
    int written = value & 0xff;
    if (written == 0) {
      reset();
    } else if (isLegacyFromNow()) {
      status = written & ~(DEVICE_NEEDS_RESET | FEATURES_OK);
      serve();
    } else {
      writeStatus(written);
    }
  }

  private boolean featuresAcceptable() {
    return acceptable(driverFeatures());
  }

  private boolean acceptable(long features) {
    return (features & ~offered) == 0 && (features & VirtioFeature.VERSION_1) != 0;
  }

  /**
   * Says whether the device may use its queue: the driver is ready, nothing has failed, memory can
   * be reached.
   *
   * @return true between a granted DRIVER_OK, or a legacy driver's placing its queue, and the first
   *     fault or reset
   */
  @Override
  public boolean isLive() {
    if (broken || closed || !busMaster || !running) {
      return false;
    }
    if (legacyDriver) {
      return queue.isEnabled() && (status & FAILED) == 0;
    }
    int needed = FEATURES_OK | DRIVER_OK;
    return (status & (needed | FAILED)) == needed;
  }

  /**
   * {@inheritDoc}
   *
   * <p>Without it the queue rests and the status stays; with it the device looks at the queue.
   */
  @Override
  public void setBusMaster(boolean on) {
    boolean before = busMaster;
    busMaster = on;
    if (on && !before) {
      serve();
    }
  }

  @Override
  public void restoreBusMaster(boolean on) {
    busMaster = on;
  }

  /**
   * {@inheritDoc}
   *
   * <p>Nothing is delivered to a stopped machine. One that goes on has its queue looked at.
   */
  @Override
  public void setRunning(boolean nowRunning) {
    boolean before = running;
    running = nowRunning;
    if (nowRunning && !before) {
      serve();
    }
  }

  /**
   * Resets the device, as the driver or the machine may. Complete on return: requests still at the
   * source are cancelled, and what they deliver is wiped.
   */
  @Override
  public void reset() {
    loop.reset();
    queue.reset();
    status = 0;
    driverFeatures = 0;
    unknownFeatures = false;
    featuresFrozen = false;
    legacyDriver = false;
    broken = false;
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

  @Override
  public int maxQueueSize() {
    return queue.maxSize();
  }

  @Override
  public int queueSize() {
    return queue.size();
  }

  @Override
  public boolean chooseQueueSize(int size) {
    return queue.chooseSize(size);
  }

  @Override
  public boolean isQueueEnabled() {
    return queue.isEnabled();
  }

  @Override
  public long descriptorTable() {
    return queue.descriptorTable();
  }

  /**
   * Puts the request queue into service with the negotiated features, and looks at it if the device
   * is live. Does nothing if it is in service.
   */
  @Override
  public void enableQueue(long table, long avail, long used) {
    if (queue.isEnabled()) {
      return;
    }
    queue.place(table, avail, used);
    putIntoService();
    serve();
  }

  /**
   * {@inheritDoc}
   *
   * <p>A queue in service moves and keeps its positions, as in QEMU. Ignored when a modern driver
   * has come first.
   */
  @Override
  public void placeLegacyQueue(long base, int align) {
    if (!isLegacyFromNow() || broken) {
      return;
    }
    boolean legal = align > 0 && (align & (align - 1)) == 0;
    loop.quiesce();
    queue.disable();
    queue.place(
        base,
        base + SplitRingLayout.descriptorTableBytes(queue.size()),
        SplitRingLayout.legacyUsedRing(base, queue.size(), legal ? align : LEGACY_ALIGN));
    putIntoService();
    serve();
  }

  private void putIntoService() {
    queue.setNotifyOnEmpty(legacyDriver && (driverFeatures & VirtioFeature.NOTIFY_ON_EMPTY) != 0);
    queue.enable(
        (driverFeatures & VirtioFeature.EVENT_IDX) != 0,
        (driverFeatures & VirtioFeature.INDIRECT_DESC) != 0);
  }

  /**
   * {@inheritDoc}
   *
   * <p>A legacy driver's queue forgets where it was, so that the next one begins at its begin.
   */
  @Override
  public void disableQueue() {
    loop.quiesce();
    if (legacyDriver) {
      queue.reset();
    } else {
      queue.disable();
    }
  }

  /**
   * Resets the request queue alone (virtio 1.3 §2.6.1).
   *
   * @return false if that was not negotiated; nothing has happened then
   */
  @Override
  public boolean resetQueue() {
    if (!featuresFrozen || (driverFeatures & VirtioFeature.RING_RESET) == 0) {
      return false;
    }
    loop.reset();
    queue.reset();
    return true;
  }

  @Override
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
  @Override
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
  @Override
  public long nanosUntilDue() {
    return isLive() ? loop.nanosUntilDue() : RateLimiter.NEVER;
  }

  @Override
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
      stopAt(fault);
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

  private void stopAt(RingFault fault) {
    loop.reset();
    broken = true;
    if (!legacyDriver) {
      status |= DEVICE_NEEDS_RESET;
    }
    counters.increment(DeviceCounter.FAULTS);
    trace.driverFault(fault);
  }

  @Override
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
        legacyDriver,
        broken,
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
              + Long.toHexString(offered));
    }
    if (state.legacyDriver() && (state.driverFeatures() & ~(legacyOffered & 0xffff_ffffL)) != 0) {
      throw new IllegalArgumentException(
          "the saved legacy features 0x"
              + Long.toHexString(state.driverFeatures())
              + " are not all offered here: 0x"
              + Integer.toHexString(legacyOffered));
    }
    // First, because it refunds what is pending here to the limiter as it is now.
    loop.quiesce();
    limiter.restoreState(state.limiterState());
    loop.reset();
    queue.reset();
    driverFeatures = state.driverFeatures();
    unknownFeatures = driverFeatures < 0;
    featuresFrozen = state.featuresFrozen();
    legacyDriver = state.legacyDriver();
    broken = state.broken();
    status = state.status();
    queue.chooseSize(state.queueSize());
    queue.place(state.descriptorTable(), state.availRing(), state.usedRing());
    queue.setPosition(state.nextAvail(), state.nextUsed());
    if (state.queueEnabled()) {
      putIntoService();
    }
    loop.look();
  }

  @Override
  public byte[] save() {
    return saveState().toBytes();
  }

  @Override
  public void restore(byte[] saved) {
    restoreState(DeviceState.parse(saved));
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
