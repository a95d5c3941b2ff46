package io.virtentropy.virtio.transport.pci;

/**
 * The common configuration structure (virtio 1.3 §4.1.4.3). Little-endian; registers of a queue act
 * on the queue that {@link #QUEUE_SELECT} names.
 *
 * <pre>
 *   00 le32 device_feature_select   10 le16 config_msix_vector   20 le64 queue_desc
 *   04 le32 device_feature          12 le16 num_queues           28 le64 queue_driver
 *   08 le32 driver_feature_select   14 u8   device_status        30 le64 queue_device
 *   0c le32 driver_feature          15 u8   config_generation    38 le16 queue_notif_config_data
 *                                   16 le16 queue_select         3a le16 queue_reset
 *                                   18 le16 queue_size
 *                                   1a le16 queue_msix_vector
 *                                   1c le16 queue_enable
 *                                   1e le16 queue_notify_off
 * </pre>
 */
public final class CommonConfigLayout {
  /** Names a word of the offered features. */
  public static final int DEVICE_FEATURE_SELECT = 0x00;

  /** Reads a word of the offered features. */
  public static final int DEVICE_FEATURE = 0x04;

  /** Names a word of the accepted features. */
  public static final int DRIVER_FEATURE_SELECT = 0x08;

  /** A word of the accepted features. */
  public static final int DRIVER_FEATURE = 0x0c;

  /** The vector of configuration changes. */
  public static final int CONFIG_MSIX_VECTOR = 0x10;

  /** Reads the number of queues. */
  public static final int NUM_QUEUES = 0x12;

  /** The device status. */
  public static final int DEVICE_STATUS = 0x14;

  /** Reads a number that changes with the configuration. */
  public static final int CONFIG_GENERATION = 0x15;

  /** Names a queue. */
  public static final int QUEUE_SELECT = 0x16;

  /** The size of the queue; 0 if there is no such queue. */
  public static final int QUEUE_SIZE = 0x18;

  /** The vector of the queue. */
  public static final int QUEUE_MSIX_VECTOR = 0x1a;

  /** 1 puts the queue into service. */
  public static final int QUEUE_ENABLE = 0x1c;

  /** Reads which notification register is the queue's. */
  public static final int QUEUE_NOTIFY_OFF = 0x1e;

  /** Low half of the descriptor table's address; the high half follows. */
  public static final int QUEUE_DESC = 0x20;

  /** Low half of the available ring's address; the high half follows. */
  public static final int QUEUE_DRIVER = 0x28;

  /** Low half of the used ring's address; the high half follows. */
  public static final int QUEUE_DEVICE = 0x30;

  /** Reads what to notify with, if that was negotiated; it never is. */
  public static final int QUEUE_NOTIF_CONFIG_DATA = 0x38;

  /** 1 resets the queue. Reads 0: a reset is complete at once. */
  public static final int QUEUE_RESET = 0x3a;

  /** No vector: the event is not reported. */
  public static final int NO_VECTOR = 0xffff;

  private CommonConfigLayout() {}
}
