package io.virtentropy.virtio.driver;

import io.virtentropy.virtio.device.DeviceStatus;
import io.virtentropy.virtio.device.VirtioFeature;
import io.virtentropy.virtio.memory.GuestMemory;
import io.virtentropy.virtio.queue.SplitRingLayout;
import io.virtentropy.virtio.transport.pci.CommonConfigLayout;
import io.virtentropy.virtio.transport.pci.LegacyHeaderLayout;
import io.virtentropy.virtio.transport.pci.PciConfigLayout;
import java.util.Objects;

/**
 * A guest's driver for an entropy device on PCI: probes it, negotiates, sets up interrupts and the
 * queue, and reads, through the modern structures or through the legacy header.
 *
 * <pre>{@code
 * PciAccess function = PciAccess.of(transport);
 * PciRngDriver driver =
 *     PciRngDriver.bindModern(memory, function, PciRngDriver.Setup.at(0x1000, 8));
 * driver.ring().post(buffer, 64);
 * driver.kick();
 * }</pre>
 */
public final class PciRngDriver {
  /** The MSI-X vector that the driver gives to the queue. */
  public static final int QUEUE_VECTOR = 0;

  /** The MSI-X vector that the driver gives to configuration changes. */
  public static final int CONFIG_VECTOR = 1;

  /** The data of the first vector's message; the second's is one more. */
  public static final int MESSAGE_DATA = 0x4041;

  private static final int MSIX_ENTRY_BYTES = 16;

  /**
   * What a driver chooses.
   *
   * @param ringBase where in guest memory the ring goes, a multiple of 16, of 4096 for legacy
   * @param queueSize its size, a power of 2; a legacy driver takes the device's
   * @param wanted the features to accept if they are offered
   * @param messageAddress where MSI-X messages go; 0 for INTA#
   */
  public record Setup(long ringBase, int queueSize, long wanted, long messageAddress) {
    /**
     * Everything the device offers, and INTA#.
     *
     * @param ringBase where in guest memory the ring goes
     * @param queueSize its size
     * @return the choice
     */
    public static Setup at(long ringBase, int queueSize) {
      return new Setup(ringBase, queueSize, -1L, 0);
    }

    /**
     * The same with MSI-X.
     *
     * @param address where messages go, a multiple of 4
     * @return the choice
     */
    public Setup withMessagesTo(long address) {
      return new Setup(ringBase, queueSize, wanted, address);
    }

    /**
     * The same with fewer features.
     *
     * @param features what to accept if it is offered
     * @return the choice
     */
    public Setup accepting(long features) {
      return new Setup(ringBase, queueSize, features, messageAddress);
    }
  }

  private final PciAccess function;
  private final PciProbe probe;
  private final boolean legacy;
  private SplitRingDriver ring;
  private long features;
  private long notifyOffset;
  private int notifyBar;

  private PciRngDriver(GuestMemory memory, PciAccess function, boolean legacy) {
    Objects.requireNonNull(memory, "memory");
    this.function = function;
    this.probe = PciProbe.probe(function);
    this.legacy = legacy;
  }

  // ---- modern

  /**
   * Brings a device to life through the structures of virtio 1 (virtio 1.3 §3.1.1, §4.1.5.1).
   *
   * @param memory the guest's memory
   * @param function the device's function
   * @param setup what to choose
   * @return the driver of a live device
   * @throws IllegalStateException if it is no modern entropy device or refuses what it offered
   */
  public static PciRngDriver bindModern(GuestMemory memory, PciAccess function, Setup setup) {
    PciRngDriver driver = new PciRngDriver(memory, function, false);
    driver.startModern(memory, setup);
    return driver;
  }

  private void startModern(GuestMemory memory, Setup setup) {
    writeStatus(0);
    expect("status after a reset", 0, status());
    writeStatus(DeviceStatus.ACKNOWLEDGE);
    int status = DeviceStatus.ACKNOWLEDGE | DeviceStatus.DRIVER;
    writeStatus(status);
    features = offered() & setup.wanted();
    accept(features);
    status |= DeviceStatus.FEATURES_OK;
    writeStatus(status);
    expect("status after the choice of features", status, status());

    enableMessages(setup.messageAddress());
    int vectors = setup.messageAddress() == 0 ? CommonConfigLayout.NO_VECTOR : CONFIG_VECTOR;
    setCommon(CommonConfigLayout.CONFIG_MSIX_VECTOR, vectors, Short.BYTES);
    expect(
        "config vector", vectors, (int) common(CommonConfigLayout.CONFIG_MSIX_VECTOR, Short.BYTES));

    setCommon(CommonConfigLayout.QUEUE_SELECT, 0, Short.BYTES);
    int most = (int) common(CommonConfigLayout.QUEUE_SIZE, Short.BYTES);
    if (setup.queueSize() > most) {
      throw new IllegalStateException(
          "a queue of " + setup.queueSize() + " was wanted, the device allows " + most);
    }
    setCommon(CommonConfigLayout.QUEUE_SIZE, setup.queueSize(), Short.BYTES);
    boolean eventIndex = (features & VirtioFeature.EVENT_IDX) != 0;
    ring = new SplitRingDriver(memory, setup.ringBase(), setup.queueSize(), eventIndex);
    placeQueue();
    if (setup.messageAddress() != 0) {
      setCommon(CommonConfigLayout.QUEUE_MSIX_VECTOR, QUEUE_VECTOR, Short.BYTES);
      expect(
          "queue vector",
          QUEUE_VECTOR,
          (int) common(CommonConfigLayout.QUEUE_MSIX_VECTOR, Short.BYTES));
    }
    PciProbe.Structure notify = probe.structure(PciConfigLayout.TYPE_NOTIFY);
    long multiplier =
        function.configRead(notify.at() + PciConfigLayout.VIRTIO_CAP_EXTRA, Integer.BYTES);
    notifyBar = notify.bar();
    notifyOffset =
        notify.offset() + multiplier * common(CommonConfigLayout.QUEUE_NOTIFY_OFF, Short.BYTES);
    setCommon(CommonConfigLayout.QUEUE_ENABLE, 1, Short.BYTES);
    writeStatus(status | DeviceStatus.DRIVER_OK);
    expect("status at the end of set-up", status | DeviceStatus.DRIVER_OK, status());
  }

  /** Writes the queue's three addresses, high halves first: their order is free. */
  private void placeQueue() {
    setAddress(CommonConfigLayout.QUEUE_DESC, ring.descriptorTable());
    setAddress(CommonConfigLayout.QUEUE_DRIVER, ring.availRing());
    setAddress(CommonConfigLayout.QUEUE_DEVICE, ring.usedRing());
  }

  private void setAddress(int register, long address) {
    setCommon(register + Integer.BYTES, address >>> 32, Integer.BYTES);
    setCommon(register, address & 0xffff_ffffL, Integer.BYTES);
  }

  /**
   * Reads a register of the common configuration.
   *
   * @param register its offset there
   * @param size 1, 2, 4 or 8 bytes
   * @return the bytes, little-endian
   */
  public long common(int register, int size) {
    PciProbe.Structure common = probe.structure(PciConfigLayout.TYPE_COMMON);
    return function.barRead(common.bar(), common.offset() + register, size);
  }

  /**
   * Writes a register of the common configuration.
   *
   * @param register its offset there
   * @param value the bytes, little-endian
   * @param size 1, 2, 4 or 8 bytes
   */
  public void setCommon(int register, long value, int size) {
    PciProbe.Structure common = probe.structure(PciConfigLayout.TYPE_COMMON);
    function.barWrite(common.bar(), common.offset() + register, value, size);
  }

  private void accept(long wanted) {
    setCommon(CommonConfigLayout.DRIVER_FEATURE_SELECT, 0, Integer.BYTES);
    setCommon(CommonConfigLayout.DRIVER_FEATURE, wanted & 0xffff_ffffL, Integer.BYTES);
    setCommon(CommonConfigLayout.DRIVER_FEATURE_SELECT, 1, Integer.BYTES);
    setCommon(CommonConfigLayout.DRIVER_FEATURE, wanted >>> 32, Integer.BYTES);
  }

  // ---- legacy

  /**
   * Brings a device to life through the legacy header, with the queue size it has.
   *
   * @param memory the guest's memory
   * @param function the device's function
   * @param setup what to choose
   * @return the driver of a live device
   * @throws IllegalStateException if it has no legacy header
   */
  public static PciRngDriver bindLegacy(GuestMemory memory, PciAccess function, Setup setup) {
    PciRngDriver driver = new PciRngDriver(memory, function, true);
    driver.startLegacy(memory, setup);
    return driver;
  }

  private void startLegacy(GuestMemory memory, Setup setup) {
    if (probe.barLengths()[PciConfigLayout.LEGACY_BAR] == 0) {
      throw new IllegalStateException("the function has no legacy header");
    }
    writeStatus(0);
    writeStatus(DeviceStatus.ACKNOWLEDGE);
    int status = DeviceStatus.ACKNOWLEDGE | DeviceStatus.DRIVER;
    writeStatus(status);
    // Never bit 30: see VirtioFeature.BAD_FEATURE.
    features = offered() & setup.wanted() & ~VirtioFeature.BAD_FEATURE;
    setHeader(LegacyHeaderLayout.DRIVER_FEATURES, features, Integer.BYTES);
    setHeader(LegacyHeaderLayout.QUEUE_SELECT, 0, Short.BYTES);
    int size = (int) header(LegacyHeaderLayout.QUEUE_SIZE, Short.BYTES);
    expect("queue address before set-up", 0, (int) header(LegacyHeaderLayout.QUEUE_ADDRESS, 4));
    ring =
        new SplitRingDriver(
            memory,
            setup.ringBase(),
            setup.ringBase() + SplitRingLayout.descriptorTableBytes(size),
            SplitRingLayout.legacyUsedRing(setup.ringBase(), size, LegacyHeaderLayout.QUEUE_ALIGN),
            size,
            (features & VirtioFeature.EVENT_IDX) != 0);
    enableMessages(setup.messageAddress());
    if (setup.messageAddress() != 0) {
      setHeader(LegacyHeaderLayout.CONFIG_MSIX_VECTOR, CONFIG_VECTOR, Short.BYTES);
      setHeader(LegacyHeaderLayout.QUEUE_MSIX_VECTOR, QUEUE_VECTOR, Short.BYTES);
    }
    setHeader(
        LegacyHeaderLayout.QUEUE_ADDRESS,
        setup.ringBase() >>> LegacyHeaderLayout.PAGE_SHIFT,
        Integer.BYTES);
    notifyBar = PciConfigLayout.LEGACY_BAR;
    notifyOffset = LegacyHeaderLayout.QUEUE_NOTIFY;
    writeStatus(status | DeviceStatus.DRIVER_OK);
    expect("status at the end of set-up", status | DeviceStatus.DRIVER_OK, status());
  }

  /**
   * Reads a register of the legacy header.
   *
   * @param register its offset there
   * @param size 1, 2 or 4 bytes
   * @return the bytes, little-endian
   */
  public long header(int register, int size) {
    return function.barRead(PciConfigLayout.LEGACY_BAR, register, size);
  }

  /**
   * Writes a register of the legacy header.
   *
   * @param register its offset there
   * @param value the bytes, little-endian
   * @param size 1, 2 or 4 bytes
   */
  public void setHeader(int register, long value, int size) {
    function.barWrite(PciConfigLayout.LEGACY_BAR, register, value, size);
  }

  // ---- both

  private void enableMessages(long address) {
    if (address == 0) {
      return;
    }
    if (probe.msix() == 0) {
      throw new IllegalStateException("the function has no MSI-X");
    }
    int bar =
        (int) function.configRead(probe.msix() + PciConfigLayout.MSIX_TABLE, Integer.BYTES) & 7;
    for (int vector = QUEUE_VECTOR; vector <= CONFIG_VECTOR; vector++) {
      long entry = (long) MSIX_ENTRY_BYTES * vector;
      function.barWrite(bar, entry, address & 0xffff_ffffL, Integer.BYTES);
      function.barWrite(bar, entry + 4, address >>> 32, Integer.BYTES);
      function.barWrite(bar, entry + 8, MESSAGE_DATA + vector, Integer.BYTES);
      function.barWrite(bar, entry + 12, 0, Integer.BYTES);
    }
    int control = probe.msix() + PciConfigLayout.MSIX_CONTROL;
    function.configWrite(
        control,
        function.configRead(control, Short.BYTES) | PciConfigLayout.MSIX_ENABLE,
        Short.BYTES);
  }

  /**
   * Reads what the device offers to this kind of driver.
   *
   * @return feature bits
   */
  public long offered() {
    if (legacy) {
      return header(LegacyHeaderLayout.DEVICE_FEATURES, Integer.BYTES);
    }
    setCommon(CommonConfigLayout.DEVICE_FEATURE_SELECT, 0, Integer.BYTES);
    long low = common(CommonConfigLayout.DEVICE_FEATURE, Integer.BYTES);
    setCommon(CommonConfigLayout.DEVICE_FEATURE_SELECT, 1, Integer.BYTES);
    return low | common(CommonConfigLayout.DEVICE_FEATURE, Integer.BYTES) << 32;
  }

  /**
   * Reads the device status.
   *
   * @return bits of {@link DeviceStatus}
   */
  public int status() {
    return (int)
        (legacy
            ? header(LegacyHeaderLayout.DEVICE_STATUS, 1)
            : common(CommonConfigLayout.DEVICE_STATUS, 1));
  }

  /**
   * Writes the device status.
   *
   * @param value bits of {@link DeviceStatus}; 0 resets the device
   */
  public void writeStatus(int value) {
    if (legacy) {
      setHeader(LegacyHeaderLayout.DEVICE_STATUS, value, 1);
    } else {
      setCommon(CommonConfigLayout.DEVICE_STATUS, value, 1);
    }
  }

  /**
   * Reads and clears the ISR status, as a handler of INTA# does.
   *
   * @return bit 0 for used buffers, bit 1 for a changed configuration
   */
  public int readIsr() {
    if (legacy) {
      return (int) header(LegacyHeaderLayout.ISR_STATUS, 1);
    }
    PciProbe.Structure isr = probe.structure(PciConfigLayout.TYPE_ISR);
    return (int) function.barRead(isr.bar(), isr.offset(), 1);
  }

  /**
   * What was found on the bus.
   *
   * @return identity, BARs and capabilities
   */
  public PciProbe probe() {
    return probe;
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
      notifyDevice();
    }
    return wanted;
  }

  /** Kicks, whether or not the device asks for it. */
  public void notifyDevice() {
    function.barWrite(notifyBar, notifyOffset, 0, Short.BYTES);
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
