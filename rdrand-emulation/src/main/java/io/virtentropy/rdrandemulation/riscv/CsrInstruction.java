package io.virtentropy.rdrandemulation.riscv;

/**
 * The six CSR instructions (RISC-V Zicsr), as far as an access to one register depends on the
 * encoding and not on values.
 *
 * <pre>
 *   31          20 19      15 14    12 11   7 6       0
 *   ┌─────────────┬──────────┬────────┬──────┬─────────┐   1 CSRRW   5 CSRRWI
 *   │     csr     │ rs1/uimm │ funct3 │  rd  │ 1110011 │   2 CSRRS   6 CSRRSI
 *   └─────────────┴──────────┴────────┴──────┴─────────┘   3 CSRRC   7 CSRRCI
 * </pre>
 */
public final class CsrInstruction {
  private static final int OPCODE_MASK = 0x7f;
  private static final int SYSTEM = 0x73;
  private static final int FUNCTION_SHIFT = 12;
  private static final int FUNCTION_MASK = 7;
  private static final int NO_CSR_FUNCTION = 4;
  private static final int WRITE_FUNCTION = 1;
  private static final int SOURCE_SHIFT = 15;
  private static final int DESTINATION_SHIFT = 7;
  private static final int REGISTER_MASK = 0x1f;
  private static final int CSR_SHIFT = 20;

  private CsrInstruction() {}

  /**
   * Says whether a word is a CSR instruction that names {@code seed}.
   *
   * @param word the instruction
   * @return true if it is
   */
  public static boolean accessesSeed(int word) {
    return (word & OPCODE_MASK) == SYSTEM
        && (function(word) & ~NO_CSR_FUNCTION) != 0
        && word >>> CSR_SHIFT == SeedCsr.NUMBER;
  }

  /**
   * Says whether the instruction writes: CSRRW and CSRRWI always, the others if rs1 is not x0, or
   * the immediate is not 0. The number of the register decides, not what it holds.
   *
   * @param word a CSR instruction
   * @return true if it does
   */
  public static boolean writes(int word) {
    return (function(word) & ~NO_CSR_FUNCTION) == WRITE_FUNCTION
        || ((word >> SOURCE_SHIFT) & REGISTER_MASK) != 0;
  }

  /**
   * Says whether the instruction reads: all but CSRRW and CSRRWI with rd = x0, which then have no
   * side effect of a read: nothing is polled.
   *
   * @param word a CSR instruction
   * @return true if it does
   */
  public static boolean reads(int word) {
    return (function(word) & ~NO_CSR_FUNCTION) != WRITE_FUNCTION || destination(word) != 0;
  }

  /**
   * The destination.
   *
   * @param word a CSR instruction
   * @return rd, 0 to 31
   */
  public static int destination(int word) {
    return (word >> DESTINATION_SHIFT) & REGISTER_MASK;
  }

  private static int function(int word) {
    return (word >> FUNCTION_SHIFT) & FUNCTION_MASK;
  }
}
