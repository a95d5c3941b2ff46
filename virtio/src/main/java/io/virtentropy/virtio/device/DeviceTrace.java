package io.virtentropy.virtio.device;

import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.virtio.queue.RingFault;

/**
 * Told of the rare events of a device's life, for a log or a test. Nothing is called per request:
 * that is what {@link DeviceCounters} are for.
 *
 * <p>Called on the thread that drives the device. Must not throw and must not call the device.
 */
public interface DeviceTrace {
  /** Ignores everything. */
  DeviceTrace NONE = new DeviceTrace() {};

  /**
   * The driver has finished its set-up and the device is live.
   *
   * @param features the negotiated features
   * @param queueSize the size the driver chose for the request queue
   */
  default void live(long features, int queueSize) {}

  /** The device was reset. */
  default void reset() {}

  /**
   * The driver broke its ring; the device has stopped and asks for a reset.
   *
   * @param fault what it did
   */
  default void driverFault(RingFault fault) {}

  /**
   * The source failed; the request is made again.
   *
   * @param failure why
   * @param retryNanos when, from now
   */
  default void sourceFailed(EntropySourceException failure, long retryNanos) {}
}
