package io.virtentropy.virtio.device;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.ratelimit.NanoClock;
import io.virtentropy.ratelimit.Quota;
import io.virtentropy.virtio.memory.GuestMemory;
import java.util.Objects;

/** Collects what a {@link QemuRngDevice} is made of. */
public final class QemuRngDeviceBuilder implements RngDevice.Maker {
  private static final long MAY_BE_WITHHELD =
      VirtioFeature.INDIRECT_DESC
          | VirtioFeature.EVENT_IDX
          | VirtioFeature.RING_RESET
          | VirtioFeature.NOTIFY_ON_EMPTY
          | VirtioFeature.ANY_LAYOUT;

  final GuestMemory memory;
  final EntropyBackend source;
  QemuVersion version = QemuVersion.V11_1;
  Quota quota = Quota.DEFAULT;
  NanoClock clock = NanoClock.system();
  DeviceTrace trace = DeviceTrace.NONE;
  Runnable wakeUp = () -> {};
  long withheld;

  QemuRngDeviceBuilder(GuestMemory memory, EntropyBackend source) {
    this.memory = Objects.requireNonNull(memory, "memory");
    this.source = Objects.requireNonNull(source, "source");
  }

  /**
   * Chooses what is imitated; {@link QemuVersion#V11_1} unless given.
   *
   * @param value the version
   * @return this
   */
  public QemuRngDeviceBuilder version(QemuVersion value) {
    version = Objects.requireNonNull(value, "version");
    return this;
  }

  /**
   * Chooses {@code max-bytes} and {@code period}; QEMU's defaults unless given.
   *
   * @param value the quota
   * @return this
   */
  public QemuRngDeviceBuilder quota(Quota value) {
    quota = Objects.requireNonNull(value, "quota");
    return this;
  }

  /**
   * Chooses the clock, which stands for QEMU's virtual one: it rests while the guest is stopped.
   * The host's unless given.
   *
   * @param value the clock
   * @return this
   */
  public QemuRngDeviceBuilder clock(NanoClock value) {
    clock = Objects.requireNonNull(value, "clock");
    return this;
  }

  /**
   * Listens to rare events.
   *
   * @param value the listener
   * @return this
   */
  public QemuRngDeviceBuilder trace(DeviceTrace value) {
    trace = Objects.requireNonNull(value, "trace");
    return this;
  }

  /**
   * Chooses what wakes the thread that polls the device when a slow source has delivered.
   *
   * @param value run on the source's thread; quick, and never calls the device
   * @return this
   */
  public QemuRngDeviceBuilder wakeUp(Runnable value) {
    wakeUp = Objects.requireNonNull(value, "wakeUp");
    return this;
  }

  /**
   * Chooses features not to offer, as QEMU's properties {@code indirect_desc}, {@code event_idx},
   * {@code queue_reset}, {@code notify_on_empty} and {@code any_layout} do.
   *
   * @param value of the features so named
   * @return this
   * @throws IllegalArgumentException if another feature is among them
   */
  public QemuRngDeviceBuilder withhold(long value) {
    if ((value & ~MAY_BE_WITHHELD) != 0) {
      throw new IllegalArgumentException(
          "features 0x"
              + Long.toHexString(value)
              + " to be withheld; only those of 0x"
              + Long.toHexString(MAY_BE_WITHHELD)
              + " can be");
    }
    withheld = value;
    return this;
  }

  /**
   * Makes the device.
   *
   * @param interrupts who is told of interrupts
   * @return the device, in the state of power-on
   */
  @Override
  public QemuRngDevice build(RngDevice.Interrupts interrupts) {
    return new QemuRngDevice(this, interrupts);
  }
}
