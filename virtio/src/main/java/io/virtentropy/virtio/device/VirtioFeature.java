package io.virtentropy.virtio.device;

/** Feature bits, as masks of a 64-bit word (virtio 1.3 §6). */
public final class VirtioFeature {
  /**
   * Legacy interface only (bit 24): a notification whenever the queue runs out of buffers, however
   * suppressed.
   */
  public static final long NOTIFY_ON_EMPTY = 1L << 24;

  /** Legacy interface only (bit 27): buffers may be cut into descriptors at will. */
  public static final long ANY_LAYOUT = 1L << 27;

  /**
   * Legacy interface only (bit 30): what old versions of QEMU offered to find drivers that accept
   * whatever they see.
   */
  public static final long BAD_FEATURE = 1L << 30;

  /** Descriptors may point to tables of descriptors (bit 28). */
  public static final long INDIRECT_DESC = 1L << 28;

  /** Notifications are suppressed by index (bit 29). */
  public static final long EVENT_IDX = 1L << 29;

  /** The device follows virtio 1.0 and later (bit 32). */
  public static final long VERSION_1 = 1L << 32;

  /** A queue can be reset on its own (bit 40, virtio 1.2). */
  public static final long RING_RESET = 1L << 40;

  private VirtioFeature() {}
}
