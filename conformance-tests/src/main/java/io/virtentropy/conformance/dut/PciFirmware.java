package io.virtentropy.conformance.dut;

/**
 * What firmware does for a PCI device before a driver starts: asks each base address register for
 * its size and gives it an address inside {@link DeviceUnderTest#window()}, the largest first and
 * on its own boundary, and turns decoding and bus mastering on.
 */
public final class PciFirmware {
  private static final int COMMAND = 0x04;
  private static final int FIRST_BAR = 0x10;
  private static final int BARS = 6;
  private static final int IO_MEMORY_AND_MASTER = 0x7;
  private static final int IS_PORTS = 0x1;
  private static final int TYPE_MASK = 0x6;
  private static final int TYPE_64 = 0x4;
  private static final long ALL_ONES = 0xffff_ffffL;

  /** A base address register and what it asks for. */
  private record Bar(int number, boolean ports, boolean wide, long size) {}

  private final DeviceUnderTest device;

  private PciFirmware(DeviceUnderTest device) {
    this.device = device;
  }

  /**
   * Gives every BAR an address and turns the device on: I/O, memory and bus mastering.
   *
   * @param device one whose BARs may have any content
   * @throws IllegalStateException if they don't fit the window
   */
  public static void bringUp(DeviceUnderTest device) {
    new PciFirmware(device).placeBars();
    device.configWrite(COMMAND, 2, IO_MEMORY_AND_MASTER);
  }

  private void placeBars() {
    Bar[] bars = new Bar[BARS];
    int found = 0;
    for (int number = 0; number < BARS; number++) {
      Bar bar = probe(number);
      if (bar != null) {
        bars[found++] = bar;
        number += bar.wide ? 1 : 0;
      }
    }
    long port = device.window().ports().start();
    long memory = device.window().memory().start();
    for (int placed = 0; placed < found; placed++) {
      int largest = -1;
      for (int i = 0; i < found; i++) {
        if (bars[i] != null && (largest < 0 || bars[i].size > bars[largest].size)) {
          largest = i;
        }
      }
      Bar bar = bars[largest];
      bars[largest] = null;
      if (bar.ports) {
        port = place(bar, port, device.window().ports());
      } else {
        memory = place(bar, memory, device.window().memory());
      }
    }
  }

  private Bar probe(int number) {
    int register = FIRST_BAR + 4 * number;
    device.configWrite(register, 4, ALL_ONES);
    long mask = device.configRead(register, 4);
    if (mask == 0) {
      return null;
    }
    boolean ports = (mask & IS_PORTS) != 0;
    boolean wide = !ports && (mask & TYPE_MASK) == TYPE_64;
    long address = mask & (ports ? ~0x3L : ~0xfL);
    if (wide) {
      device.configWrite(register + 4, 4, ALL_ONES);
      address |= device.configRead(register + 4, 4) << 32;
    }
    return new Bar(number, ports, wide, Long.lowestOneBit(address));
  }

  /** Returns the first address behind the BAR. */
  private long place(Bar bar, long from, MemoryRange window) {
    long address = (from + bar.size - 1) & -bar.size;
    if (address + bar.size > window.start() + window.length()) {
      throw new IllegalStateException(
          "BAR " + bar.number + " of " + bar.size + " bytes doesn't fit " + window);
    }
    int register = FIRST_BAR + 4 * bar.number;
    device.configWrite(register, 4, address & ALL_ONES);
    if (bar.wide) {
      device.configWrite(register + 4, 4, address >>> 32);
    }
    return address + bar.size;
  }
}
