package io.virtentropy.rdrandemulation.x86;

import io.virtentropy.rdrandemulation.Grade;
import io.virtentropy.rdrandemulation.Outcome;
import io.virtentropy.rdrandemulation.RandomNumbers;
import java.util.Objects;

/**
 * Executes RDRAND and RDSEED on an emulated CPU (SDM vol. 2B).
 *
 * <pre>{@code
 * switch (emulator.tryExecute(bytes, 0, count, cpu)) {
 *   case EXECUTED -> { }
 *   case NOT_OURS -> interpret(bytes);
 *   case INVALID_OPCODE, GENERAL_PROTECTION -> raise(…);
 *   case INCOMPLETE -> fetchMore();
 * }
 * }</pre>
 *
 * <p>Success sets CF and the destination to a number of the operand's size; where there is no
 * number just now CF is 0 and so is the destination, and the guest tries again. OF, SF, ZF, AF and
 * PF are 0 in both cases. A 32-bit destination clears the upper half of its register, a 16-bit one
 * leaves the rest alone. 0 is a number like any other.
 *
 * <p>One per virtual CPU; one thread at a time. Allocates nothing and never blocks.
 */
public final class RdrandEmulator {
  private static final long CF = 1L;
  private static final long PF = 1L << 2;
  private static final long AF = 1L << 4;
  private static final long ZF = 1L << 6;
  private static final long SF = 1L << 7;
  private static final long TF = 1L << 8;
  private static final long OF = 1L << 11;
  private static final long ARITHMETIC = CF | PF | AF | ZF | SF | OF;
  private static final long MASK_16 = 0xffffL;
  private static final long MASK_32 = 0xffff_ffffL;

  private final RandomNumbers numbers;
  private final RandomFeatures features;
  private final Group9Decoder decoder;
  private long executed;

  /**
   * Creates an emulator of a CPU without APX.
   *
   * @param numbers where numbers come from
   * @param features what the guest has; the other instruction raises #UD
   */
  public RdrandEmulator(RandomNumbers numbers, RandomFeatures features) {
    this(numbers, features, false);
  }

  /**
   * Creates an emulator.
   *
   * @param numbers where numbers come from
   * @param features what the guest has; the other instruction raises #UD
   * @param apx as for {@link Group9Decoder#Group9Decoder(boolean)}
   */
  public RdrandEmulator(RandomNumbers numbers, RandomFeatures features, boolean apx) {
    this.numbers = Objects.requireNonNull(numbers, "numbers");
    this.features = Objects.requireNonNull(features, "features");
    this.decoder = new Group9Decoder(apx);
  }

  /**
   * Executes the instruction at the CPU's instruction pointer, if it is one of the two.
   *
   * @param bytes the instruction, and perhaps what follows it
   * @param cpu the CPU
   * @return what became of it
   */
  public Execution tryExecute(byte[] bytes, CpuState cpu) {
    return tryExecute(bytes, 0, bytes.length, cpu);
  }

  /**
   * Executes the instruction at the CPU's instruction pointer, if it is one of the two.
   *
   * @param bytes holds it
   * @param offset where it starts
   * @param count how many bytes may be read from there on; 15 are always enough
   * @param cpu the CPU
   * @return what became of it
   */
  public Execution tryExecute(byte[] bytes, int offset, int count, CpuState cpu) {
    return switch (decoder.decode(bytes, offset, count, cpu.mode())) {
      case RDRAND -> features.rdrand() ? run(Grade.RANDOM, cpu) : Execution.INVALID_OPCODE;
      case RDSEED -> features.rdseed() ? run(Grade.SEED, cpu) : Execution.INVALID_OPCODE;
      case NEIGHBOUR, OTHER -> Execution.NOT_OURS;
      case INVALID_OPCODE -> Execution.INVALID_OPCODE;
      case TOO_LONG -> Execution.GENERAL_PROTECTION;
      case INCOMPLETE -> Execution.INCOMPLETE;
    };
  }

  private Execution run(Grade grade, CpuState cpu) {
    execute(grade, decoder.register(), decoder.operandBits(), decoder.length(), cpu);
    return Execution.EXECUTED;
  }

  /** Executes what is decoded already, by this package or by a CPU that trapped. */
  void execute(Grade grade, int register, int operandBits, int length, CpuState cpu) {
    long number = numbers.next(grade, operandBits / Byte.SIZE);
    boolean delivered = numbers.outcome() == Outcome.DELIVERED;
    if (!delivered) {
      number = 0;
    }
    if (operandBits == 16) {
      number = (number & MASK_16) | (cpu.register(register) & ~MASK_16);
    } else if (operandBits == 32) {
      number &= MASK_32;
    }
    cpu.setRegister(register, number);
    long flags = cpu.flags();
    cpu.setFlags((flags & ~ARITHMETIC) | (delivered ? CF : 0));
    long next = cpu.instructionPointer() + length;
    cpu.setInstructionPointer(cpu.mode().isLong() ? next : next & MASK_32);
    executed++;
    cpu.retired((flags & TF) != 0);
  }

  RandomFeatures features() {
    return features;
  }

  /**
   * How many instructions were executed, with or without a number.
   *
   * @return 0 or more
   */
  public long executed() {
    return executed;
  }
}
