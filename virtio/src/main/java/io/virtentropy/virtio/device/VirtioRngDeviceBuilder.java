package io.virtentropy.virtio.device;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.ratelimit.NanoClock;
import io.virtentropy.ratelimit.RateLimiter;
import io.virtentropy.virtio.memory.GuestMemory;
import java.util.Objects;

/** Collects what a {@link VirtioRngDevice} is made of. */
public final class VirtioRngDeviceBuilder implements RngDevice.Maker {
  private static final long MAY_BE_WITHHELD =
      VirtioFeature.INDIRECT_DESC
          | VirtioFeature.EVENT_IDX
          | VirtioFeature.RING_RESET
          | VirtioFeature.NOTIFY_ON_EMPTY;

  final GuestMemory memory;
  final EntropyBackend source;
  RateLimiter limiter = RateLimiter.unlimited();
  NanoClock clock = NanoClock.system();
  DeviceTrace trace = DeviceTrace.NONE;
  Runnable wakeUp = () -> {};
  int queueSize = VirtioRngDevice.DEFAULT_QUEUE_SIZE;
  long withheld;

  VirtioRngDeviceBuilder(GuestMemory memory, EntropyBackend source) {
    this.memory = Objects.requireNonNull(memory, "memory");
    this.source = Objects.requireNonNull(source, "source");
  }

  /**
   * Limits how fast entropy flows; unlimited unless given.
   *
   * @param value the limiter, driven by the same clock and thread as the device
   * @return this
   */
  public VirtioRngDeviceBuilder limiter(RateLimiter value) {
    limiter = Objects.requireNonNull(value, "limiter");
    return this;
  }

  /**
   * Chooses the clock of limits and retries; the host's unless given.
   *
   * @param value the clock
   * @return this
   */
  public VirtioRngDeviceBuilder clock(NanoClock value) {
    clock = Objects.requireNonNull(value, "clock");
    return this;
  }

  /**
   * Listens to rare events.
   *
   * @param value the listener
   * @return this
   */
  public VirtioRngDeviceBuilder trace(DeviceTrace value) {
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
  public VirtioRngDeviceBuilder wakeUp(Runnable value) {
    wakeUp = Objects.requireNonNull(value, "wakeUp");
    return this;
  }

  /**
   * Chooses the size of the request queue; {@link VirtioRngDevice#DEFAULT_QUEUE_SIZE} unless given.
   *
   * @param value the largest size a driver may use, a power of 2 from 1 to 32768
   * @return this
   */
  public VirtioRngDeviceBuilder queueSize(int value) {
    queueSize = value;
    return this;
  }

  /**
   * Chooses features not to offer; everything is offered unless given.
   *
   * @param features of {@link VirtioFeature#INDIRECT_DESC}, {@link VirtioFeature#EVENT_IDX}, {@link
   *     VirtioFeature#RING_RESET} and {@link VirtioFeature#NOTIFY_ON_EMPTY}; the others are not
   *     optional
   * @return this
   * @throws IllegalArgumentException if another feature is among them
   */
  public VirtioRngDeviceBuilder withhold(long features) {
    if ((features & ~MAY_BE_WITHHELD) != 0) {
      throw new IllegalArgumentException(
          "features 0x"
              + Long.toHexString(features)
              + " to be withheld; only those of 0x"
              + Long.toHexString(MAY_BE_WITHHELD)
              + " can be");
    }
    withheld = features;
    return this;
  }

  /**
   * Makes the device.
   *
   * @param interrupts who is told of interrupts
   * @return the device, in the state of power-on
   * @throws IllegalArgumentException if the queue size is none
   */
  @Override
  public VirtioRngDevice build(RngDevice.Interrupts interrupts) {
    return new VirtioRngDevice(this, interrupts);
  }
}
