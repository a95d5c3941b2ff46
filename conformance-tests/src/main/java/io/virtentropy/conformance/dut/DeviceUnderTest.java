package io.virtentropy.conformance.dut;

import java.util.List;

/**
 * A virtio entropy device on PCI, with the guest memory and the machine around it, as a suite sees
 * it: all that a guest can do and observe, and the controls of whoever runs the machine.
 *
 * <p><b>Only settled states are compared.</b> A device may answer a kick later, on a thread or an
 * event loop of its own. {@link #settle()} returns once everything that earlier calls caused has
 * happened; what is read without it may be a state on the way.
 *
 * <p><b>Threads.</b> One thread at a time.
 *
 * <p><b>Failure.</b> What a guest does never throws. A call with arguments that no guest could use
 * throws {@link IllegalArgumentException}; one that needs a {@link Capability} the device lacks
 * throws {@link UnsupportedOperationException}; a machine that died throws a {@link
 * RuntimeException} that says so, and so do all calls after it.
 */
public interface DeviceUnderTest extends MachineUnderTest {

  /**
   * Reads the configuration space.
   *
   * @param offset 0 to 255, or to 4095 with {@link Capability#EXTENDED_CONFIG}
   * @param size 1, 2 or 4 bytes, not beyond the aligned 4 that {@code offset} is in
   * @return the bytes, little-endian, unsigned
   */
  long configRead(int offset, int size);

  /**
   * Writes the configuration space.
   *
   * @param offset as in {@link #configRead}
   * @param size as in {@link #configRead}
   * @param value its low {@code size} bytes are written
   */
  void configWrite(int offset, int size, long value);

  /**
   * Reads from what a base address register decodes, memory or I/O ports.
   *
   * <p>An access that the device doesn't decode (the register is not implemented or holds no
   * address inside {@link #window()}, or the command register's bit for its kind of space is off)
   * reads all ones, as on a real bus.
   *
   * @param bar 0 to 5; a 64-bit one goes by its lower number
   * @param offset from the start of the BAR, within its size, at any alignment
   * @param size 1, 2, 4 or 8 bytes; 8 not for I/O ports
   * @return the bytes, little-endian; 8 bytes fill the {@code long}, fewer are unsigned
   */
  long barRead(int bar, long offset, int size);

  /**
   * Writes to what a base address register decodes. One that the device doesn't decode is lost.
   *
   * @param bar as in {@link #barRead}
   * @param offset as in {@link #barRead}
   * @param size as in {@link #barRead}
   * @param value its low {@code size} bytes are written
   */
  void barWrite(int bar, long offset, int size, long value);

  /**
   * The addresses that {@link PciFirmware} may give to BARs.
   *
   * @return the same for the life of the device
   */
  BarWindow window();

  /**
   * An address for MSI-X messages that this device's harness watches: the suite puts it into the
   * device's MSI-X table, with data other than 0, and finds what was sent by {@link
   * #takeInterrupts()}.
   *
   * @param number 0 to 15; each has an address of its own
   * @return below 4 GiB, a multiple of 4, outside of {@link #memory()}
   */
  long messageAddress(int number);

  /**
   * What the device's interrupts did since this was last called: the edges of its line in order,
   * then at most one message per watched address, the last. How often one message was sent since is
   * not visible on every device, so none shows it.
   *
   * <p>Settles first.
   *
   * @return oldest first, empty if nothing happened
   */
  List<Interrupt> takeInterrupts();
}
