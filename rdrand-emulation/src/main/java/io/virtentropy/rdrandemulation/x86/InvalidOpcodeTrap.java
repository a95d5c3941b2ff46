package io.virtentropy.rdrandemulation.x86;

import java.util.Objects;

/**
 * Trap and emulate: the host's CPU lacks the instruction, raises #UD, and the monitor, which
 * intercepts #UD, asks here before it gives the exception to the guest.
 *
 * <p>The bytes are fetched a second time, and a guest with several CPUs may have changed them in
 * between; what is executed is what is read here, whole, and nothing else.
 */
public final class InvalidOpcodeTrap {
  private final RdrandEmulator emulator;
  private final CodeMemory code;
  private final byte[] bytes = new byte[Group9Layout.MAX_LENGTH];

  /**
   * Creates the handler of one virtual CPU.
   *
   * @param emulator executes
   * @param code reads the guest's code
   */
  public InvalidOpcodeTrap(RdrandEmulator emulator, CodeMemory code) {
    this.emulator = Objects.requireNonNull(emulator, "emulator");
    this.code = Objects.requireNonNull(code, "code");
  }

  /**
   * Handles #UD at the CPU's instruction pointer.
   *
   * @param cpu the CPU, in the state the exception saved
   * @return {@link Execution#EXECUTED} if the guest goes on behind the instruction; {@link
   *     Execution#INCOMPLETE} if the rest of the instruction can't be fetched, which is then the
   *     guest's fault to be raised; in all other cases the guest gets the #UD
   */
  public Execution handle(CpuState cpu) {
    int count = code.fetch(cpu, bytes);
    return emulator.tryExecute(bytes, 0, count, cpu);
  }
}
