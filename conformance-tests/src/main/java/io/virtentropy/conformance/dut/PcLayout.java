package io.virtentropy.conformance.dut;

/**
 * Where things are in the PC around a device under test, be it QEMU's, a model or ours in this
 * process, so that one script does the same to all.
 *
 * <pre>
 *   0          a_0000      10_0000                      7ff_f000  800_0000
 *   ├── RAM ──┤            ├── RAM, the suite's memory ─┼─ RAM ──┤
 *                                                       └ 16 addresses for messages
 *   ports c000 to cfff, registers e000_0000 to e0ff_ffff: the BARs'
 * </pre>
 */
public final class PcLayout {
  /** All memory, in MiB; what is below 1 MiB counts. */
  public static final int MEMORY_MIB = 128;

  /** Where the memory below the hole ends. */
  public static final int LOW_END = 0xa_0000;

  /** Where the memory above the hole begins. */
  public static final int HIGH_START = 0x10_0000;

  /** Where the memory above the hole ends. */
  public static final int HIGH_END = MEMORY_MIB << 20;

  /** The suite's own: all that is above the hole but the last page. */
  public static final MemoryRange MEMORY =
      new MemoryRange(HIGH_START, HIGH_END - 4096 - HIGH_START);

  /** The addresses for BARs. */
  public static final BarWindow WINDOW =
      new BarWindow(new MemoryRange(0xc000, 0x1000), new MemoryRange(0xe000_0000L, 0x0100_0000));

  /** How many addresses for messages are watched. */
  public static final int MESSAGES = 16;

  private PcLayout() {}

  /**
   * An address for messages, as {@link DeviceUnderTest#messageAddress} gives it.
   *
   * @param number 0 to 15
   * @return in the last page of memory
   * @throws IllegalArgumentException for any other number
   */
  public static long messageAddress(int number) {
    if (number < 0 || number >= MESSAGES) {
      throw new IllegalArgumentException("message address " + number + "; 0 to 15 are right");
    }
    return MEMORY.start() + MEMORY.length() + (long) number * Integer.BYTES;
  }

  /**
   * Checks that a guest can make an access to the configuration space.
   *
   * @param offset where
   * @param size how many bytes
   * @param length how many the function has
   * @throws IllegalArgumentException if none can
   */
  public static void checkConfigAccess(int offset, int size, int length) {
    boolean width = size == 1 || size == 2 || size == 4;
    if (!width || offset < 0 || offset >= length || offset % 4 + size > 4) {
      throw new IllegalArgumentException(
          "configuration offset "
              + offset
              + ", size "
              + size
              + "; 0 to "
              + (length - 1)
              + " and 1, 2 or 4 inside an aligned 4 are right");
    }
  }
}
