package io.virtentropy.distribution.rng;

import java.util.Optional;

/**
 * Virtio options of the device: libvirt's {@code <driver>}. What is absent is left to QEMU.
 *
 * @param iommu whether addresses go through the guest's IOMMU
 * @param ats whether address translations may be cached
 * @param packed whether packed virtqueues are offered
 * @param pagePerVq whether each queue's notification has a page of its own
 */
public record DriverOptions(
    Optional<Boolean> iommu,
    Optional<Boolean> ats,
    Optional<Boolean> packed,
    Optional<Boolean> pagePerVq) {
  /** Everything left to QEMU. */
  public static final DriverOptions NONE =
      new DriverOptions(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
}
