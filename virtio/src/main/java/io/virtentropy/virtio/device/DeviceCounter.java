package io.virtentropy.virtio.device;

/**
 * What a device counts. Every counter starts at 0 with the device, survives a guest's reset, and
 * only grows.
 */
public enum DeviceCounter {
  /** Available-buffer notifications from the driver, whether or not they found a buffer. */
  KICKS,
  /** Chains returned to the driver. */
  CHAINS,
  /** Bytes of entropy returned to the driver: the sum of all used lengths. */
  BYTES,
  /** Used-buffer notifications sent to the driver. */
  INTERRUPTS,
  /** Chains without a writable byte, returned with a used length of 0. */
  EMPTY_CHAINS,
  /** Times that a chain had to wait for the rate limiter. */
  THROTTLED,
  /** Requests that the source could not serve at once. */
  SOURCE_WAITS,
  /** Failures of the source; the chain waits and the request is made again. */
  SOURCE_FAILURES,
  /** Faults of the driver, each of which ended in DEVICE_NEEDS_RESET. */
  FAULTS,
  /** Resets by the driver or the machine. */
  RESETS
}
