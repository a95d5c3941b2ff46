package io.virtentropy.rdrandemulation.aarch64;

import io.virtentropy.rdrandemulation.Grade;
import io.virtentropy.rdrandemulation.Outcome;
import io.virtentropy.rdrandemulation.RandomNumbers;
import java.util.Objects;

/**
 * Executes MRS of RNDR (S3_3_C2_C4_0) and RNDRRS (S3_3_C2_C4_1).
 *
 * <pre>
 *   31                           5 4    0
 *   ┌─────────────────────────────┬──────┐
 *   │ 0xD53B2400 RNDR             │  Rt  │    MRS Xt, RNDR
 *   │ 0xD53B2420 RNDRRS           │      │    MSR is the same without bit 21: undefined
 *   └─────────────────────────────┴──────┘
 * </pre>
 *
 * <p>A number leaves NZCV = 0000; none leaves Xt = 0 and NZCV = 0100. Rt = 31 reads and sets the
 * flags all the same. Both can be read at every exception level; FEAT_RNG_TRAP sends both to EL3
 * whether or not there is FEAT_RNG.
 *
 * <p>A guest that finds no number may try for ever (QEMU warns of this), so a limit wants a burst.
 * One per virtual CPU; allocates nothing and never blocks.
 */
public final class RndrEmulator {
  /** What an attempt to execute came to. Except with {@link #EXECUTED} nothing has changed. */
  public enum Result {
    /** Done: register, flags and program counter are new. */
    EXECUTED,
    /** Another instruction. */
    NOT_OURS,
    /** The guest gets an undefined-instruction exception. */
    UNDEFINED,
    /** The guest's EL3 gets the trap that SCR_EL3.TRNDR asks for. */
    TRAPPED_TO_EL3
  }

  private static final int REGISTER_MASK = 0x1f;
  private static final int READ = 1 << 21;
  private static final int RNDR = 0xd53b_2400;
  private static final int RNDRRS = 0xd53b_2420;
  private static final int ZERO_REGISTER = 31;
  private static final int SUCCESS = 0b0000;
  private static final int FAILURE = 0b0100;

  private final RandomNumbers numbers;
  private final boolean present;

  /**
   * Creates an emulator.
   *
   * @param numbers where numbers come from
   * @param present whether the guest has FEAT_RNG: ID_AA64ISAR0_EL1.RNDR is 1
   */
  public RndrEmulator(RandomNumbers numbers, boolean present) {
    this.numbers = Objects.requireNonNull(numbers, "numbers");
    this.present = present;
  }

  /**
   * Executes an instruction, if it is one of the two.
   *
   * @param word the instruction
   * @param trapped whether SCR_EL3.TRNDR (bit 40) is set
   * @param cpu the CPU
   * @return what became of it
   */
  public Result tryExecute(int word, boolean trapped, ArmCpuState cpu) {
    int access = word & ~REGISTER_MASK;
    boolean fresh = (access | READ) == RNDRRS;
    if (!fresh && (access | READ) != RNDR) {
      return Result.NOT_OURS;
    }
    if ((access & READ) == 0) {
      return Result.UNDEFINED;
    }
    if (trapped) {
      return Result.TRAPPED_TO_EL3;
    }
    if (!present) {
      return Result.UNDEFINED;
    }
    long number = numbers.next(fresh ? Grade.SEED : Grade.RANDOM, Long.BYTES);
    boolean delivered = numbers.outcome() == Outcome.DELIVERED;
    int register = word & REGISTER_MASK;
    if (register != ZERO_REGISTER) {
      cpu.setRegister(register, delivered ? number : 0);
    }
    cpu.setConditionFlags(delivered ? SUCCESS : FAILURE);
    cpu.advance();
    return Result.EXECUTED;
  }

  /**
   * Shows or hides the feature in a guest's ID_AA64ISAR0_EL1.
   *
   * @param register the register's value
   * @param present whether the guest has FEAT_RNG
   * @return the value with bits 63:60 1 or 0
   */
  public static long withFeature(long register, boolean present) {
    return (register & ~(0xfL << 60)) | (present ? 1L << 60 : 0);
  }
}
