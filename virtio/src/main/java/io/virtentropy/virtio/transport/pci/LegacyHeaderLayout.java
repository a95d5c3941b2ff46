package io.virtentropy.virtio.transport.pci;

/**
 * The legacy header in BAR 0 (virtio 1.3 §4.1.4.10). Little-endian; registers of a queue act on the
 * queue that {@link #QUEUE_SELECT} names. The two vectors are there while MSI-X is enabled, and
 * move the device's configuration, which an entropy device does not have.
 *
 * <pre>
 *   00 le32 device features   0c le16 queue size     12 u8 device status   14 le16 config vector
 *   04 le32 driver features   0e le16 queue select   13 u8 ISR status      16 le16 queue vector
 *   08 le32 queue address     10 le16 queue notify                         14 or 18: configuration
 * </pre>
 */
public final class LegacyHeaderLayout {
  /** Reads the offered features. */
  public static final int DEVICE_FEATURES = 0x00;

  /** The accepted features. */
  public static final int DRIVER_FEATURES = 0x04;

  /** Where the queue is, in pages of 4096 bytes. */
  public static final int QUEUE_ADDRESS = 0x08;

  /** Reads the size of the queue; 0 if there is no such queue. */
  public static final int QUEUE_SIZE = 0x0c;

  /** Names a queue. */
  public static final int QUEUE_SELECT = 0x0e;

  /** Takes an available-buffer notification. */
  public static final int QUEUE_NOTIFY = 0x10;

  /** The device status. */
  public static final int DEVICE_STATUS = 0x12;

  /** Reads and clears the pending interrupts. */
  public static final int ISR_STATUS = 0x13;

  /** The vector of configuration changes, while MSI-X is enabled. */
  public static final int CONFIG_MSIX_VECTOR = 0x14;

  /** The vector of the queue, while MSI-X is enabled. */
  public static final int QUEUE_MSIX_VECTOR = 0x16;

  /** Length of the header while MSI-X is not enabled. */
  public static final int HEADER_BYTES = 0x14;

  /** Length of the header while MSI-X is enabled. */
  public static final int MSIX_HEADER_BYTES = 0x18;

  /** How far {@link #QUEUE_ADDRESS} is shifted. */
  public static final int PAGE_SHIFT = 12;

  /** The alignment of the used ring. */
  public static final int QUEUE_ALIGN = 4096;

  private LegacyHeaderLayout() {}
}
