package io.virtentropy.vhostuser;

import io.virtentropy.vhostuser.linux.LateFaults;
import io.virtentropy.vhostuser.linux.Signal;
import io.virtentropy.vhostuser.memory.GuestRange;
import io.virtentropy.vhostuser.memory.MemoryTable;
import io.virtentropy.virtio.device.DeviceCounter;
import io.virtentropy.virtio.device.DeviceCounters;
import io.virtentropy.virtio.device.RequestLoop;
import io.virtentropy.virtio.device.VirtioFeature;
import io.virtentropy.virtio.queue.RingFault;
import io.virtentropy.virtio.queue.RingFault.RingPart;
import io.virtentropy.virtio.queue.SplitRingLayout;
import io.virtentropy.virtio.queue.SplitVirtqueue;

/**
 * The request ring of one guest, as vhost-user sees it: served while it is both started and
 * enabled.
 *
 * <pre>
 *                SET_VRING_KICK              SET_VRING_ENABLE 1
 *      stopped ─────────────────▶ started    disabled ────────▶ enabled
 *         ▲                          │           ▲                 │
 *         └───── GET_VRING_BASE ─────┘           └─────────────────┘
 *                                                SET_VRING_ENABLE 0
 * </pre>
 *
 * <p>A started ring needs its three parts in the guest's memory. When a change of the memory table
 * takes one away, the ring waits for a change that brings it back, because a front-end removes a
 * region before it adds the one that replaces it. A ring that is broken, by its driver or because
 * its parts are nowhere when it is started or kicked, is not served until it is started anew.
 *
 * <p>The guest's memory may not be there any more. Each method that accesses it has delivered the
 * {@link InternalError} when it returns, except {@link #isDue}; whoever catches one lets go of the
 * memory with {@link #abandon}.
 *
 * <p>The queue and the loop live as long as the guest's socket, so that what a slow source has not
 * let go of stays bounded however often a front-end comes and goes.
 */
final class Vring {
  private static final long OF_THE_RING = VirtioFeature.EVENT_IDX | VirtioFeature.INDIRECT_DESC;

  private final SplitVirtqueue queue;
  private final RequestLoop loop;
  private final MemoryTable table;
  private final DeviceCounters counters;
  private final KickWatch kicks;

  private long features;
  private boolean addressed;
  private long descriptors;
  private long used;
  private long avail;

  private boolean started;
  private boolean enabled;

  /** All three parts were found in memory; the queue is in service. */
  private boolean resolved;

  /** Latched until the ring is started anew. */
  private RingFault fault;

  private boolean faultReported = true;

  /** Started, enabled, resolved and not broken: the ring is served. */
  private boolean live;

  private Signal kick;
  private Signal call;
  private Signal err;

  /** The driver is to be notified as soon as there is a descriptor to do it with. */
  private boolean callOwed;

  /** The driver has been told that it need not kick. */
  private boolean polled;

  /** The last run found a buffer and could do nothing with it: only time or the source can help. */
  private boolean stalled;

  /** Who waits for kicks. */
  interface KickWatch {
    /** Stops waiting for a descriptor that is about to be closed. */
    void unwatch(Signal kick);
  }

  Vring(
      SplitVirtqueue queue,
      RequestLoop loop,
      MemoryTable table,
      DeviceCounters counters,
      KickWatch kicks) {
    this.queue = queue;
    this.loop = loop;
    this.table = table;
    this.counters = counters;
    this.kicks = kicks;
  }

  // ---- set-up by the front-end

  /** Takes the negotiated features; a running ring goes on where it is. */
  void negotiate(long newFeatures) {
    long changed = features ^ newFeatures;
    features = newFeatures;
    if (resolved && (changed & OF_THE_RING) != 0) {
      detach();
      attach();
    }
  }

  /** False if the size is illegal or the ring runs. */
  boolean chooseSize(int size) {
    return !started && queue.chooseSize(size);
  }

  int size() {
    return queue.size();
  }

  int maxSize() {
    return queue.maxSize();
  }

  /**
   * Takes the addresses of the three parts in the front-end's space.
   *
   * @return the part that begins nowhere in the guest's memory, or null; if there is one, nothing
   *     has changed
   */
  RingPart place(long newDescriptors, long newUsed, long newAvail) {
    if (table.size() > 0) { // else taken on trust, and looked up when the ring starts
      if (table.translate(newDescriptors, 1) == null) {
        return RingPart.DESCRIPTOR_TABLE;
      }
      if (table.translate(newUsed, 1) == null) {
        return RingPart.USED_RING;
      }
      if (table.translate(newAvail, 1) == null) {
        return RingPart.AVAIL_RING;
      }
    }
    boolean same =
        addressed && descriptors == newDescriptors && used == newUsed && avail == newAvail;
    descriptors = newDescriptors;
    used = newUsed;
    avail = newAvail;
    addressed = true;
    if (!same && started) {
      detach();
      attach();
    }
    return null;
  }

  /** Sets the next available index; false if the ring runs. */
  boolean begin(int availIndex) {
    if (started) {
      return false;
    }
    queue.setPosition(availIndex, availIndex);
    return true;
  }

  void enable(boolean on) {
    enabled = on;
    if (!on && live) {
      askForKicks();
      LateFaults.deliver();
      loop.quiesce();
    }
    updateLive();
  }

  boolean isEnabled() {
    return enabled;
  }

  boolean isStarted() {
    return started;
  }

  boolean isLive() {
    return live;
  }

  /**
   * Starts the ring, or goes on with another kick descriptor.
   *
   * @param newKick how the driver kicks; null if the ring is to be polled
   */
  void start(Signal newKick) {
    closeKick();
    kick = newKick;
    if (started && fault == null) {
      attach();
      loop.look(); // a kick may have gone to the descriptor that was replaced
      return;
    }
    started = true;
    fault = null;
    attach();
    if (!resolved) {
      breakRing(nowhere());
      return;
    }
    // A predecessor may have returned buffers and been killed before it told of them. One
    // notification too many is harmless.
    callOwed = queue.nextUsed() != 0;
  }

  /**
   * Stops the ring: on return its memory is not touched any more. Requests at the source are given
   * up and their chains put back rather than waited for, because a source may have nothing to give
   * for ever. Whoever goes on from the index serves them, in the same order.
   *
   * @return the next available index
   */
  int stop() {
    detach();
    started = false;
    fault = null;
    callOwed = false;
    closeKick();
    return queue.nextAvail();
  }

  /** Back to the state of power-on, but for the call and err descriptors. */
  void reset() {
    stop();
    enabled = false;
    addressed = false;
    features = 0;
    queue.reset();
  }

  /** Forgets everything about the front-end. */
  void close() {
    reset();
    setCall(null);
    setErr(null);
  }

  void setCall(Signal newCall) {
    if (call != null) {
      call.close();
    }
    call = newCall;
    if (live && callOwed) {
      notifyDriver();
    }
  }

  void setErr(Signal newErr) {
    if (err != null) {
      err.close();
    }
    err = newErr;
  }

  private void closeKick() {
    if (kick != null) {
      kicks.unwatch(kick);
      kick.close();
      kick = null;
    }
  }

  // ---- memory

  /** Lets go of the guest's memory, which is about to change. */
  void detach() {
    if (resolved) {
      askForKicks();
      LateFaults.deliver();
    }
    abandon();
  }

  /** Lets go of the guest's memory without touching it once more: it may not be there. */
  void abandon() {
    loop.quiesce();
    queue.disable();
    resolved = false;
    updateLive();
  }

  /** Looks up the parts of a started ring. If there is one that can't be found, the ring waits. */
  void attach() {
    if (!started || resolved || fault != null || !addressed) {
      return;
    }
    int size = queue.size();
    boolean withEvent = (features & VirtioFeature.EVENT_IDX) != 0;
    GuestRange descriptorsAt =
        table.translate(descriptors, SplitRingLayout.descriptorTableBytes(size));
    GuestRange availAt = table.translate(avail, SplitRingLayout.availRingBytes(size, withEvent));
    GuestRange usedAt = table.translate(used, SplitRingLayout.usedRingBytes(size, withEvent));
    if (descriptorsAt == null || availAt == null || usedAt == null) {
      return;
    }
    queue.place(descriptorsAt.address(), availAt.address(), usedAt.address());
    boolean indirect = (features & VirtioFeature.INDIRECT_DESC) != 0;
    // The used index is the ring's own: SET_VRING_BASE tells of the available index only.
    boolean adopted = queue.enable(withEvent, indirect) && queue.adoptUsedIndex();
    if (adopted) {
      // A predecessor that was killed while it polled has left its wish not to be kicked.
      table.memory().storeShort(usedAt.address() + SplitRingLayout.RING_FLAGS, (short) 0);
    }
    LateFaults.deliver();
    if (!adopted) {
      breakRing(queue.fault());
      return;
    }
    resolved = true;
    updateLive();
  }

  /** A part that is not in the guest's memory. */
  private RingFault nowhere() {
    int size = queue.size();
    boolean withEvent = (features & VirtioFeature.EVENT_IDX) != 0;
    long tableBytes = SplitRingLayout.descriptorTableBytes(size);
    long availBytes = SplitRingLayout.availRingBytes(size, withEvent);
    if (table.translate(descriptors, tableBytes) == null) {
      return new RingFault.RingOutsideMemory(RingPart.DESCRIPTOR_TABLE, descriptors, tableBytes);
    }
    if (table.translate(avail, availBytes) == null) {
      return new RingFault.RingOutsideMemory(RingPart.AVAIL_RING, avail, availBytes);
    }
    return new RingFault.RingOutsideMemory(
        RingPart.USED_RING, used, SplitRingLayout.usedRingBytes(size, withEvent));
  }

  private void updateLive() {
    boolean was = live;
    live = started && enabled && resolved && fault == null;
    if (live == was) {
      return;
    }
    polled = false;
    stalled = false;
    loop.setPolled(false);
    if (live) {
      loop.look(); // buffers may be there already, and no kick will tell
    }
  }

  private void breakRing(RingFault found) {
    if (fault != null) {
      return;
    }
    fault = found;
    faultReported = false;
    counters.increment(DeviceCounter.FAULTS);
    loop.reset();
    abandon();
    if (err != null) {
      err.send();
    }
  }

  /**
   * What broke the ring.
   *
   * @return a fault, or null
   */
  RingFault fault() {
    return fault;
  }

  /** The fault, if it is new: true once for each. */
  boolean hasNewFault() {
    if (faultReported) {
      return false;
    }
    faultReported = true;
    return true;
  }

  // ---- serving

  /** Takes a kick; the ring is due if it is live. */
  void kicked() {
    if (kick != null) {
      kick.drainIfPipe();
    }
    counters.increment(DeviceCounter.KICKS);
    stalled = false;
    if (live) {
      loop.look();
    } else if (started && enabled && fault == null && !resolved) {
      breakRing(nowhere());
    }
  }

  /**
   * Whether {@link #serve} has something to do. A few nanoseconds. A fault of the memory of a ring
   * that {@link #isWatched} is still to be delivered.
   */
  boolean isDue() {
    return live && (loop.isDue() || (isWatched() && queue.hasAvailable()));
  }

  /** Whether the ring's memory is looked at without a kick. */
  boolean isWatched() {
    return live && (polled || kick == null) && !stalled;
  }

  /** Has the ring served, whatever can be seen of it. */
  void look() {
    loop.look();
  }

  /** Whether the ring has to be looked at although nothing will tell: it has no kick descriptor. */
  boolean needsPolling() {
    return live && kick == null && !stalled;
  }

  /** When the ring is due if nothing happens before, in nanoseconds from now. */
  long nanosUntilDue() {
    return live ? loop.nanosUntilDue() : Long.MAX_VALUE;
  }

  /**
   * Serves what can be served now.
   *
   * @param polling whether the ring will be looked at again at once, so that kicks are not needed
   * @return true if a buffer was taken or returned
   */
  boolean serve(boolean polling) {
    int availBefore = queue.nextAvail();
    int usedBefore = queue.nextUsed();
    boolean hadBuffer = queue.hasAvailable();
    polled = polling;
    loop.setPolled(polling);
    callOwed |= loop.run();
    boolean progress = queue.nextAvail() != availBefore || queue.nextUsed() != usedBefore;
    stalled = hadBuffer && !progress;
    RingFault found = queue.fault();
    if (found != null || !callOwed || call == null) {
      LateFaults.deliver(); // else the call delivers it, like any call of the C library
    }
    if (found != null) {
      breakRing(found);
    }
    if (callOwed) {
      notifyDriver();
    }
    return progress;
  }

  /** Whether the driver believes that it need not kick. */
  boolean isPolled() {
    return polled && live;
  }

  private void notifyDriver() {
    if (call == null) {
      return; // the driver polls, or the descriptor is still to come
    }
    callOwed = false;
    call.send();
  }

  private void askForKicks() {
    polled = false;
    loop.setPolled(false);
    queue.expectKicks();
  }
}
