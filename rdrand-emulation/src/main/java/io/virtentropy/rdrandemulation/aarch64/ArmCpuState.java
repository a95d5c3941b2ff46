package io.virtentropy.rdrandemulation.aarch64;

/** What RNDR and RNDRRS change of a virtual CPU. Called on the thread that emulates. */
public interface ArmCpuState {
  /**
   * Writes a general register.
   *
   * @param number 0 to 30; never 31, which is XZR here
   * @param value all 64 bits
   */
  void setRegister(int number, long value);

  /**
   * Writes the condition flags.
   *
   * @param nzcv N, Z, C and V as PSTATE.NZCV has them: N is bit 3, V bit 0
   */
  void setConditionFlags(int nzcv);

  /** Moves the program counter behind the instruction: by 4. */
  void advance();
}
