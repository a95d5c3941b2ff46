package io.virtentropy.rdrandemulation.x86;

import io.virtentropy.rdrandemulation.Grade;
import java.util.Objects;

/**
 * VM exits 57 and 61: a hypervisor that has set RDRAND or RDSEED exiting (secondary controls, bits
 * 11 and 16; SDM vol. 3C §25.1.3) is told of every execution, decoded by the CPU.
 *
 * <p>The CPU has checked for #UD before it exits, and the guest's features are not looked at: a
 * hypervisor that hides an instruction sets the control for it and raises #UD instead of coming
 * here. AMD's SVM has no such exits.
 */
public final class VmxRandomExits {
  /** Basic exit reason of RDRAND. */
  public static final int EXIT_RDRAND = 57;

  /** Basic exit reason of RDSEED. */
  public static final int EXIT_RDSEED = 61;

  /** RDRAND exiting in the secondary processor-based VM-execution controls. */
  public static final int CONTROL_RDRAND = 1 << 11;

  /** RDSEED exiting in the secondary processor-based VM-execution controls. */
  public static final int CONTROL_RDSEED = 1 << 16;

  /** The basic reason is the lower half of the exit-reason field. */
  private static final int BASIC_REASON = 0xffff;

  private final RdrandEmulator emulator;

  /**
   * Creates the handler of one virtual CPU.
   *
   * @param emulator executes
   */
  public VmxRandomExits(RdrandEmulator emulator) {
    this.emulator = Objects.requireNonNull(emulator, "emulator");
  }

  /**
   * Handles an exit. The CPU's {@link CpuState#retired} ends blocking by STI and MOV SS and makes
   * the debug exception of a single step pending.
   *
   * @param exitReason the exit-reason field
   * @param instructionInformation the instruction-information field
   * @param instructionLength the instruction-length field, 3 to 15
   * @param cpu the CPU
   * @return {@link Execution#EXECUTED}, or {@link Execution#NOT_OURS} for other exits and for
   *     fields that no CPU reports
   */
  public Execution handle(
      int exitReason, int instructionInformation, int instructionLength, CpuState cpu) {
    Grade grade;
    switch (exitReason & BASIC_REASON) {
      case EXIT_RDRAND -> grade = Grade.RANDOM;
      case EXIT_RDSEED -> grade = Grade.SEED;
      default -> {
        return Execution.NOT_OURS;
      }
    }
    int bits = VmxInstructionInformation.operandBits(instructionInformation);
    if (bits == 0 || instructionLength < 3 || instructionLength > Group9Layout.MAX_LENGTH) {
      return Execution.NOT_OURS;
    }
    int register = VmxInstructionInformation.register(instructionInformation);
    emulator.execute(grade, register, bits, instructionLength, cpu);
    return Execution.EXECUTED;
  }
}
