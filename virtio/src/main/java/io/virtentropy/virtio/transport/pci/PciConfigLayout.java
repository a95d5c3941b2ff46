package io.virtentropy.virtio.transport.pci;

/**
 * The configuration space of the PCI function (PCI 3.0 §6.1, virtio 1.3 §4.1.4).
 *
 * <pre>
 *   00 vendor id   02 device id      04 command     06 status
 *   08 revision    09 class code     0c cache line  0d latency  0e header type  0f BIST
 *   10 BAR 0  I/O, 32 bytes: the legacy header, if there is one
 *   14 BAR 1  memory: MSI-X table and pending bits, if there are vectors
 *   20 BAR 4  64-bit prefetchable memory, 16 KiB: the structures of virtio 1, if it is modern
 *   2c subsystem vendor id    2e subsystem id    34 first capability
 *   3c interrupt line         3d interrupt pin
 *
 *   capabilities, each at the next free place from 40 on and pointing to the one before it:
 *   [PCI Express 3c bytes, power management 8]  common 10, ISR 10, device 10, notify 14, access 14,
 *   MSI-X c; behind them plain memory that the driver may write
 *
 *   a virtio capability
 *   00 id 9   01 next   02 length   03 type   04 bar   05 id, 0   08 offset   0c length
 *   10 multiplier (notify), data (access)
 * </pre>
 */
public final class PciConfigLayout {
  /** Bytes of a conventional function's space. */
  public static final int CONVENTIONAL_BYTES = 0x100;

  /** Bytes of a PCI Express function's space. */
  public static final int EXPRESS_BYTES = 0x1000;

  /** Vendor id, 16 bits. */
  public static final int VENDOR_ID = 0x00;

  /** Device id, 16 bits. */
  public static final int DEVICE_ID = 0x02;

  /** Command register, 16 bits. */
  public static final int COMMAND = 0x04;

  /** Status register, 16 bits. */
  public static final int STATUS = 0x06;

  /** Revision, 8 bits. */
  public static final int REVISION = 0x08;

  /** Class code, 24 bits. */
  public static final int CLASS_CODE = 0x09;

  /** Cache line size, 8 bits: a scratch register. */
  public static final int CACHE_LINE_SIZE = 0x0c;

  /** The first base address register, 32 bits; the others follow. */
  public static final int BAR_0 = 0x10;

  /** Subsystem vendor id, 16 bits. */
  public static final int SUBSYSTEM_VENDOR_ID = 0x2c;

  /** Subsystem id, 16 bits. */
  public static final int SUBSYSTEM_ID = 0x2e;

  /** Where the first capability is, 8 bits. */
  public static final int CAPABILITIES = 0x34;

  /** Interrupt line, 8 bits: a scratch register. */
  public static final int INTERRUPT_LINE = 0x3c;

  /** Interrupt pin, 8 bits. */
  public static final int INTERRUPT_PIN = 0x3d;

  /** The first byte behind the header. */
  public static final int HEADER_END = 0x40;

  /** The vendor of virtio devices. */
  public static final int VIRTIO_VENDOR = 0x1af4;

  /** "Other": virtio specifies no class for an entropy device; this is QEMU's. */
  public static final int OTHER_CLASS = 0x00ff00;

  /** Command: I/O space is decoded. */
  public static final int COMMAND_IO = 0x0001;

  /** Command: memory space is decoded. */
  public static final int COMMAND_MEMORY = 0x0002;

  /** Command: the function may write and read memory. */
  public static final int COMMAND_MASTER = 0x0004;

  /** Command: the function may report system errors. It has none to report. */
  public static final int COMMAND_SERR = 0x0100;

  /** Command: INTA# stays silent. */
  public static final int COMMAND_INTX_DISABLE = 0x0400;

  /** The bits of the command register that can be set. */
  public static final int COMMAND_WRITABLE =
      COMMAND_IO | COMMAND_MEMORY | COMMAND_MASTER | COMMAND_SERR | COMMAND_INTX_DISABLE;

  /** Status: an interrupt is pending, whether or not INTA# may show it. */
  public static final int STATUS_INTERRUPT = 0x0008;

  /** Status: there is a list of capabilities. */
  public static final int STATUS_CAPABILITIES = 0x0010;

  /** Type bits of an I/O BAR. */
  public static final int BAR_IO = 1;

  /** Type bits of a 32-bit memory BAR. */
  public static final int BAR_MEMORY = 0;

  /** Type bits of a 64-bit prefetchable memory BAR. */
  public static final int BAR_MEMORY_64_PREFETCH = 0xc;

  /** How many BARs a function can have. */
  public static final int BARS = 6;

  /** The BAR of the legacy header. */
  public static final int LEGACY_BAR = 0;

  /** The BAR of the MSI-X table and the pending bits. */
  public static final int MSIX_BAR = 1;

  /** The BAR of the structures of virtio 1. */
  public static final int MODERN_BAR = 4;

  /** Size of {@link #LEGACY_BAR}. */
  public static final int LEGACY_BAR_BYTES = 0x20;

  /** Least size of {@link #MSIX_BAR}. */
  public static final int MSIX_BAR_BYTES = 0x1000;

  /** Size of {@link #MODERN_BAR}. */
  public static final int MODERN_BAR_BYTES = 0x4000;

  /** Offset of the next capability in each. */
  public static final int CAP_NEXT = 1;

  /** Id of the power management capability. */
  public static final int CAP_POWER = 0x01;

  /** Id of virtio's capabilities: vendor-specific. */
  public static final int CAP_VENDOR = 0x09;

  /** Id of the PCI Express capability. */
  public static final int CAP_EXPRESS = 0x10;

  /** Id of the MSI-X capability. */
  public static final int CAP_MSIX = 0x11;

  /** Offset of a virtio capability's length. */
  public static final int VIRTIO_CAP_LEN = 2;

  /** Offset of a virtio capability's type. */
  public static final int VIRTIO_CAP_TYPE = 3;

  /** Offset of the BAR a virtio capability points into. */
  public static final int VIRTIO_CAP_BAR = 4;

  /** Offset of the structure's offset in its BAR. */
  public static final int VIRTIO_CAP_OFFSET = 8;

  /** Offset of the structure's length. */
  public static final int VIRTIO_CAP_LENGTH = 12;

  /** Offset of what follows the common part: the multiplier, or the data of the access. */
  public static final int VIRTIO_CAP_EXTRA = 16;

  /** Length of a virtio capability without anything extra. */
  public static final int VIRTIO_CAP_BYTES = 16;

  /** Length of a virtio capability with 4 bytes extra. */
  public static final int VIRTIO_CAP_EXTRA_BYTES = 20;

  /** Type: common configuration. */
  public static final int TYPE_COMMON = 1;

  /** Type: notifications. */
  public static final int TYPE_NOTIFY = 2;

  /** Type: ISR status. */
  public static final int TYPE_ISR = 3;

  /** Type: device configuration. */
  public static final int TYPE_DEVICE = 4;

  /** Type: access to BARs through the configuration space. */
  public static final int TYPE_ACCESS = 5;

  /** Every structure takes a page of {@link #MODERN_BAR}. */
  public static final int STRUCTURE_BYTES = 0x1000;

  /** Offset of the common configuration in {@link #MODERN_BAR}. */
  public static final int COMMON_OFFSET = 0x0000;

  /** Offset of the ISR status in {@link #MODERN_BAR}. */
  public static final int ISR_OFFSET = 0x1000;

  /** Offset of the device configuration in {@link #MODERN_BAR}. */
  public static final int DEVICE_OFFSET = 0x2000;

  /** Offset of the notification registers in {@link #MODERN_BAR}. */
  public static final int NOTIFY_OFFSET = 0x3000;

  /** Distance between the notification registers of two queues. */
  public static final int NOTIFY_MULTIPLIER = 4;

  /** Offset of the message control word in the MSI-X capability. */
  public static final int MSIX_CONTROL = 2;

  /** Offset of BAR and offset of the table in the MSI-X capability. */
  public static final int MSIX_TABLE = 4;

  /** Offset of BAR and offset of the pending bits in the MSI-X capability. */
  public static final int MSIX_PENDING = 8;

  /** Length of the MSI-X capability. */
  public static final int MSIX_BYTES = 12;

  /** Message control: all vectors are masked. */
  public static final int MSIX_FUNCTION_MASK = 0x4000;

  /** Message control: MSI-X is used, and INTA# is not. */
  public static final int MSIX_ENABLE = 0x8000;

  /** Length of the PCI Express capability, version 2. */
  public static final int EXPRESS_CAP_BYTES = 0x3c;

  /** Offset of the device capabilities in the PCI Express capability. */
  public static final int EXPRESS_DEVICE_CAPS = 0x04;

  /** Device capabilities: extended tags. */
  public static final int EXPRESS_EXTENDED_TAG = 0x20;

  /** Offset of the device control word in the PCI Express capability. */
  public static final int EXPRESS_DEVICE_CONTROL = 0x08;

  /** Device control: writing 1 resets the function. Reads 0. */
  public static final int EXPRESS_FUNCTION_RESET = 0x8000;

  /** Length of the power management capability. */
  public static final int POWER_BYTES = 8;

  /** Offset of the control word in the power management capability. */
  public static final int POWER_CONTROL = 4;

  /** The power state in that word: 0 is D0, in which the function works (PCI PM 1.2 §3.2.4). */
  public static final int POWER_STATE = 0x0003;

  /** The power state in which a function decodes its configuration space alone. */
  public static final int D3_HOT = 3;

  private PciConfigLayout() {}
}
