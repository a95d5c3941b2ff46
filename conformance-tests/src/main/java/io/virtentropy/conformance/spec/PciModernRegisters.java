package io.virtentropy.conformance.spec;

import io.virtentropy.virtio.transport.pci.CommonConfigLayout;
import io.virtentropy.virtio.transport.pci.PciConfigLayout;

/** The structures of virtio 1, where the capabilities say they are. */
final class PciModernRegisters implements Registers {
  private final PciFunction function;
  final PciFunction.Structure common;
  final PciFunction.Structure notify;
  final PciFunction.Structure isr;
  private final long multiplier;

  PciModernRegisters(PciFunction function) {
    this.function = function;
    this.common = function.structure(PciConfigLayout.TYPE_COMMON);
    this.notify = function.structure(PciConfigLayout.TYPE_NOTIFY);
    this.isr = function.structure(PciConfigLayout.TYPE_ISR);
    this.multiplier = function.notifyMultiplier(notify);
  }

  long common(int field, int size) {
    return function.read(common, field, size);
  }

  void common(int field, int size, long value) {
    function.write(common, field, size, value);
  }

  @Override
  public int offeredWord(int select) {
    common(CommonConfigLayout.DEVICE_FEATURE_SELECT, 4, select & 0xffff_ffffL);
    return (int) common(CommonConfigLayout.DEVICE_FEATURE, 4);
  }

  @Override
  public void acceptWord(int select, int bits) {
    common(CommonConfigLayout.DRIVER_FEATURE_SELECT, 4, select & 0xffff_ffffL);
    common(CommonConfigLayout.DRIVER_FEATURE, 4, bits & 0xffff_ffffL);
  }

  @Override
  public int status() {
    return (int) common(CommonConfigLayout.DEVICE_STATUS, 1);
  }

  @Override
  public void status(int value) {
    common(CommonConfigLayout.DEVICE_STATUS, 1, value);
  }

  @Override
  public void selectQueue(int index) {
    common(CommonConfigLayout.QUEUE_SELECT, 2, index);
  }

  @Override
  public int queueSize() {
    return (int) common(CommonConfigLayout.QUEUE_SIZE, 2);
  }

  @Override
  public void chooseQueueSize(int size) {
    common(CommonConfigLayout.QUEUE_SIZE, 2, size);
  }

  @Override
  public void place(Ring ring) {
    halves(CommonConfigLayout.QUEUE_DESC, ring.table);
    halves(CommonConfigLayout.QUEUE_DRIVER, ring.avail);
    halves(CommonConfigLayout.QUEUE_DEVICE, ring.used);
  }

  private void halves(int field, long address) {
    common(field + 4, 4, address >>> 32);
    common(field, 4, address & 0xffff_ffffL);
  }

  @Override
  public void enable() {
    common(CommonConfigLayout.QUEUE_ENABLE, 2, 1);
  }

  @Override
  public boolean enabled() {
    return common(CommonConfigLayout.QUEUE_ENABLE, 2) != 0;
  }

  @Override
  public void resetQueue() {
    common(CommonConfigLayout.QUEUE_RESET, 2, 1);
  }

  @Override
  public int queueReset() {
    return (int) common(CommonConfigLayout.QUEUE_RESET, 2);
  }

  @Override
  public void kick(int queue) {
    // A driver never names a queue that isn't there, so its own offset is that of queue 0.
    int select = (int) common(CommonConfigLayout.QUEUE_SELECT, 2);
    if (select != 0) {
      selectQueue(0);
    }
    long offset = common(CommonConfigLayout.QUEUE_NOTIFY_OFF, 2) * multiplier;
    if (select != 0) {
      selectQueue(select);
    }
    function.write(notify, offset + queue * multiplier, 2, queue);
  }

  @Override
  public int takeCauses() {
    return (int) function.read(isr, 0, 1);
  }

  @Override
  public int generation() {
    return (int) common(CommonConfigLayout.CONFIG_GENERATION, 1);
  }

  @Override
  public int config(int offset) {
    return (int) function.read(function.structure(PciConfigLayout.TYPE_DEVICE), offset, 1);
  }

  @Override
  public void config(int offset, int value) {
    function.write(function.structure(PciConfigLayout.TYPE_DEVICE), offset, 1, value);
  }
}
