package io.virtentropy.conformance.qemu;

import io.virtentropy.conformance.dut.BarWindow;

/**
 * Where the device's BARs are at the moment, as its configuration space says; asked again only when
 * that may have changed.
 */
final class QemuBars {
  private static final int COMMAND = 0x04;
  private static final int FIRST = 0x10;
  private static final int COUNT = 6;
  private static final int IS_PORTS = 0x1;
  private static final int TYPE_MASK = 0x6;
  private static final int TYPE_64 = 0x4;
  private static final long ALL_ONES = 0xffff_ffffL;
  private static final int POWER_STATE = 0x3;
  private static final int IO_SPACE = 0x1;
  private static final int MEMORY_SPACE = 0x2;

  /** The address of a BAR that isn't decoded. */
  static final long NOWHERE = -1;

  /** Where the power state is; 0 where none matters. */
  private final int power;

  private final PciConfigSpace config;
  private final PciAddress device;
  private final BarWindow window;
  private final long[] sizes = new long[COUNT];
  private final boolean[] ports = new boolean[COUNT];
  private final boolean[] wide = new boolean[COUNT];
  private final long[] addresses = new long[COUNT];
  private boolean stale = true;

  /**
   * Asks a device that nobody has touched yet for the sizes of its BARs.
   *
   * @param power the offset of the power state without which it decodes none; 0 if there isn't one
   */
  QemuBars(PciConfigSpace config, PciAddress device, BarWindow window, int power) {
    this.power = power;
    this.config = config;
    this.device = device;
    this.window = window;
    for (int bar = 0; bar < COUNT; bar++) {
      long mask = probe(FIRST + 4 * bar);
      ports[bar] = (mask & IS_PORTS) != 0;
      long bits = mask & (ports[bar] ? ~0x3L : ~0xfL);
      sizes[bar] = Long.lowestOneBit(bits);
      wide[bar] = !ports[bar] && (mask & TYPE_MASK) == TYPE_64;
      if (wide[bar]) {
        bar++; // its upper half
      }
    }
  }

  private long probe(int register) {
    long old = config.read(device, register, 4);
    config.write(device, register, 4, ALL_ONES);
    long mask = config.read(device, register, 4);
    config.write(device, register, 4, old);
    return mask;
  }

  /**
   * To be told of every write to configuration space, any of which may reset the function, and of a
   * reset of the machine.
   */
  void written() {
    stale = true;
  }

  boolean isPorts(int bar) {
    return ports[bar];
  }

  /** Where an access goes; {@link #NOWHERE} if the device doesn't decode it. */
  long address(int bar, long offset, int size) {
    if (bar < 0 || bar >= COUNT || offset < 0) {
      throw new IllegalArgumentException(
          "BAR " + bar + ", offset " + offset + "; 0 to 5 and 0 or more are right");
    }
    if (sizes[bar] == 0) {
      return NOWHERE;
    }
    if (offset > sizes[bar] - size) {
      throw new IllegalArgumentException(
          size + " bytes at " + offset + " are not inside the " + sizes[bar] + " of BAR " + bar);
    }
    if (stale) {
      refresh();
    }
    return addresses[bar] == NOWHERE ? NOWHERE : addresses[bar] + offset;
  }

  private void refresh() {
    boolean awake = power == 0 || (config.read(device, power, 1) & POWER_STATE) == 0;
    long command = awake ? config.read(device, COMMAND, 2) : 0;
    for (int bar = 0; bar < COUNT; bar++) {
      addresses[bar] = NOWHERE;
      if (sizes[bar] == 0 || (command & (ports[bar] ? IO_SPACE : MEMORY_SPACE)) == 0) {
        continue;
      }
      int register = FIRST + 4 * bar;
      long address = config.read(device, register, 4) & (ports[bar] ? ~0x3L : ~0xfL);
      if (wide[bar]) {
        address |= config.read(device, register + 4, 4) << 32;
      }
      if ((ports[bar] ? window.ports() : window.memory()).contains(address, sizes[bar])) {
        addresses[bar] = address;
      }
    }
    stale = false;
  }
}
