package io.virtentropy.virtio.driver;

import io.virtentropy.virtio.device.DeviceStatus;
import io.virtentropy.virtio.device.VirtioFeature;
import io.virtentropy.virtio.device.VirtioRngDevice;
import io.virtentropy.virtio.memory.GuestMemory;
import io.virtentropy.virtio.queue.SplitRingLayout;
import io.virtentropy.virtio.transport.mmio.MmioLayout;
import io.virtentropy.virtio.transport.mmio.MmioTransport;
import java.util.Objects;

/**
 * A guest's driver for an entropy device behind MMIO registers: finds it, negotiates, sets up the
 * queue (virtio 1.3 §3.1.1, §4.2.3) and reads.
 *
 * <pre>{@code
 * MmioRngDriver driver = MmioRngDriver.bind(memory, transport, 0x1000, 8);
 * driver.ring().post(buffer, 64);
 * driver.kick();
 * }</pre>
 */
public final class MmioRngDriver {
  /** The page size and the alignment that a legacy driver chooses. */
  public static final int LEGACY_PAGE_SIZE = 4096;

  private final MmioTransport device;
  private final SplitRingDriver ring;
  private final long features;

  private MmioRngDriver(MmioTransport device, SplitRingDriver ring, long features) {
    this.device = device;
    this.ring = ring;
    this.features = features;
  }

  /**
   * Brings a device to life with everything it offers.
   *
   * @param memory the guest's memory
   * @param device the device's registers
   * @param ringBase where in guest memory the ring goes, a multiple of 16
   * @param queueSize its size, a power of 2 that the device allows
   * @return the driver of a live device
   * @throws IllegalStateException if it is no entropy device or refuses what it offered
   */
  public static MmioRngDriver bind(
      GuestMemory memory, MmioTransport device, long ringBase, int queueSize) {
    return bind(memory, device, ringBase, queueSize, -1L);
  }

  /**
   * Brings a device to life with some of what it offers.
   *
   * @param memory the guest's memory
   * @param device the device's registers
   * @param ringBase where in guest memory the ring goes, a multiple of 16
   * @param queueSize its size, a power of 2 that the device allows
   * @param wanted the features to accept if they are offered
   * @return the driver of a live device
   * @throws IllegalStateException if it is no entropy device or refuses what it offered
   */
  public static MmioRngDriver bind(
      GuestMemory memory, MmioTransport device, long ringBase, int queueSize, long wanted) {
    Objects.requireNonNull(memory, "memory");
    expect("magic value", MmioLayout.MAGIC, get(device, MmioLayout.MAGIC_VALUE));
    expect("version", MmioLayout.VERSION_2, get(device, MmioLayout.VERSION));
    expect("device type", VirtioRngDevice.DEVICE_TYPE, get(device, MmioLayout.DEVICE_ID));
    set(device, MmioLayout.STATUS, 0);
    int status = DeviceStatus.ACKNOWLEDGE;
    set(device, MmioLayout.STATUS, status);
    status |= DeviceStatus.DRIVER;
    set(device, MmioLayout.STATUS, status);

    long features = offered(device) & wanted;
    accept(device, features);
    status |= DeviceStatus.FEATURES_OK;
    set(device, MmioLayout.STATUS, status);
    expect("status after the choice of features", status, get(device, MmioLayout.STATUS));

    boolean eventIndex = (features & VirtioFeature.EVENT_IDX) != 0;
    SplitRingDriver ring = new SplitRingDriver(memory, ringBase, queueSize, eventIndex);
    set(device, MmioLayout.QUEUE_SEL, 0);
    expect("queue in service before set-up", 0, get(device, MmioLayout.QUEUE_READY));
    int most = get(device, MmioLayout.QUEUE_SIZE_MAX);
    if (queueSize > most) {
      throw new IllegalStateException(
          "a queue of " + queueSize + " was wanted, the device allows " + most);
    }
    set(device, MmioLayout.QUEUE_SIZE, queueSize);
    setAddress(device, MmioLayout.QUEUE_DESC_LOW, ring.descriptorTable());
    setAddress(device, MmioLayout.QUEUE_DRIVER_LOW, ring.availRing());
    setAddress(device, MmioLayout.QUEUE_DEVICE_LOW, ring.usedRing());
    set(device, MmioLayout.QUEUE_READY, 1);
    status |= DeviceStatus.DRIVER_OK;
    set(device, MmioLayout.STATUS, status);
    expect("status at the end of set-up", status, get(device, MmioLayout.STATUS));
    return new MmioRngDriver(device, ring, features);
  }

  /**
   * Brings a device to life through the legacy register map (virtio 1.3 §4.2.4).
   *
   * @param memory the guest's memory
   * @param device the device's registers
   * @param ringBase where in guest memory the ring goes, a multiple of 4096
   * @param queueSize its size, a power of 2 that the device allows
   * @param wanted the features to accept if they are offered
   * @return the driver of a live device
   * @throws IllegalStateException if it is no entropy device with these registers
   */
  public static MmioRngDriver bindLegacy(
      GuestMemory memory, MmioTransport device, long ringBase, int queueSize, long wanted) {
    Objects.requireNonNull(memory, "memory");
    expect("magic value", MmioLayout.MAGIC, get(device, MmioLayout.MAGIC_VALUE));
    expect("version", MmioLayout.VERSION_1, get(device, MmioLayout.VERSION));
    expect("device type", VirtioRngDevice.DEVICE_TYPE, get(device, MmioLayout.DEVICE_ID));
    set(device, MmioLayout.STATUS, 0);
    set(device, MmioLayout.GUEST_PAGE_SIZE, LEGACY_PAGE_SIZE);
    set(device, MmioLayout.STATUS, DeviceStatus.ACKNOWLEDGE);
    int status = DeviceStatus.ACKNOWLEDGE | DeviceStatus.DRIVER;
    set(device, MmioLayout.STATUS, status);

    set(device, MmioLayout.DEVICE_FEATURES_SEL, 0);
    long features = get(device, MmioLayout.DEVICE_FEATURES) & 0xffff_ffffL & wanted;
    set(device, MmioLayout.DRIVER_FEATURES_SEL, 0);
    set(device, MmioLayout.DRIVER_FEATURES, (int) features);

    set(device, MmioLayout.QUEUE_SEL, 0);
    expect("queue in service before set-up", 0, get(device, MmioLayout.QUEUE_PFN));
    set(device, MmioLayout.QUEUE_SIZE, queueSize);
    set(device, MmioLayout.QUEUE_ALIGN, LEGACY_PAGE_SIZE);
    SplitRingDriver ring =
        new SplitRingDriver(
            memory,
            ringBase,
            ringBase + SplitRingLayout.descriptorTableBytes(queueSize),
            SplitRingLayout.legacyUsedRing(ringBase, queueSize, LEGACY_PAGE_SIZE),
            queueSize,
            (features & VirtioFeature.EVENT_IDX) != 0);
    set(device, MmioLayout.QUEUE_PFN, (int) (ringBase / LEGACY_PAGE_SIZE));
    status |= DeviceStatus.DRIVER_OK;
    set(device, MmioLayout.STATUS, status);
    expect("status at the end of set-up", status, get(device, MmioLayout.STATUS));
    return new MmioRngDriver(device, ring, features);
  }

  /**
   * Reads what a device offers.
   *
   * @param device the device's registers
   * @return its feature bits
   */
  public static long offered(MmioTransport device) {
    set(device, MmioLayout.DEVICE_FEATURES_SEL, 0);
    long low = get(device, MmioLayout.DEVICE_FEATURES) & 0xffff_ffffL;
    set(device, MmioLayout.DEVICE_FEATURES_SEL, 1);
    return low | (long) get(device, MmioLayout.DEVICE_FEATURES) << 32;
  }

  /**
   * Writes the features a driver accepts.
   *
   * @param device the device's registers
   * @param features feature bits, offered or not
   */
  public static void accept(MmioTransport device, long features) {
    set(device, MmioLayout.DRIVER_FEATURES_SEL, 0);
    set(device, MmioLayout.DRIVER_FEATURES, (int) features);
    set(device, MmioLayout.DRIVER_FEATURES_SEL, 1);
    set(device, MmioLayout.DRIVER_FEATURES, (int) (features >>> 32));
  }

  /**
   * The ring.
   *
   * @return for posting and reaping
   */
  public SplitRingDriver ring() {
    return ring;
  }

  /**
   * What was negotiated.
   *
   * @return feature bits
   */
  public long features() {
    return features;
  }

  /**
   * Publishes what was posted and kicks if the device asks for it.
   *
   * @return true if it was kicked
   */
  public boolean kick() {
    boolean wanted = ring.publish();
    if (wanted) {
      set(device, MmioLayout.QUEUE_NOTIFY, 0);
    }
    return wanted;
  }

  /**
   * Reads and acknowledges the pending interrupts, as an interrupt handler does.
   *
   * @return bits of {@link MmioLayout#INTERRUPT_USED} and {@link MmioLayout#INTERRUPT_CONFIG}
   */
  public int acknowledgeInterrupts() {
    int pending = get(device, MmioLayout.INTERRUPT_STATUS);
    set(device, MmioLayout.INTERRUPT_ACK, pending);
    return pending;
  }

  private static int get(MmioTransport device, int register) {
    return (int) device.read(register, Integer.BYTES);
  }

  private static void set(MmioTransport device, int register, int value) {
    device.write(register, value, Integer.BYTES);
  }

  private static void setAddress(MmioTransport device, int lowRegister, long address) {
    set(device, lowRegister, (int) address);
    set(device, lowRegister + Integer.BYTES, (int) (address >>> 32));
  }

  private static void expect(String what, int wanted, int found) {
    if (wanted != found) {
      throw new IllegalStateException(
          what
              + ": 0x"
              + Integer.toHexString(found)
              + " where 0x"
              + Integer.toHexString(wanted)
              + " was expected");
    }
  }
}
