package io.virtentropy.conformance.dut;

/**
 * A virtio entropy device behind MMIO registers (virtio 1.3 §4.2), of either version, with the
 * machine around it. See {@link DeviceUnderTest} about settled states, threads and failures.
 */
public interface MmioUnderTest extends MachineUnderTest {

  /**
   * Reads registers.
   *
   * @param offset from the begin of the window, 0 or more
   * @param size 1, 2, 4 or 8 bytes
   * @return the bytes, little-endian; 8 bytes fill the {@code long}, fewer are unsigned
   */
  long registerRead(long offset, int size);

  /**
   * Writes registers.
   *
   * @param offset from the begin of the window, 0 or more
   * @param size 1, 2, 4 or 8 bytes
   * @param value its low {@code size} bytes are written
   */
  void registerWrite(long offset, int size, long value);
}
