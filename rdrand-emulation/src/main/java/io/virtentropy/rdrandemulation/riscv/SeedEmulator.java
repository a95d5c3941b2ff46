package io.virtentropy.rdrandemulation.riscv;

import java.util.Objects;

/**
 * Executes the CSR instructions that access {@code seed}: whole, from the word to the exception.
 * The usual form is {@code csrrw rd, seed, x0}.
 *
 * <p>One per hart; allocates nothing and never blocks.
 */
public final class SeedEmulator {
  /** What an attempt to execute came to. Except with {@link #EXECUTED} nothing has changed. */
  public enum Result {
    /** Done: register and program counter are new. */
    EXECUTED,
    /** Another instruction, or another register. */
    NOT_OURS,
    /** The hart raises an illegal-instruction exception. */
    ILLEGAL_INSTRUCTION,
    /** The hart raises a virtual-instruction exception. */
    VIRTUAL_INSTRUCTION
  }

  private final SeedCsr seed;
  private final boolean present;

  /**
   * Creates an emulator.
   *
   * @param seed the hart's register
   * @param present whether the hart has Zkr
   */
  public SeedEmulator(SeedCsr seed, boolean present) {
    this.seed = Objects.requireNonNull(seed, "seed");
    this.present = present;
  }

  /**
   * Executes an instruction, if it accesses {@code seed}.
   *
   * @param word the instruction
   * @param cpu the hart
   * @return what became of it
   */
  public Result tryExecute(int word, RiscvCpuState cpu) {
    if (!CsrInstruction.accessesSeed(word)) {
      return Result.NOT_OURS;
    }
    if (!present) {
      return Result.ILLEGAL_INSTRUCTION;
    }
    SeedCsr.Access access =
        SeedCsr.access(CsrInstruction.writes(word), cpu.privilege(), cpu.mseccfg());
    switch (access) {
      case ILLEGAL_INSTRUCTION -> {
        return Result.ILLEGAL_INSTRUCTION;
      }
      case VIRTUAL_INSTRUCTION -> {
        return Result.VIRTUAL_INSTRUCTION;
      }
      case ALLOWED -> {}
    }
    if (CsrInstruction.reads(word)) {
      int value = seed.poll();
      int destination = CsrInstruction.destination(word);
      if (destination != 0) {
        cpu.setRegister(destination, value); // an int is extended by its sign
      }
    }
    cpu.advance();
    return Result.EXECUTED;
  }
}
