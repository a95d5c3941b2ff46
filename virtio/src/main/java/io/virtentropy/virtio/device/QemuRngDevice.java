package io.virtentropy.virtio.device;

import static io.virtentropy.virtio.device.DeviceStatus.DEVICE_NEEDS_RESET;
import static io.virtentropy.virtio.device.DeviceStatus.DRIVER_OK;
import static io.virtentropy.virtio.device.DeviceStatus.FEATURES_OK;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.ratelimit.QemuQuota;
import io.virtentropy.ratelimit.RateLimiter;
import io.virtentropy.virtio.memory.GuestMemory;
import io.virtentropy.virtio.memory.GuestMemoryException;
import io.virtentropy.virtio.queue.RingFault;
import java.util.Objects;

/**
 * The entropy device that does what QEMU's virtio-rng does, step by step, its defects included
 * (QEMU 7.2, 10.0 and 11.1, with {@code ioeventfd=off}).
 *
 * <pre>
 *   kick, status write,     pass: arm the timer, add up what the ring holds,
 *   timer, resume      ───▶       ask the source for that much, cut to the quota
 *                                                   │
 *   fill chains while bytes last, charge the ◀─── answer: perhaps shorter, perhaps to a request
 *   quota, notify once; ring not empty: pass      made for the same buffers as another
 * </pre>
 *
 * <p>Different from QEMU where that would harm somebody: no entropy asked for in one session is
 * delivered in the next, no indirect table is written over, answers are at most {@link
 * RequestLoop#MAX_REQUEST_BYTES} with every version, and requests, descriptors and bytes per call
 * are bounded. {@code docs/qemu-differences.md} has the whole list.
 *
 * <p>For comparison, and for guests that depend on it. {@link VirtioRngDevice} is the one to use.
 */
public final class QemuRngDevice implements RngDevice {
  private static final long HIDDEN =
      VirtioFeature.NOTIFY_ON_EMPTY | VirtioFeature.ANY_LAYOUT | VirtioFeature.BAD_FEATURE;

  private static final long MODERN =
      VirtioFeature.INDIRECT_DESC
          | VirtioFeature.EVENT_IDX
          | VirtioFeature.VERSION_1
          | VirtioFeature.RING_RESET;

  /** The most answers handled in one call, against a source and a driver that never run dry. */
  private static final int MAX_ANSWERS_PER_RUN = 64;

  /**
   * The most chains one answer is spread over, and after which a call handles no further answer:
   * those of no writable byte use up nothing. QEMU goes on as long as it finds some. Where the
   * driver moved the index back meanwhile that is up to the index seen before, and from there once
   * around to the new one; so many are the same in both, and only a driver that keeps moving it is
   * cut short.
   */
  static final int MAX_CHAINS_PER_ANSWER = 2 << 16;

  private final QemuVersion version;
  private final QemuRing ring;
  private final QemuQuota quota;
  private final QemuRequests requests;
  private final DeviceCounters counters = new DeviceCounters();
  private final DeviceTrace trace;
  private final Interrupts interrupts;
  private final Runnable pass = this::pass;
  private final long offered;
  private final long accepted;

  private final int[] featureRegisters = new int[2];
  private long features;
  private int status;
  private boolean broken;
  private boolean disabled;
  private boolean running = true;
  private boolean closed;

  /** Counts resets, so that a call can tell that its driver reset the device inside a callback. */
  private int session;

  private boolean answering;

  /** How many chains the answers of this call may still be spread over. */
  private int chainsLeft;

  private boolean look;

  QemuRngDevice(QemuRngDeviceBuilder builder, Interrupts interrupts) {
    this.interrupts = Objects.requireNonNull(interrupts, "interrupts");
    this.version = builder.version;
    this.trace = builder.trace;
    this.offered = MODERN & ~builder.withheld;
    this.accepted = (MODERN | HIDDEN) & ~builder.withheld;
    this.ring = new QemuRing(builder.memory, version);
    this.quota = new QemuQuota(builder.quota, builder.clock);
    this.requests =
        new QemuRequests(builder.source, builder.clock, counters, trace, builder.wakeUp);
  }

  /**
   * Begins a device.
   *
   * @param memory the guest's memory
   * @param source where entropy comes from; it stays the caller's to close
   * @return a builder with defaults for everything else
   */
  public static QemuRngDeviceBuilder builder(GuestMemory memory, EntropyBackend source) {
    return new QemuRngDeviceBuilder(memory, source);
  }

  @Override
  public QemuVersion imitatedVersion() {
    return version;
  }

  // ---- features

  @Override
  public long offeredFeatures() {
    return offered;
  }

  /**
   * {@inheritDoc}
   *
   * <p>Bit 30 among them, which QEMU shows on PCI.
   */
  @Override
  public int legacyFeatures() {
    return (int) accepted;
  }

  @Override
  public long driverFeatures() {
    return features;
  }

  @Override
  public int driverFeatures(int word) {
    return word == 0 || word == 1 ? featureRegisters[word] : 0;
  }

  /**
   * {@inheritDoc}
   *
   * <p>What is not offered is dropped, and the hidden bits 24, 27 and 30 can be had. Not in force
   * while the status has {@code FEATURES_OK}.
   */
  @Override
  public void writeDriverFeatures(int word, int bits) {
    if (word == 0 || word == 1) {
      featureRegisters[word] = bits;
      accept((featureRegisters[0] & 0xffff_ffffL) | ((long) featureRegisters[1] << 32));
    }
  }

  /**
   * {@inheritDoc}
   *
   * <p>With bit 30 among them, none is accepted.
   */
  @Override
  public void writeLegacyFeatures(int bits) {
    accept((bits & VirtioFeature.BAD_FEATURE) != 0 ? 0 : bits & 0xffff_ffffL);
  }

  private void accept(long bits) {
    if ((status & FEATURES_OK) == 0) {
      features = bits & accepted;
      ring.setFeatures(features);
    }
  }

  // ---- status

  @Override
  public int status() {
    return status;
  }

  /**
   * {@inheritDoc}
   *
   * <p>Kept as written, {@code FEATURES_OK} always granted. Every write makes a pass.
   */
  @Override
  public void writeStatus(int value) {
    setStatus(value & 0xff);
    if ((value & 0xff) == 0) {
      reset();
    }
    answer();
  }

  @Override
  public void writeLegacyStatus(int value) {
    writeStatus(value);
  }

  private void setStatus(int value) {
    int before = session;
    if (running) {
      status = value;
      pass();
    }
    if (session == before) {
      status = value; // hides DEVICE_NEEDS_RESET if that pass has set it
    }
  }

  @Override
  public boolean isLive() {
    return isReady() && !broken && !closed;
  }

  private boolean isReady() {
    return ring.avail != 0 && (status & DRIVER_OK) != 0;
  }

  private boolean isStopped() {
    return broken || disabled;
  }

  /**
   * {@inheritDoc}
   *
   * <p>Being told so, the device takes {@code DRIVER_OK} back, and does not set it again. What it
   * does to memory does not depend on the bit.
   */
  @Override
  public void setBusMaster(boolean on) {
    disabled = !on;
    if (!on) {
      setStatus(status & ~DRIVER_OK);
      answer();
    }
  }

  @Override
  public void restoreBusMaster(boolean on) {
    // What follows from the bit is saved with the device.
  }

  /**
   * {@inheritDoc}
   *
   * <p>A stopped machine's device still asks, but drops what comes. Going on makes two passes.
   */
  @Override
  public void setRunning(boolean nowRunning) {
    boolean before = running;
    running = nowRunning;
    if (nowRunning && !before && (status & DRIVER_OK) != 0) {
      pass();
      setStatus(status); // what the first pass found wrong is in it, and stays
      answer();
    }
  }

  /**
   * {@inheritDoc}
   *
   * <p>As in QEMU, quota and timer stay as they are. Unlike in QEMU, requests at the source are
   * cancelled: their bytes belong to the session that asked.
   */
  @Override
  public void reset() {
    session++;
    requests.cancelAll();
    ring.reset();
    status = 0;
    features = 0;
    ring.setFeatures(0);
    if (version.resetClearsFeatureRegisters()) {
      featureRegisters[0] = 0;
      featureRegisters[1] = 0;
    }
    broken = false;
    disabled = false;
    look = false;
    counters.increment(DeviceCounter.RESETS);
    trace.reset();
  }

  // ---- the request queue

  @Override
  public int maxQueueSize() {
    return version.queueSize();
  }

  @Override
  public int queueSize() {
    return ring.size;
  }

  /**
   * {@inheritDoc}
   *
   * <p>Any number from 1 to 1024, at any time; more than was offered breaks the device since 11.1.
   * The rings are mapped anew since 10.0.
   */
  @Override
  public boolean chooseQueueSize(int size) {
    if (size < 1 || size > QemuRing.MAX_SIZE) {
      placed(ring.resize(ring.size)); // ignored, but for what follows from any write
      return false;
    }
    if (version.refusesLargeQueues() && size > version.queueSize()) {
      fault(new RingFault.QueueRegister("queue_size", size, "1 to " + version.queueSize()));
      placed(ring.resize(ring.size));
      return false;
    }
    placed(ring.resize(size));
    return true;
  }

  @Override
  public boolean isQueueEnabled() {
    return ring.avail != 0;
  }

  @Override
  public long descriptorTable() {
    return ring.table;
  }

  @Override
  public void enableQueue(long table, long avail, long used) {
    placed(ring.place(table, avail, used));
  }

  /**
   * {@inheritDoc}
   *
   * <p>Without room for {@code used_event} in front of the used ring, and with any alignment.
   */
  @Override
  public void placeLegacyQueue(long base, int align) {
    placed(ring.placeLegacy(base, align > 0 ? align : VirtioRngDevice.LEGACY_ALIGN));
  }

  private void placed(RingFault wrong) {
    if (wrong != null) {
      fault(wrong);
    }
  }

  @Override
  public void refuseQueueEnable(int value) {
    fault(new RingFault.QueueRegister("queue_enable", value, "1"));
  }

  @Override
  public void disableQueue() {
    ring.place(0, 0, 0);
  }

  /**
   * {@inheritDoc}
   *
   * <p>Whether or not it was negotiated. Requests at the source stay there; what comes while the
   * queue is down is dropped.
   */
  @Override
  public boolean resetQueue() {
    ring.reset();
    return true;
  }

  @Override
  public void kick(int queueIndex) {
    if (queueIndex != 0) {
      return;
    }
    counters.increment(DeviceCounter.KICKS);
    if (ring.table != 0 && !broken && !closed) {
      pass();
      answer();
    }
  }

  // ---- the loop

  /** Asks for as much as the ring holds and the quota allows, whatever was asked for before. */
  private void pass() {
    if (!isReady() || closed) {
      return;
    }
    quota.startPass();
    long sum = scan();
    long size = quota.requestSize(sum);
    if (size != 0) {
      requests.add((int) Math.min(size, RequestLoop.MAX_REQUEST_BYTES));
    }
  }

  private long scan() {
    try {
      long sum = ring.scan(quota.scanLimit());
      if (sum != QemuRing.FAULT) {
        return sum;
      }
      fault(ring.fault());
    } catch (GuestMemoryException e) {
      fault(new RingFault.BufferOutsideMemory(0, e.address(), e.length()));
    }
    return 0;
  }

  /** Hands on what the source has answered, until there is no more or enough for one call. */
  private void answer() {
    if (answering) {
      return; // from inside an interrupt; the call that raised it goes on
    }
    answering = true;
    try {
      int bytes = RequestLoop.MAX_BYTES_PER_RUN;
      chainsLeft = MAX_CHAINS_PER_ANSWER;
      for (int i = 0; i < MAX_ANSWERS_PER_RUN && bytes > 0 && chainsLeft > 0; i++) {
        int length = requests.answer();
        if (length == 0) {
          return;
        }
        bytes -= length;
        try {
          answer(length);
        } finally {
          requests.finish();
        }
      }
    } finally {
      answering = false;
    }
  }

  private void answer(int length) {
    if (!isReady() || !running || closed) {
      return; // dropped, and not charged
    }
    int before = session;
    quota.charge(length);
    try {
      fillChains(length);
    } catch (GuestMemoryException e) {
      fault(new RingFault.BufferOutsideMemory(0, e.address(), e.length()));
    }
    if (session == before) {
      attemptNotification();
    }
    if (session == before && !isStopped() && !ring.isEmpty()) {
      pass();
    }
  }

  private void fillChains(int length) {
    int done = 0;
    for (int chains = 0; done < length && chains < MAX_CHAINS_PER_ANSWER; chains++) {
      chainsLeft--;
      if (isStopped()) {
        return;
      }
      int popped = ring.pop();
      if (popped == QemuRing.FAULT) {
        fault(ring.fault());
        return;
      }
      if (popped == QemuRing.EMPTY) {
        return;
      }
      int written = ring.fill(requests.bytes(), done, length - done);
      ring.push(written);
      done += written;
      counters.increment(DeviceCounter.CHAINS);
      counters.add(DeviceCounter.BYTES, written);
      if (written == 0) {
        counters.increment(DeviceCounter.EMPTY_CHAINS);
      }
    }
  }

  private void attemptNotification() {
    if (!ring.wantsNotification(isStopped())) {
      return;
    }
    if (isStopped()) {
      interrupts.recordOnly(false);
    } else {
      counters.increment(DeviceCounter.INTERRUPTS);
      interrupts.usedBuffers();
    }
  }

  /** The driver did something that QEMU stops at. Without VERSION_1 it is not told. */
  private void fault(RingFault found) {
    counters.increment(DeviceCounter.FAULTS);
    trace.driverFault(found);
    boolean silent = isStopped();
    broken = true;
    if ((features & VirtioFeature.VERSION_1) == 0) {
      return;
    }
    status |= DEVICE_NEEDS_RESET;
    if ((status & DRIVER_OK) == 0) {
      return;
    }
    if (silent) {
      interrupts.recordOnly(true);
    } else {
      interrupts.configurationChanged();
    }
  }

  // ---- besides the driver

  @Override
  public boolean poll() {
    if (closed) {
      return false;
    }
    boolean timer = running && quota.runTimer(pass);
    boolean looked = look;
    if (look) {
      look = false;
      pass();
    }
    boolean answered = requests.waiting() != 0 && requests.nanosUntilAnswer() == 0;
    if (timer || looked || answered) {
      answer();
      return true;
    }
    return false;
  }

  @Override
  public long nanosUntilDue() {
    if (closed) {
      return RateLimiter.NEVER;
    }
    if (look) {
      return 0;
    }
    long timer = running ? quota.nanosUntilTimer() : RateLimiter.NEVER;
    return Math.min(timer, requests.nanosUntilAnswer());
  }

  @Override
  public void quiesce() {
    look |= requests.waiting() != 0;
    requests.cancelAll();
  }

  @Override
  public DeviceCounters counters() {
    return counters;
  }

  @Override
  public byte[] save() {
    quiesce();
    return new QemuDeviceState(
            features,
            featureRegisters[0],
            featureRegisters[1],
            status,
            (broken ? QemuDeviceState.BROKEN : 0)
                | (disabled ? QemuDeviceState.DISABLED : 0)
                | (ring.isSignalledValid() ? QemuDeviceState.SIGNALLED_VALID : 0),
            ring.size,
            ring.table,
            ring.avail,
            ring.used,
            ring.lastAvail(),
            ring.seenAvail(),
            ring.usedIdx(),
            ring.signalledUsed(),
            quota.saveState())
        .toBytes();
  }

  @Override
  public void restore(byte[] saved) {
    QemuDeviceState state = QemuDeviceState.parse(saved);
    if ((state.features() & ~accepted) != 0) {
      throw new IllegalArgumentException(
          "the saved features 0x"
              + Long.toHexString(state.features())
              + " are not all accepted here: 0x"
              + Long.toHexString(accepted));
    }
    quota.restoreState(state.quota());
    requests.cancelAll();
    session++;
    features = state.features();
    ring.reset();
    ring.setFeatures(features);
    featureRegisters[0] = state.lowRegister();
    featureRegisters[1] = state.highRegister();
    status = state.status();
    broken = (state.flags() & QemuDeviceState.BROKEN) != 0;
    disabled = (state.flags() & QemuDeviceState.DISABLED) != 0;
    ring.size = state.queueSize();
    ring.place(state.table(), state.avail(), state.used());
    ring.setPositions(
        state.lastAvail(),
        state.seenAvail(),
        state.usedIdx(),
        state.signalledUsed(),
        (state.flags() & QemuDeviceState.SIGNALLED_VALID) != 0);
    look = true;
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    requests.cancelAll();
    ring.reset();
    closed = true;
  }
}
