package io.virtentropy.virtio.device;

/**
 * The versions of QEMU that {@link QemuRngDevice} can imitate, and what a guest sees differ between
 * them.
 */
public enum QemuVersion {
  /** QEMU 7.2.22, Debian 12's. */
  V7_2(8, false, false, false, false),

  /** QEMU 10.0.13, Debian 13's, which offers 1024 entries on every queue. */
  V10_0(1024, false, false, true, true),

  /** QEMU 11.1.3. */
  V11_1(8, true, true, true, true);

  private final int queueSize;
  private final boolean refusesLargeQueues;
  private final boolean resetClearsFeatureRegisters;
  private final boolean keepsSeenIndex;
  private final boolean manyBounceBuffers;

  QemuVersion(
      int queueSize,
      boolean refusesLargeQueues,
      boolean resetClearsFeatureRegisters,
      boolean keepsSeenIndex,
      boolean manyBounceBuffers) {
    this.queueSize = queueSize;
    this.refusesLargeQueues = refusesLargeQueues;
    this.resetClearsFeatureRegisters = resetClearsFeatureRegisters;
    this.keepsSeenIndex = keepsSeenIndex;
    this.manyBounceBuffers = manyBounceBuffers;
  }

  /**
   * The size of the request queue after a reset.
   *
   * @return 8 or 1024
   */
  public int queueSize() {
    return queueSize;
  }

  /**
   * Whether a queue size above {@link #queueSize()} breaks the device; others accept up to 1024.
   *
   * @return true since 11.1
   */
  public boolean refusesLargeQueues() {
    return refusesLargeQueues;
  }

  /**
   * What the MMIO register of the largest queue size shows.
   *
   * @return 8 since 11.1, else 1024
   */
  public int mmioQueueSizeMax() {
    return refusesLargeQueues ? queueSize : 1024;
  }

  /**
   * Whether a reset clears the registers of accepted features.
   *
   * @return true since 11.1
   */
  public boolean resetClearsFeatureRegisters() {
    return resetClearsFeatureRegisters;
  }

  /**
   * Whether an available index once seen is used until the device has caught up with it; 7.2 reads
   * it anew before each chain it scans.
   *
   * @return true since 10.0
   */
  public boolean keepsSeenIndex() {
    return keepsSeenIndex;
  }

  /**
   * Whether a new size of an enabled queue has its rings mapped anew. 7.2 knows how long they were
   * when they were placed, and reports a queue that has grown since, or aborts over it.
   *
   * @return true since 10.0
   */
  public boolean mapsRingsOnResize() {
    return this != V7_2;
  }

  /**
   * Whether the 4096 bytes for buffers outside RAM can be shared by several descriptors of a chain;
   * in 7.2 the first takes them all.
   *
   * @return true since 10.0
   */
  public boolean manyBounceBuffers() {
    return manyBounceBuffers;
  }

  /**
   * Whether the legacy notify register takes the low 16 bits of what is written; 7.2 compares all
   * of it.
   *
   * @return true since 10.0
   */
  public boolean notifiesByLowHalf() {
    return this != V7_2;
  }

  /**
   * Whether a function behind a PCI Express port decodes no BAR in another power state than D0.
   *
   * @return true since 10.0
   */
  public boolean decodesNothingAsleep() {
    return this != V7_2;
  }

  /**
   * Whether the PCI Express capability reports extended tags.
   *
   * @return true since 10.0
   */
  public boolean extendedTags() {
    return this != V7_2;
  }
}
