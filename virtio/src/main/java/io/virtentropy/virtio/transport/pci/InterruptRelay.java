package io.virtentropy.virtio.transport.pci;

import io.virtentropy.virtio.device.RngDevice;

/** Lets the device be made before the interrupts, which depend on its kind. */
final class InterruptRelay implements RngDevice.Interrupts {
  InterruptState target;

  @Override
  public void usedBuffers() {
    target.usedBuffers();
  }

  @Override
  public void configurationChanged() {
    target.configurationChanged();
  }

  @Override
  public void recordOnly(boolean configuration) {
    target.recordOnly(configuration);
  }
}
