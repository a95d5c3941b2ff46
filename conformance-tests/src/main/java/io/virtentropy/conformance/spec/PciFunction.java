package io.virtentropy.conformance.spec;

import static io.virtentropy.virtio.transport.pci.PciConfigLayout.CAP_NEXT;
import static io.virtentropy.virtio.transport.pci.PciConfigLayout.CAP_VENDOR;

import io.virtentropy.conformance.dut.DeviceUnderTest;
import io.virtentropy.virtio.transport.pci.PciConfigLayout;
import java.util.ArrayList;
import java.util.List;

/** What a driver finds in a function's configuration space. */
final class PciFunction {
  /** A virtio structure's capability. */
  record Structure(int at, int capLength, int type, int bar, long offset, long length) {}

  private static final int MOST_CAPABILITIES = 48;

  final DeviceUnderTest device;

  PciFunction(DeviceUnderTest device) {
    this.device = device;
  }

  int config(int offset, int size) {
    return (int) device.configRead(offset, size);
  }

  void config(int offset, int size, int value) {
    device.configWrite(offset, size, value & 0xffff_ffffL);
  }

  /** Where the capabilities are, in the order of the list. */
  List<Integer> capabilities() {
    List<Integer> found = new ArrayList<>();
    if ((config(PciConfigLayout.STATUS, 2) & PciConfigLayout.STATUS_CAPABILITIES) == 0) {
      return found;
    }
    int at = config(PciConfigLayout.CAPABILITIES, 1) & ~3;
    while (at != 0) {
      if (found.size() == MOST_CAPABILITIES) {
        throw new CheckFailure("the list of capabilities has no end: " + found);
      }
      found.add(at);
      at = config(at + CAP_NEXT, 1) & ~3;
    }
    return found;
  }

  List<Structure> structures() {
    List<Structure> found = new ArrayList<>();
    for (int at : capabilities()) {
      if (config(at, 1) == CAP_VENDOR) {
        found.add(
            new Structure(
                at,
                config(at + PciConfigLayout.VIRTIO_CAP_LEN, 1),
                config(at + PciConfigLayout.VIRTIO_CAP_TYPE, 1),
                config(at + PciConfigLayout.VIRTIO_CAP_BAR, 1),
                config(at + PciConfigLayout.VIRTIO_CAP_OFFSET, 4) & 0xffff_ffffL,
                config(at + PciConfigLayout.VIRTIO_CAP_LENGTH, 4) & 0xffff_ffffL));
      }
    }
    return found;
  }

  /** The first structure of a type. */
  Structure structure(int type) {
    for (Structure structure : structures()) {
      if (structure.type == type) {
        return structure;
      }
    }
    throw new CheckFailure("no capability of cfg_type " + type);
  }

  boolean hasModern() {
    return structures().stream().anyMatch(s -> s.type == PciConfigLayout.TYPE_COMMON);
  }

  boolean isTransitional() {
    int id = config(PciConfigLayout.DEVICE_ID, 2);
    return id >= 0x1000 && id <= 0x103f;
  }

  long notifyMultiplier(Structure notify) {
    return config(notify.at + PciConfigLayout.VIRTIO_CAP_EXTRA, 4) & 0xffff_ffffL;
  }

  long read(Structure structure, long offset, int size) {
    return device.barRead(structure.bar, structure.offset + offset, size);
  }

  void write(Structure structure, long offset, int size, long value) {
    device.barWrite(structure.bar, structure.offset + offset, size, value);
  }

  /** Where the MSI-X capability is. */
  int msix() {
    for (int at : capabilities()) {
      if (config(at, 1) == PciConfigLayout.CAP_MSIX) {
        return at;
      }
    }
    throw new NotBound("the function has no MSI-X");
  }

  /** The number of entries in the MSI-X table. */
  int vectors() {
    return (config(msix() + PciConfigLayout.MSIX_CONTROL, 2) & 0x7ff) + 1;
  }

  /** Sets bits of the MSI-X control word: enable, function mask. */
  void msixControl(int bits) {
    config(msix() + PciConfigLayout.MSIX_CONTROL, 2, bits);
  }

  /** Points a table entry at a watched address, unmasked or not. */
  void msixEntry(int vector, int message, int data, boolean masked) {
    int table = config(msix() + PciConfigLayout.MSIX_TABLE, 4);
    int bar = table & 7;
    long at = (table & ~7) + 16L * vector;
    device.barWrite(bar, at, 4, device.messageAddress(message));
    device.barWrite(bar, at + 4, 4, 0);
    device.barWrite(bar, at + 8, 4, data);
    device.barWrite(bar, at + 12, 4, masked ? 1 : 0);
  }

  /** The first 32 pending bits. */
  long pending() {
    int pending = config(msix() + PciConfigLayout.MSIX_PENDING, 4);
    return device.barRead(pending & 7, pending & ~7, 4);
  }

  /** Finds a BAR's size as firmware does, and leaves the register as it was. */
  long barSize(int bar) {
    int register = PciConfigLayout.BAR_0 + 4 * bar;
    int before = config(register, 4);
    config(register, 4, -1);
    int mask = config(register, 4);
    config(register, 4, before);
    int low = mask & ((mask & 1) != 0 ? ~3 : ~15);
    return low == 0 ? 0 : Integer.lowestOneBit(low) & 0xffff_ffffL;
  }
}
