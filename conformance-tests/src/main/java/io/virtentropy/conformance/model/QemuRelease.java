package io.virtentropy.conformance.model;

/** What a guest sees differently from one release of QEMU to the next. */
public enum QemuRelease {
  /** QEMU 7.2.22. */
  V7_2(8, 1024, Long.MAX_VALUE, 32, false, false, false, false),
  /** QEMU 10.0.13. */
  V10_0(1024, 1024, 65_536, 16, false, true, true, true),
  /** QEMU 11.1.3. */
  V11_1(8, 8, 65_536, 16, true, true, true, true);

  /** The entries of queue 0 after a reset. */
  final int defaultQueueSize;

  /** A larger size, up to 1024, breaks the device. */
  final int largestQueueSize;

  /** The most bytes of one request to the source. */
  final long largestRequest;

  /** How many bits of a value written to the legacy header's notify register count. */
  final int legacyNotifyBits;

  /** A reset clears the driver_feature registers. */
  final boolean resetClearsDriverFeatures;

  /** The available index is read again only when all that was seen of it has been looked at. */
  final boolean readsAvailIdxWhenUsedUp;

  /** Buffers outside of RAM share 4096 bytes; otherwise only one piece of one may be mapped. */
  final boolean sharesBounceBytes;

  /** A write of the size maps the rings anew, if only what is placed already. */
  final boolean mapsRingsOnResize;

  QemuRelease(
      int defaultQueueSize,
      int largestQueueSize,
      long largestRequest,
      int legacyNotifyBits,
      boolean resetClearsDriverFeatures,
      boolean readsAvailIdxWhenUsedUp,
      boolean sharesBounceBytes,
      boolean mapsRingsOnResize) {
    this.defaultQueueSize = defaultQueueSize;
    this.largestQueueSize = largestQueueSize;
    this.largestRequest = largestRequest;
    this.legacyNotifyBits = legacyNotifyBits;
    this.resetClearsDriverFeatures = resetClearsDriverFeatures;
    this.readsAvailIdxWhenUsedUp = readsAvailIdxWhenUsedUp;
    this.sharesBounceBytes = sharesBounceBytes;
    this.mapsRingsOnResize = mapsRingsOnResize;
  }
}
