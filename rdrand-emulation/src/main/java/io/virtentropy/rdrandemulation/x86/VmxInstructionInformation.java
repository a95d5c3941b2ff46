package io.virtentropy.rdrandemulation.x86;

/**
 * The VM-exit instruction-information field of RDRAND and RDSEED (SDM vol. 3C, table 28-14).
 *
 * <pre>
 *   31                              13 12  11 10        7 6        3 2     0
 *   ┌─────────────────────────────────┬──────┬───────────┬──────────┬───────┐
 *   │            undefined            │ size │ undefined │ register │ undef │
 *   └─────────────────────────────────┴──────┴───────────┴──────────┴───────┘
 *                                0: 16, 1: 32, 2: 64 bits
 * </pre>
 *
 * <p>Undefined bits are never looked at: real CPUs leave other things there.
 */
public final class VmxInstructionInformation {
  /** The bits that mean something. */
  public static final int DEFINED = 0b1_1000_0111_1000;

  private static final int REGISTER_SHIFT = 3;
  private static final int REGISTER_MASK = 0xf;
  private static final int SIZE_SHIFT = 11;
  private static final int SIZE_MASK = 3;

  private VmxInstructionInformation() {}

  /**
   * The field of an instruction, undefined bits 0: for a monitor that reflects the exit to a guest
   * hypervisor.
   *
   * @param register the destination, 0 to 15
   * @param operandBits 16, 32 or 64
   * @return the field
   */
  public static int of(int register, int operandBits) {
    if (register < 0 || register > REGISTER_MASK) {
      throw new IllegalArgumentException("register " + register + "; 0 to 15 is accepted");
    }
    int size =
        switch (operandBits) {
          case 16 -> 0;
          case 32 -> 1;
          case 64 -> 2;
          default ->
              throw new IllegalArgumentException(
                  "operand of " + operandBits + " bits; 16, 32 or 64 is accepted");
        };
    return register << REGISTER_SHIFT | size << SIZE_SHIFT;
  }

  /**
   * The destination.
   *
   * @param field the field
   * @return 0 to 15, as in {@link CpuState#register}
   */
  public static int register(int field) {
    return field >> REGISTER_SHIFT & REGISTER_MASK;
  }

  /**
   * The operand's size.
   *
   * @param field the field
   * @return 16, 32 or 64; 0 for the value that is not used
   */
  public static int operandBits(int field) {
    int size = field >> SIZE_SHIFT & SIZE_MASK;
    return size == SIZE_MASK ? 0 : 16 << size;
  }
}
