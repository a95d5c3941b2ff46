package io.virtentropy.virtio.transport.mmio;

import io.virtentropy.virtio.device.RngDevice;

/** What the registers of either map remember, and the pending interrupts. */
final class RegisterState implements RngDevice.Interrupts {
  boolean likeQemu;

  int deviceFeaturesSelect;
  int driverFeaturesSelect;
  int queueSelect;
  long descriptorTable;
  long availRing;
  long usedRing;

  /** Legacy map only. QEMU's register is 1 until it is written. */
  int guestPageSize;

  /** Legacy map only. */
  int queueAlign;

  /** QEMU's registers of the modern map: in force when the status is written. */
  long driverFeatures;

  /** QEMU's register of the modern map: what was written, whatever became of it. */
  int queueSize;

  /** QEMU's register of the modern map: it can say 0 while the queue is in use. */
  boolean queueReady;

  int interruptStatus;
  int generation;

  /** Registers of a device that follows the specification, after power-on. */
  RegisterState() {
    forget();
  }

  /** Says which kind of device it is, once that is made. */
  void become(boolean qemu) {
    likeQemu = qemu;
    forget();
  }

  /** The state after power-on. */
  void forget() {
    deviceFeaturesSelect = 0;
    driverFeaturesSelect = 0;
    guestPageSize = likeQemu ? 1 : LegacyRegisters.DEFAULT_PAGE_SIZE;
    driverFeatures = 0;
    queueSize = 0;
    forgetPlacement();
    forgetSession();
  }

  void forgetPlacement() {
    descriptorTable = 0;
    availRing = 0;
    usedRing = 0;
    queueAlign = LegacyRegisters.DEFAULT_ALIGN;
  }

  /** What QEMU forgets when the driver resets the device. */
  void forgetSession() {
    queueSelect = 0;
    queueReady = false;
    queueAlign = LegacyRegisters.DEFAULT_ALIGN;
    interruptStatus = 0;
  }

  void take(RegisterState other) {
    deviceFeaturesSelect = other.deviceFeaturesSelect;
    driverFeaturesSelect = other.driverFeaturesSelect;
    queueSelect = other.queueSelect;
    descriptorTable = other.descriptorTable;
    availRing = other.availRing;
    usedRing = other.usedRing;
    guestPageSize = other.guestPageSize;
    queueAlign = other.queueAlign;
    driverFeatures = other.driverFeatures;
    queueSize = other.queueSize;
    queueReady = other.queueReady;
    interruptStatus = other.interruptStatus;
    generation = other.generation;
  }

  @Override
  public void usedBuffers() {
    interruptStatus |= MmioLayout.INTERRUPT_USED;
  }

  @Override
  public void configurationChanged() {
    interruptStatus |=
        likeQemu
            ? MmioLayout.INTERRUPT_CONFIG | MmioLayout.INTERRUPT_USED
            : MmioLayout.INTERRUPT_CONFIG;
    generation++;
  }

  @Override
  public void recordOnly(boolean configuration) {
    if (configuration) {
      configurationChanged();
    } else {
      usedBuffers();
    }
  }
}
