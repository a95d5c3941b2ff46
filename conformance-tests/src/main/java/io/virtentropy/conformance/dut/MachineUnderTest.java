package io.virtentropy.conformance.dut;

import java.time.Duration;

/**
 * What a suite needs of a machine with an entropy device, whatever the device sits behind: guest
 * memory, the interrupt line, the source, and the controls of whoever runs the machine. {@link
 * DeviceUnderTest} adds what a PCI function has, {@link MmioUnderTest} a window of registers.
 *
 * <p>Settled states, threads and failures are as {@link DeviceUnderTest} says.
 */
public interface MachineUnderTest extends AutoCloseable {

  /**
   * Whether something beyond the ordinary can be asked of this device.
   *
   * @param capability what
   * @return whether calls that need it work
   */
  boolean can(Capability capability);

  /**
   * The guest's memory that a suite may use for rings and buffers.
   *
   * @return it holds what was written until {@link #systemReset()}
   */
  MemoryRange memory();

  /**
   * Reads guest memory.
   *
   * @param address inside {@link #memory()}
   * @param length 0 or more bytes, ending inside it too
   * @return the bytes
   */
  byte[] memoryRead(long address, int length);

  /**
   * Writes guest memory.
   *
   * @param address inside {@link #memory()}
   * @param bytes any number that fit
   */
  void memoryWrite(long address, byte[] bytes);

  /**
   * Fills guest memory with one byte.
   *
   * @param address inside {@link #memory()}
   * @param length 0 or more bytes, ending inside it too
   * @param value 0 to 255
   */
  void memoryFill(long address, int length, int value);

  /**
   * The level of the device's interrupt line. Settles first.
   *
   * @return whether it is asserted
   */
  boolean interruptLine();

  /**
   * Where the device gets its bytes.
   *
   * @return the same for the life of the device
   * @throws UnsupportedOperationException without {@link Capability#SUPPLY}
   */
  EntropySupply supply();

  /** Returns once everything that earlier calls caused has happened. */
  void settle();

  /**
   * Moves the device's clock forward; timers that come due on the way fire in order. Settles after.
   *
   * @param time more than 0
   * @throws UnsupportedOperationException without {@link Capability#CLOCK}
   */
  void advanceClock(Duration time);

  /** Stops the virtual machine: the device's clock stands still and it answers nothing. */
  void stop();

  /** Lets a stopped machine go on. Settles after. */
  void cont();

  /**
   * Resets the whole machine, as its reset button does. The device's configuration space is as at
   * power-on, so nothing has an address; what memory holds is not defined. Interrupts from before
   * are forgotten.
   */
  void systemReset();

  /** Ends the machine. A second call does nothing. */
  @Override
  void close();
}
