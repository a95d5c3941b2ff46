package io.virtentropy.rdrandemulation.riscv;

/** What an access to {@code seed} reads and changes of a hart. On the thread that emulates. */
public interface RiscvCpuState {
  /**
   * Where the hart is.
   *
   * @return its privilege
   */
  SeedCsr.Privilege privilege();

  /**
   * The machine security configuration.
   *
   * @return mseccfg; 0 where the hart has none
   */
  long mseccfg();

  /**
   * Writes a general register.
   *
   * @param number 1 to 31
   * @param value sign-extended from 32 bits; a 32-bit hart takes the lower half
   */
  void setRegister(int number, long value);

  /** Moves the program counter behind the instruction: by 4. */
  void advance();
}
