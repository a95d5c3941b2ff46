package io.virtentropy.rdrandemulation.power;

import io.virtentropy.rdrandemulation.Grade;
import io.virtentropy.rdrandemulation.Outcome;
import io.virtentropy.rdrandemulation.RandomNumbers;
import java.util.Objects;

/**
 * Executes DARN (Power ISA 3.0, "deliver a random number").
 *
 * <pre>
 *   0      6    11  14 16    21         31
 *   ┌──────┬────┬───┬──┬─────┬──────────┬─┐     L = 0   32 bits, zero-extended
 *   │  31  │ RT │ / │ L│  /  │   755    │/│     L = 1   64 bits
 *   └──────┴────┴───┴──┴─────┴──────────┴─┘     L = 2   64 bits, raw
 * </pre>
 *
 * <p>There is no flag: all ones mean that there is no number, for every L. L = 3 is reserved and
 * gives all ones too, as QEMU does. A 64-bit number that is all ones by itself, once in
 * 2<sup>64</sup>, is read as none, and the guest tries again. Reserved fields are ignored, as the
 * architecture says of all instructions.
 *
 * <p>L = 2 is of grade {@link Grade#SEED}: the seed source's bytes as they come. One per virtual
 * CPU; allocates nothing and never blocks.
 */
public final class DarnEmulator {
  /** What an attempt to execute came to. Except with {@link #EXECUTED} nothing has changed. */
  public enum Result {
    /** Done: register and instruction address are new. */
    EXECUTED,
    /** Another instruction. */
    NOT_OURS,
    /** The guest gets an illegal-instruction interrupt: a CPU before ISA 3.0. */
    ILLEGAL
  }

  private static final long NONE = -1;
  private static final int OPCODE_MASK = 0xfc00_07fe;
  private static final int DARN = 0x7c00_05e6;
  private static final int REGISTER_SHIFT = 21;
  private static final int REGISTER_MASK = 0x1f;
  private static final int L_SHIFT = 16;
  private static final int L_MASK = 3;

  private final RandomNumbers numbers;
  private final boolean present;

  /**
   * Creates an emulator.
   *
   * @param numbers where numbers come from
   * @param present whether the guest's CPU has the instruction
   */
  public DarnEmulator(RandomNumbers numbers, boolean present) {
    this.numbers = Objects.requireNonNull(numbers, "numbers");
    this.present = present;
  }

  /**
   * Executes an instruction, if it is this one.
   *
   * @param word the instruction
   * @param cpu the CPU
   * @return what became of it
   */
  public Result tryExecute(int word, PowerCpuState cpu) {
    if ((word & OPCODE_MASK) != DARN) {
      return Result.NOT_OURS;
    }
    if (!present) {
      return Result.ILLEGAL;
    }
    long value =
        switch ((word >> L_SHIFT) & L_MASK) {
          case 0 -> number(Grade.RANDOM, Integer.BYTES);
          case 1 -> number(Grade.RANDOM, Long.BYTES);
          case 2 -> number(Grade.SEED, Long.BYTES);
          default -> NONE;
        };
    cpu.setRegister((word >> REGISTER_SHIFT) & REGISTER_MASK, value);
    cpu.advance();
    return Result.EXECUTED;
  }

  private long number(Grade grade, int bytes) {
    long value = numbers.next(grade, bytes);
    return numbers.outcome() == Outcome.DELIVERED ? value : NONE;
  }
}
