package io.virtentropy.conformance.qemu;

/**
 * The configuration space of a PC's PCI devices: the first 256 bytes by the ports 0xcf8 and 0xcfc,
 * the rest, which q35 has, by the memory window that its host bridge opens (PCI Express base
 * specification, "Enhanced Configuration Access Mechanism"; Intel's MCH datasheet, PCIEXBAR).
 */
public final class PciConfigSpace {
  private static final int ADDRESS_PORT = 0xcf8;
  private static final int DATA_PORT = 0xcfc;
  private static final long ENABLE = 0x8000_0000L;
  private static final int CONVENTIONAL = 0x100;
  private static final int EXTENDED = 0x1000;
  private static final PciAddress HOST_BRIDGE = new PciAddress(0, 0, 0);
  private static final int PCIEXBAR = 0x60;
  private static final long WINDOW = 0xb000_0000L;
  private static final long WINDOW_ENABLE = 1;

  private final QtestClient qtest;

  /**
   * Reaches the configuration space of a machine.
   *
   * @param qtest a PC's, with the i440fx or the q35 chipset
   */
  public PciConfigSpace(QtestClient qtest) {
    this.qtest = qtest;
  }

  /** Opens the window to the extended space; needed on q35 after each reset of the machine. */
  public void openExtended() {
    write(HOST_BRIDGE, PCIEXBAR, 4, WINDOW | WINDOW_ENABLE);
  }

  /**
   * Reads.
   *
   * @param device whose
   * @param offset 0 to 255; to 4095 on q35 after {@link #openExtended()}
   * @param size 1, 2 or 4 bytes, inside the aligned 4 that {@code offset} is in
   * @return the bytes, unsigned; all ones where there is no device
   */
  public long read(PciAddress device, int offset, int size) {
    check(offset, size);
    if (offset >= CONVENTIONAL) {
      return qtest.read(extended(device, offset), size);
    }
    select(device, offset);
    return qtest.in(DATA_PORT + offset % 4, size);
  }

  /**
   * Writes.
   *
   * @param device whose
   * @param offset as in {@link #read}
   * @param size as in {@link #read}
   * @param value its low {@code size} bytes are written
   */
  public void write(PciAddress device, int offset, int size, long value) {
    check(offset, size);
    if (offset >= CONVENTIONAL) {
      qtest.write(extended(device, offset), size, value);
    } else {
      select(device, offset);
      qtest.out(DATA_PORT + offset % 4, size, value);
    }
  }

  private void select(PciAddress device, int offset) {
    qtest.out(ADDRESS_PORT, 4, ENABLE | device.routingId() << 8 | (offset & ~3));
  }

  private static long extended(PciAddress device, int offset) {
    return WINDOW + (device.routingId() << 12) + offset;
  }

  private static void check(int offset, int size) {
    if (offset < 0
        || offset >= EXTENDED
        || (size != 1 && size != 2 && size != 4)
        || offset % 4 + size > 4) {
      throw new IllegalArgumentException(
          "configuration offset 0x"
              + Integer.toHexString(offset)
              + ", size "
              + size
              + "; 0 to 0xfff and 1, 2 or 4 inside an aligned 4 are right");
    }
  }
}
