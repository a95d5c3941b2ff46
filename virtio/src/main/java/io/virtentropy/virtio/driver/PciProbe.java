package io.virtentropy.virtio.driver;

import io.virtentropy.virtio.transport.pci.PciConfigLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * What firmware and a driver find out about a PCI function before they use it: who it is, how large
 * its BARs are, what capabilities it has. Places the BARs and switches the function on.
 *
 * @param vendorId the vendor
 * @param deviceId the device
 * @param barLengths the length of each of the six BARs, 0 for those that don't exist
 * @param structures virtio's capabilities in the order of the list
 * @param msix where the MSI-X capability is, or 0
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares two of them
public record PciProbe(
    int vendorId, int deviceId, long[] barLengths, List<Structure> structures, int msix) {

  /** Where memory BARs go unless the firmware has placed them: below the APICs of a PC. */
  public static final long MEMORY_BASE = 0xfe00_0000L;

  /** Where I/O BARs go unless the firmware has placed them. */
  public static final long IO_BASE = 0xc000;

  /** No list of capabilities is longer, with at least 4 bytes each. */
  private static final int MOST_CAPABILITIES = 48;

  /**
   * One of virtio's capabilities.
   *
   * @param at where it is in the configuration space
   * @param type what it points to
   * @param bar the BAR the structure is in
   * @param offset the structure's offset there
   * @param length the structure's length
   */
  public record Structure(int at, int type, int bar, long offset, long length) {}

  /**
   * Looks at a function, places its BARs and lets it use I/O, memory and the bus.
   *
   * @param function the function
   * @return what was found
   * @throws IllegalStateException if it is not virtio's, or its list of capabilities has no end
   */
  public static PciProbe probe(PciAccess function) {
    int vendor = read16(function, PciConfigLayout.VENDOR_ID);
    if (vendor != PciConfigLayout.VIRTIO_VENDOR) {
      throw new IllegalStateException("vendor 0x" + Integer.toHexString(vendor) + ", not virtio's");
    }
    long[] lengths = placeBars(function);
    int command = read16(function, PciConfigLayout.COMMAND);
    function.configWrite(
        PciConfigLayout.COMMAND,
        command
            | PciConfigLayout.COMMAND_IO
            | PciConfigLayout.COMMAND_MEMORY
            | PciConfigLayout.COMMAND_MASTER,
        Short.BYTES);

    List<Structure> structures = new ArrayList<>();
    int msix = 0;
    int at = (int) function.configRead(PciConfigLayout.CAPABILITIES, 1);
    for (int i = 0; at != 0; i++) {
      if (i == MOST_CAPABILITIES) {
        throw new IllegalStateException("the list of capabilities runs in a loop");
      }
      int id = (int) function.configRead(at, 1);
      if (id == PciConfigLayout.CAP_MSIX) {
        msix = at;
      } else if (id == PciConfigLayout.CAP_VENDOR) {
        structures.add(structure(function, at));
      }
      at = (int) function.configRead(at + PciConfigLayout.CAP_NEXT, 1);
    }
    return new PciProbe(
        vendor,
        read16(function, PciConfigLayout.DEVICE_ID),
        lengths,
        List.copyOf(structures),
        msix);
  }

  private static Structure structure(PciAccess function, int at) {
    return new Structure(
        at,
        (int) function.configRead(at + PciConfigLayout.VIRTIO_CAP_TYPE, 1),
        (int) function.configRead(at + PciConfigLayout.VIRTIO_CAP_BAR, 1),
        function.configRead(at + PciConfigLayout.VIRTIO_CAP_OFFSET, Integer.BYTES),
        function.configRead(at + PciConfigLayout.VIRTIO_CAP_LENGTH, Integer.BYTES));
  }

  private static long[] placeBars(PciAccess function) {
    long[] lengths = new long[PciConfigLayout.BARS];
    long memory = MEMORY_BASE;
    long io = IO_BASE;
    for (int bar = 0; bar < PciConfigLayout.BARS; bar++) {
      int register = PciConfigLayout.BAR_0 + 4 * bar;
      long before = function.configRead(register, Integer.BYTES);
      function.configWrite(register, 0xffff_ffffL, Integer.BYTES);
      long probed = function.configRead(register, Integer.BYTES);
      function.configWrite(register, before, Integer.BYTES);
      if (probed == 0) {
        continue;
      }
      boolean isIo = (probed & PciConfigLayout.BAR_IO) != 0;
      long addressBits = probed & (isIo ? ~3L : ~0xfL);
      long length = -(addressBits | ~0xffff_ffffL);
      lengths[bar] = length;
      if ((before & addressBits) == 0) {
        long address = (isIo ? io : memory) + length - 1 & -length;
        function.configWrite(register, address, Integer.BYTES);
        if (isIo) {
          io = address + length;
        } else {
          memory = address + length;
        }
      }
      if (!isIo && (probed & 6) == 4) {
        bar++; // the upper half of a 64-bit address
      }
    }
    return lengths;
  }

  private static int read16(PciAccess function, int offset) {
    return (int) function.configRead(offset, Short.BYTES);
  }

  /**
   * Finds a structure.
   *
   * @param type its type
   * @return the first in the list
   * @throws IllegalStateException if there is none
   */
  public Structure structure(int type) {
    return structures.stream()
        .filter(structure -> structure.type() == type)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no virtio capability of type " + type));
  }
}
