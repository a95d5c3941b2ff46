package io.virtentropy.virtio.transport.mmio;

/**
 * The registers of the MMIO transport, version 2 (virtio 1.3 §4.2.2) and version 1, which is legacy
 * (§4.2.4). All are 32 bits wide and little-endian; those of a queue act on the queue that {@link
 * #QUEUE_SEL} names.
 *
 * <pre>
 *   000 MagicValue      R    030 QueueSel       W    080 QueueDescLow      W    0b0 SHMLenLow   R
 *   004 Version         R    034 QueueSizeMax   R    084 QueueDescHigh     W    0b4 SHMLenHigh  R
 *   008 DeviceID        R    038 QueueSize      W    090 QueueDriverLow    W    0b8 SHMBaseLow  R
 *   00c VendorID        R    044 QueueReady     RW   094 QueueDriverHigh   W    0bc SHMBaseHigh R
 *   010 DeviceFeatures  R    050 QueueNotify    W    0a0 QueueDeviceLow    W    0c0 QueueReset  RW
 *   014 ...Sel          W    060 InterruptStatus R   0a4 QueueDeviceHigh   W    0fc ConfigGeneration R
 *   020 DriverFeatures  W    064 InterruptACK   W    0ac SHMSel            W    100 Config      RW
 *   024 ...Sel          W    070 Status         RW
 *
 *   version 1 has, besides 000 to 024, 030 to 038, 050 to 070 and 100:
 *   028 GuestPageSize   W    03c QueueAlign     W    040 QueuePFN          RW
 * </pre>
 */
public final class MmioLayout {
  /** "virt", read at {@link #MAGIC_VALUE}. */
  public static final int MAGIC = 0x74726976;

  /** The version of the legacy register map. */
  public static final int VERSION_1 = 1;

  /** The version of the register map of virtio 1. */
  public static final int VERSION_2 = 2;

  /**
   * "QEMU": drivers look at it at most to work round a vendor's faults, so QEMU's is the safe one.
   */
  public static final int VENDOR = 0x554d4551;

  /** Bit of the interrupt registers: used buffers are there. */
  public static final int INTERRUPT_USED = 1;

  /** Bit of the interrupt registers: the configuration has changed. */
  public static final int INTERRUPT_CONFIG = 2;

  /** What the length and base of a shared memory region read when there is none. */
  public static final int NO_SHARED_MEMORY = 0xffff_ffff;

  /** Reads {@link #MAGIC}. */
  public static final int MAGIC_VALUE = 0x000;

  /** Reads {@link #VERSION_1} or {@link #VERSION_2}. */
  public static final int VERSION = 0x004;

  /** Reads the virtio device type. */
  public static final int DEVICE_ID = 0x008;

  /** Reads the vendor. */
  public static final int VENDOR_ID = 0x00c;

  /** Reads the word of offered features that {@link #DEVICE_FEATURES_SEL} names. */
  public static final int DEVICE_FEATURES = 0x010;

  /** Names a word of the offered features. */
  public static final int DEVICE_FEATURES_SEL = 0x014;

  /** Takes the word of accepted features that {@link #DRIVER_FEATURES_SEL} names. */
  public static final int DRIVER_FEATURES = 0x020;

  /** Names a word of the accepted features. */
  public static final int DRIVER_FEATURES_SEL = 0x024;

  /** Version 1: takes the unit of {@link #QUEUE_PFN} in bytes, a power of 2. */
  public static final int GUEST_PAGE_SIZE = 0x028;

  /** Names a queue. */
  public static final int QUEUE_SEL = 0x030;

  /** Reads the largest size of the queue; 0 if there is no such queue. */
  public static final int QUEUE_SIZE_MAX = 0x034;

  /** Takes the size of the queue. */
  public static final int QUEUE_SIZE = 0x038;

  /** Version 1: takes the alignment of the used ring in bytes, a power of 2. */
  public static final int QUEUE_ALIGN = 0x03c;

  /** Version 1: where the queue is, in pages of the guest; 0 takes it out of service. */
  public static final int QUEUE_PFN = 0x040;

  /** 1 puts the queue into service, 0 takes it out. */
  public static final int QUEUE_READY = 0x044;

  /** Takes an available-buffer notification. */
  public static final int QUEUE_NOTIFY = 0x050;

  /** Reads which interrupts are pending. */
  public static final int INTERRUPT_STATUS = 0x060;

  /** Acknowledges the interrupts whose bits are written. */
  public static final int INTERRUPT_ACK = 0x064;

  /** The device status. */
  public static final int STATUS = 0x070;

  /** Low half of the descriptor table's address. */
  public static final int QUEUE_DESC_LOW = 0x080;

  /** High half of the descriptor table's address. */
  public static final int QUEUE_DESC_HIGH = 0x084;

  /** Low half of the available ring's address. */
  public static final int QUEUE_DRIVER_LOW = 0x090;

  /** High half of the available ring's address. */
  public static final int QUEUE_DRIVER_HIGH = 0x094;

  /** Low half of the used ring's address. */
  public static final int QUEUE_DEVICE_LOW = 0x0a0;

  /** High half of the used ring's address. */
  public static final int QUEUE_DEVICE_HIGH = 0x0a4;

  /** Names a shared memory region. */
  public static final int SHM_SEL = 0x0ac;

  /** Low half of the region's length. */
  public static final int SHM_LEN_LOW = 0x0b0;

  /** High half of the region's length. */
  public static final int SHM_LEN_HIGH = 0x0b4;

  /** Low half of the region's address. */
  public static final int SHM_BASE_LOW = 0x0b8;

  /** High half of the region's address. */
  public static final int SHM_BASE_HIGH = 0x0bc;

  /** 1 resets the queue, if that was negotiated. */
  public static final int QUEUE_RESET = 0x0c0;

  /** Changes when the configuration space does. */
  public static final int CONFIG_GENERATION = 0x0fc;

  /** The configuration space, which an entropy device does not have. */
  public static final int CONFIG = 0x100;

  /** The length of the window: the registers and room for a configuration space. */
  public static final int WINDOW_BYTES = 0x200;

  private MmioLayout() {}
}
