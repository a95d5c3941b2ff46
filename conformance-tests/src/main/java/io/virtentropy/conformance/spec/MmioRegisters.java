package io.virtentropy.conformance.spec;

import io.virtentropy.conformance.dut.MmioUnderTest;
import io.virtentropy.virtio.transport.mmio.MmioLayout;

/** The registers of either MMIO version. */
final class MmioRegisters implements Registers {
  private static final int PAGE = 4096;

  private final MmioUnderTest device;
  private final boolean legacy;

  MmioRegisters(MmioUnderTest device, boolean legacy) {
    this.device = device;
    this.legacy = legacy;
  }

  int get(int register) {
    return (int) device.registerRead(register, 4);
  }

  void set(int register, int value) {
    device.registerWrite(register, 4, value & 0xffff_ffffL);
  }

  @Override
  public int offeredWord(int select) {
    set(MmioLayout.DEVICE_FEATURES_SEL, select);
    return get(MmioLayout.DEVICE_FEATURES);
  }

  @Override
  public void acceptWord(int select, int bits) {
    set(MmioLayout.DRIVER_FEATURES_SEL, select);
    set(MmioLayout.DRIVER_FEATURES, bits);
  }

  @Override
  public int status() {
    return get(MmioLayout.STATUS);
  }

  @Override
  public void status(int value) {
    set(MmioLayout.STATUS, value);
  }

  @Override
  public void selectQueue(int index) {
    set(MmioLayout.QUEUE_SEL, index);
  }

  @Override
  public int queueSize() {
    return get(MmioLayout.QUEUE_SIZE_MAX);
  }

  @Override
  public void chooseQueueSize(int size) {
    set(MmioLayout.QUEUE_SIZE, size);
  }

  @Override
  public void place(Ring ring) {
    if (legacy) {
      set(MmioLayout.GUEST_PAGE_SIZE, PAGE);
      set(MmioLayout.QUEUE_ALIGN, PAGE);
      set(MmioLayout.QUEUE_PFN, (int) (ring.table / PAGE));
    } else {
      halves(MmioLayout.QUEUE_DESC_LOW, ring.table);
      halves(MmioLayout.QUEUE_DRIVER_LOW, ring.avail);
      halves(MmioLayout.QUEUE_DEVICE_LOW, ring.used);
    }
  }

  private void halves(int low, long address) {
    set(low + 4, (int) (address >>> 32));
    set(low, (int) address);
  }

  @Override
  public void enable() {
    if (!legacy) {
      set(MmioLayout.QUEUE_READY, 1);
    }
  }

  @Override
  public boolean enabled() {
    return get(legacy ? MmioLayout.QUEUE_PFN : MmioLayout.QUEUE_READY) != 0;
  }

  @Override
  public void resetQueue() {
    set(MmioLayout.QUEUE_RESET, 1);
  }

  @Override
  public int queueReset() {
    return get(MmioLayout.QUEUE_RESET);
  }

  @Override
  public void kick(int queue) {
    set(MmioLayout.QUEUE_NOTIFY, queue);
  }

  @Override
  public int takeCauses() {
    int causes = get(MmioLayout.INTERRUPT_STATUS);
    set(MmioLayout.INTERRUPT_ACK, causes);
    return causes;
  }

  @Override
  public int generation() {
    return get(MmioLayout.CONFIG_GENERATION);
  }

  @Override
  public int config(int offset) {
    return (int) device.registerRead(MmioLayout.CONFIG + offset, 1);
  }

  @Override
  public void config(int offset, int value) {
    device.registerWrite(MmioLayout.CONFIG + offset, 1, value & 0xff);
  }
}
