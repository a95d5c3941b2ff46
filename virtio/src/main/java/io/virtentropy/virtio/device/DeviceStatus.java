package io.virtentropy.virtio.device;

/** Bits of the device status byte (virtio 1.3 §2.1). */
public final class DeviceStatus {
  /** The guest has noticed the device. */
  public static final int ACKNOWLEDGE = 1;

  /** The guest has a driver for it. */
  public static final int DRIVER = 2;

  /** The driver is ready: the device goes live. */
  public static final int DRIVER_OK = 4;

  /** The driver has chosen features; the device keeps the bit only if it accepts them. */
  public static final int FEATURES_OK = 8;

  /** The device has met an error that only a reset cures. */
  public static final int DEVICE_NEEDS_RESET = 64;

  /** The driver has given up. */
  public static final int FAILED = 128;

  private DeviceStatus() {}
}
