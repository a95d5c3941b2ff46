package io.virtentropy.virtio.transport.mmio;

/** Which register map a device shows. It is one or the other; there is no transitional one. */
public enum MmioVersion {
  /** The map of virtio 0.9 (virtio 1.3 §4.2.4), for legacy drivers; QEMU's {@code force-legacy}. */
  LEGACY,

  /** The map of virtio 1 (virtio 1.3 §4.2.2). */
  MODERN
}
