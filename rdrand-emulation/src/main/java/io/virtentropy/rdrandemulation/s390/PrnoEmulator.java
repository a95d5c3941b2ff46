package io.virtentropy.rdrandemulation.s390;

import io.virtentropy.rdrandemulation.Grade;
import io.virtentropy.rdrandemulation.Outcome;
import io.virtentropy.rdrandemulation.RandomNumbers;
import java.util.Objects;

/**
 * Executes PRNO (B93C) with two functions: query, and TRNG.
 *
 * <pre>
 *   0               16       24  28         GR0   bits 57-63: function code
 *   ┌───────────────┬────────┬───┬───┐      GR1   parameter block of a query: 16 bytes
 *   │     B93C      │   /    │R1 │R2 │      R1, R1+1   address and length of raw bytes
 *   └───────────────┴────────┴───┴───┘      R2, R2+1   address and length of conditioned bytes
 * </pre>
 *
 * <p>TRNG fills the raw area, then the conditioned one; addresses advance and lengths shrink as
 * bytes are stored. It ends with condition code 0 when all is filled, or 3, and then the guest
 * executes it again: after 256 bytes, so that a long request does not hold the CPU, or when there
 * are no more bytes just now. There is no code for failure: a guest without a source tries for
 * ever. Both areas are filled from the seed source, which knows no difference between them.
 *
 * <p>SHA-512-DRNG (function 3) and the query of the conditioning ratio (112) are not installed, and
 * the query says so. The modifier bit is ignored for TRNG, as by QEMU.
 *
 * <p>One per virtual CPU; allocates nothing and never blocks.
 */
public final class PrnoEmulator {
  /** What an attempt to execute came to. */
  public enum Result {
    /** Done, in whole or in part: registers, condition code and instruction address are new. */
    EXECUTED,
    /** Another instruction; nothing has changed. */
    NOT_OURS,
    /** The guest gets an operation exception: a CPU without the facility. */
    OPERATION_EXCEPTION,
    /** The guest gets a specification exception; nothing has changed. */
    SPECIFICATION_EXCEPTION,
    /**
     * The guest gets the access exception of the store that failed. What was stored before stays
     * stored, and the registers say how far it came; the instruction address has not moved.
     */
    ACCESS_EXCEPTION
  }

  /** The most one execution stores, in bytes. */
  public static final int BYTES_PER_EXECUTION = 256;

  private static final int OPCODE = 0xb93c;
  private static final int OPCODE_SHIFT = 16;
  private static final int FUNCTION_MASK = 0x7f;
  private static final int QUERY = 0;
  private static final int TRNG = 114;
  private static final int PARAMETER_BLOCK_BYTES = 16;
  private static final int COMPLETE = 0;
  private static final int PARTIAL = 3;
  private static final long LOW_HALF = 0xffff_ffffL;

  private final RandomNumbers numbers;
  private final boolean present;
  private int left;

  /**
   * Creates an emulator.
   *
   * @param numbers where bytes come from; must have seeds
   * @param present whether the guest has the facility (bit 57 of the facility list)
   */
  public PrnoEmulator(RandomNumbers numbers, boolean present) {
    this.numbers = Objects.requireNonNull(numbers, "numbers");
    this.present = present;
  }

  /**
   * Executes an instruction, if it is this one.
   *
   * @param word the instruction, 4 bytes in big-endian order
   * @param cpu the CPU
   * @return what became of it
   */
  public Result tryExecute(int word, S390CpuState cpu) {
    if (word >>> OPCODE_SHIFT != OPCODE) {
      return Result.NOT_OURS;
    }
    if (!present) {
      return Result.OPERATION_EXCEPTION;
    }
    int raw = (word >> 4) & 0xf;
    int conditioned = word & 0xf;
    int function = (int) cpu.register(0) & FUNCTION_MASK;
    return switch (function) {
      case QUERY -> query(cpu);
      case TRNG ->
          isPair(raw) && isPair(conditioned)
              ? trng(raw, conditioned, cpu)
              : Result.SPECIFICATION_EXCEPTION;
      default -> Result.SPECIFICATION_EXCEPTION;
    };
  }

  /** An even register other than 0. */
  private static boolean isPair(int register) {
    return register != 0 && (register & 1) == 0;
  }

  /** Stores a bit for each function there is, the leftmost for function 0. */
  private static Result query(S390CpuState cpu) {
    long block = cpu.register(1);
    for (int i = 0; i < PARAMETER_BLOCK_BYTES; i++) {
      int bits = bit(QUERY, i) | bit(TRNG, i);
      if (!cpu.store(cpu.addressingMode().wrap(block + i), (byte) bits)) {
        return Result.ACCESS_EXCEPTION;
      }
    }
    return end(COMPLETE, cpu);
  }

  private static int bit(int function, int index) {
    return function / Byte.SIZE == index ? 0x80 >> (function % Byte.SIZE) : 0;
  }

  private Result trng(int raw, int conditioned, S390CpuState cpu) {
    left = BYTES_PER_EXECUTION;
    for (int pair = 0; pair < 2; pair++) {
      int register = pair == 0 ? raw : conditioned;
      while (length(register, cpu) != 0) {
        if (left == 0) {
          return end(PARTIAL, cpu);
        }
        // One byte at a time: a store may fail, and only what was stored has been drawn.
        if (!storeOne(register, cpu)) {
          return numbers.outcome() == Outcome.DELIVERED
              ? Result.ACCESS_EXCEPTION
              : end(PARTIAL, cpu);
        }
      }
    }
    return end(COMPLETE, cpu);
  }

  private boolean storeOne(int register, S390CpuState cpu) {
    byte value = (byte) numbers.next(Grade.SEED, 1);
    if (numbers.outcome() != Outcome.DELIVERED) {
      return false;
    }
    long address = cpu.addressingMode().wrap(cpu.register(register));
    if (!cpu.store(address, value)) {
      return false; // the byte is lost, which is better than delivered twice
    }
    left--;
    long length = length(register, cpu);
    write(register, cpu.addressingMode().wrap(address + 1), cpu);
    write(register + 1, length - 1, cpu);
    return true;
  }

  private static long length(int register, S390CpuState cpu) {
    long whole = cpu.register(register + 1);
    return is64(cpu) ? whole : whole & LOW_HALF;
  }

  /** Outside 64-bit mode the upper half of a register stays as it is. */
  private static void write(int register, long value, S390CpuState cpu) {
    cpu.setRegister(
        register, is64(cpu) ? value : (cpu.register(register) & ~LOW_HALF) | (value & LOW_HALF));
  }

  private static boolean is64(S390CpuState cpu) {
    return cpu.addressingMode() == S390CpuState.AddressingMode.BITS_64;
  }

  private static Result end(int conditionCode, S390CpuState cpu) {
    cpu.setConditionCode(conditionCode);
    cpu.advance();
    return Result.EXECUTED;
  }
}
