package io.virtentropy.conformance.qemu;

import io.virtentropy.conformance.dut.MemoryRange;
import io.virtentropy.conformance.dut.PcLayout;

/**
 * The PC around the device under test: what its firmware would have set up for a slot, namely
 * buses, the bridge's windows and the routing of interrupts. To be set up again after each reset.
 */
final class PcPlatform {
  private static final int SLOT = 4;
  private static final int BEHIND_THE_PORT = 1;

  /** The I/O APIC's pin of slot 4's INTA on q35, as ICH9 wires it at reset. */
  private static final int Q35_PIN = 20;

  /** Where {@link #routePirqs} sends slot 4's INTA on i440fx. */
  private static final int I440FX_PIN = 11;

  private static final PciAddress PIIX3 = new PciAddress(0, 1, 0);
  private static final int PIRQ_ROUTES = 0x60;

  private static final PciAddress ROOT_PORT = new PciAddress(0, SLOT, 0);
  private static final int COMMAND = 0x04;
  private static final int BUS_NUMBERS = 0x18;
  private static final int PORT_WINDOW = 0x1c;
  private static final int MEMORY_WINDOW = 0x20;
  private static final long IO_MEMORY_AND_MASTER = 7;

  private final QemuSlot slot;
  private final PciConfigSpace config;

  PcPlatform(QemuSlot slot, PciConfigSpace config) {
    this.slot = slot;
    this.config = config;
  }

  /** Adds a device, without a comma behind its text, and what it sits on. */
  static void plug(QemuMachine.Builder machine, QemuSlot slot, String device) {
    switch (slot) {
      case Q35 -> machine.device(device + ",bus=pcie.0,addr=" + SLOT + ".0");
      case I440FX -> machine.device(device + ",bus=pci.0,addr=" + SLOT + ".0");
      case ROOT_PORT ->
          machine
              .device("pcie-root-port,id=rootport,bus=pcie.0,chassis=1,addr=" + SLOT + ".0")
              .device(device + ",bus=rootport,addr=0.0");
    }
  }

  /** Where the device is once {@link #setUp()} has numbered the buses. */
  PciAddress device() {
    return slot == QemuSlot.ROOT_PORT
        ? new PciAddress(BEHIND_THE_PORT, 0, 0)
        : new PciAddress(0, SLOT, 0);
  }

  /** The I/O APIC's pin that the device's INTA reaches. */
  int interruptPin() {
    return slot == QemuSlot.I440FX ? I440FX_PIN : Q35_PIN;
  }

  void setUp() {
    switch (slot) {
      case Q35 -> config.openExtended();
      case I440FX -> routePirqs();
      case ROOT_PORT -> {
        config.openExtended();
        openRootPort();
      }
    }
  }

  private void routePirqs() {
    int[] lines = {10, 10, I440FX_PIN, I440FX_PIN};
    for (int i = 0; i < lines.length; i++) {
      config.write(PIIX3, PIRQ_ROUTES + i, 1, lines[i]);
    }
  }

  private void openRootPort() {
    // Subordinate, secondary and primary bus, from the top.
    config.write(ROOT_PORT, BUS_NUMBERS, 4, BEHIND_THE_PORT << 16 | BEHIND_THE_PORT << 8);
    // Base and limit, 4 KiB blocks of ports and 1 MiB blocks of memory, both inclusive.
    long port = PcLayout.WINDOW.ports().start() >> 8;
    config.write(ROOT_PORT, PORT_WINDOW, 2, port << 8 | port);
    MemoryRange memory = PcLayout.WINDOW.memory();
    long first = memory.start() >> 16;
    long last = (memory.start() + memory.length() - 1) >> 16 & 0xfff0;
    config.write(ROOT_PORT, MEMORY_WINDOW, 4, last << 16 | first);
    config.write(ROOT_PORT, COMMAND, 2, IO_MEMORY_AND_MASTER);
  }
}
