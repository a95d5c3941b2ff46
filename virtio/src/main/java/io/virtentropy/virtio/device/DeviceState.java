package io.virtentropy.virtio.device;

import io.virtentropy.virtio.queue.SplitRingLayout;
import java.util.Objects;

/**
 * What a device knows, apart from guest memory: plain values, for a transport to save as bytes.
 * Holds no entropy.
 *
 * @param driverFeatures the features as the driver wrote them
 * @param featuresFrozen whether FEATURES_OK was granted
 * @param status the status byte
 * @param queueEnabled whether the request queue is in service
 * @param queueSize its size, a power of 2
 * @param descriptorTable guest-physical address of the descriptor table
 * @param availRing guest-physical address of the available ring
 * @param usedRing guest-physical address of the used ring
 * @param nextAvail the next entry of the available ring to take, 16 bit
 * @param nextUsed the next entry of the used ring to write, 16 bit
 * @param limiterState what the limiter saved of itself
 */
@SuppressWarnings("ArrayRecordComponent") // a value to be saved; nobody compares two of them
public record DeviceState(
    long driverFeatures,
    boolean featuresFrozen,
    int status,
    boolean queueEnabled,
    int queueSize,
    long descriptorTable,
    long availRing,
    long usedRing,
    int nextAvail,
    int nextUsed,
    byte[] limiterState) {

  /**
   * Checks the ranges.
   *
   * @param driverFeatures the features as the driver wrote them
   * @param featuresFrozen whether FEATURES_OK was granted
   * @param status the status byte
   * @param queueEnabled whether the request queue is in service
   * @param queueSize its size, a power of 2
   * @param descriptorTable guest-physical address of the descriptor table
   * @param availRing guest-physical address of the available ring
   * @param usedRing guest-physical address of the used ring
   * @param nextAvail the next entry of the available ring to take, 16 bit
   * @param nextUsed the next entry of the used ring to write, 16 bit
   * @param limiterState what the limiter saved of itself
   * @throws IllegalArgumentException if a value is out of its range
   */
  public DeviceState {
    requireRange("status", status, 0xff);
    requireRange("next available index", nextAvail, 0xffff);
    requireRange("next used index", nextUsed, 0xffff);
    if (!SplitRingLayout.isLegalSize(queueSize)) {
      throw new IllegalArgumentException(
          "saved queue size " + queueSize + "; a power of 2 from 1 to 32768 is accepted");
    }
    Objects.requireNonNull(limiterState, "limiterState");
  }

  private static void requireRange(String what, int value, int most) {
    if (value < 0 || value > most) {
      throw new IllegalArgumentException(
          "saved " + what + " " + value + "; 0 to " + most + " is accepted");
    }
  }
}
