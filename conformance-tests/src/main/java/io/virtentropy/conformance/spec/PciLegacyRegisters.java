package io.virtentropy.conformance.spec;

import io.virtentropy.conformance.dut.DeviceUnderTest;
import io.virtentropy.virtio.transport.pci.LegacyHeaderLayout;

/** The legacy header in BAR 0. */
final class PciLegacyRegisters implements Registers {
  private final DeviceUnderTest device;

  PciLegacyRegisters(DeviceUnderTest device) {
    this.device = device;
  }

  private int get(int register, int size) {
    return (int) device.barRead(0, register, size);
  }

  private void set(int register, int size, int value) {
    device.barWrite(0, register, size, value & 0xffff_ffffL);
  }

  @Override
  public int offeredWord(int select) {
    return select == 0 ? get(LegacyHeaderLayout.DEVICE_FEATURES, 4) : 0;
  }

  @Override
  public void acceptWord(int select, int bits) {
    if (select == 0) {
      set(LegacyHeaderLayout.DRIVER_FEATURES, 4, bits);
    }
  }

  @Override
  public int status() {
    return get(LegacyHeaderLayout.DEVICE_STATUS, 1);
  }

  @Override
  public void status(int value) {
    set(LegacyHeaderLayout.DEVICE_STATUS, 1, value);
  }

  @Override
  public void selectQueue(int index) {
    set(LegacyHeaderLayout.QUEUE_SELECT, 2, index);
  }

  @Override
  public int queueSize() {
    return get(LegacyHeaderLayout.QUEUE_SIZE, 2);
  }

  @Override
  public void chooseQueueSize(int size) {
    // A legacy driver takes what there is.
  }

  @Override
  public void place(Ring ring) {
    set(LegacyHeaderLayout.QUEUE_ADDRESS, 4, (int) (ring.table >>> LegacyHeaderLayout.PAGE_SHIFT));
  }

  /** The page number alone, as a driver writes 0 to stop. */
  void page(int number) {
    set(LegacyHeaderLayout.QUEUE_ADDRESS, 4, number);
  }

  int page() {
    return get(LegacyHeaderLayout.QUEUE_ADDRESS, 4);
  }

  @Override
  public void enable() {
    // Done by place.
  }

  @Override
  public boolean enabled() {
    return page() != 0;
  }

  @Override
  public void resetQueue() {
    throw new NotBound("a legacy interface has no queue reset");
  }

  @Override
  public int queueReset() {
    throw new NotBound("a legacy interface has no queue reset");
  }

  @Override
  public void kick(int queue) {
    set(LegacyHeaderLayout.QUEUE_NOTIFY, 2, queue);
  }

  @Override
  public int takeCauses() {
    return get(LegacyHeaderLayout.ISR_STATUS, 1);
  }

  @Override
  public int generation() {
    throw new NotBound("a legacy interface has no generation");
  }

  @Override
  public int config(int offset) {
    return get(LegacyHeaderLayout.HEADER_BYTES + offset, 1);
  }

  @Override
  public void config(int offset, int value) {
    set(LegacyHeaderLayout.HEADER_BYTES + offset, 1, value);
  }
}
