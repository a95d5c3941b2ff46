package io.virtentropy.rdrandemulation.x86;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * KVM's exit for an instruction that it would have to emulate and can't (Linux, Documentation/
 * virt/kvm/api.rst, KVM_EXIT_INTERNAL_ERROR): RIP is at the instruction, which has not been
 * executed. A monitor that carries it out and runs the virtual CPU again loses nothing.
 *
 * <pre>
 *   struct kvm_run    0 ┌──────────────────────────────┐
 *                     8 │ exit_reason = 17             │
 *                       │ …                            │
 *                    32 │ suberror = 1                 │
 *                    36 │ ndata                        │
 *                    40 │ flags, bit 0: bytes are here │ if ndata is 1 or more
 *                    48 │ insn_size, insn_bytes[15]    │ if ndata is 3 or more
 *                       └──────────────────────────────┘
 * </pre>
 *
 * <p>Older kernels give no bytes; then they are read from the guest's memory.
 */
public final class KvmEmulationFailure {
  /** KVM_EXIT_INTERNAL_ERROR. */
  public static final int EXIT_INTERNAL_ERROR = 17;

  /** KVM_INTERNAL_ERROR_EMULATION. */
  public static final int SUBERROR_EMULATION = 1;

  private static final int EXIT_REASON = 8;
  private static final int SUBERROR = 32;
  private static final int DATA_WORDS = 36;
  private static final int FLAGS = 40;
  private static final int INSTRUCTION_SIZE = 48;
  private static final int INSTRUCTION_BYTES = 49;
  private static final int LENGTH = 64;
  private static final int FLAG_INSTRUCTION_BYTES = 1;
  private static final int WORDS_WITH_BYTES = 3;

  private final RdrandEmulator emulator;
  private final CodeMemory code;
  private final byte[] bytes = new byte[Group9Layout.MAX_LENGTH];

  /**
   * Creates the handler of one virtual CPU.
   *
   * @param emulator executes
   * @param code reads the guest's code where the kernel gave none of it
   */
  public KvmEmulationFailure(RdrandEmulator emulator, CodeMemory code) {
    this.emulator = Objects.requireNonNull(emulator, "emulator");
    this.code = Objects.requireNonNull(code, "code");
  }

  /**
   * Says whether an exit is this one.
   *
   * @param run the {@code struct kvm_run} of the virtual CPU
   * @return true if {@link #handle} may know what to do
   */
  public static boolean isOne(ByteBuffer run) {
    return intAt(run, EXIT_REASON) == EXIT_INTERNAL_ERROR
        && intAt(run, SUBERROR) == SUBERROR_EMULATION;
  }

  /**
   * Handles an exit.
   *
   * @param run the {@code struct kvm_run} of the virtual CPU, 64 bytes of it or more
   * @param cpu the CPU; its changes are to be given to KVM before it runs again
   * @return {@link Execution#EXECUTED} if it is to run again; {@link Execution#INVALID_OPCODE} or
   *     {@link Execution#GENERAL_PROTECTION} to inject that; else the failure was for another
   *     reason
   */
  public Execution handle(ByteBuffer run, CpuState cpu) {
    if (run.limit() < LENGTH) {
      throw new IllegalArgumentException(
          run.limit() + " bytes of struct kvm_run; " + LENGTH + " or more are accepted");
    }
    if (!isOne(run)) {
      return Execution.NOT_OURS;
    }
    int given = takeBytes(run);
    Execution execution =
        given == 0 ? Execution.INCOMPLETE : emulator.tryExecute(bytes, 0, given, cpu);
    if (execution != Execution.INCOMPLETE) {
      return execution;
    }
    int fetched = code.fetch(cpu, bytes);
    return emulator.tryExecute(bytes, 0, fetched, cpu);
  }

  private int takeBytes(ByteBuffer run) {
    if (intAt(run, DATA_WORDS) < WORDS_WITH_BYTES
        || (intAt(run, FLAGS) & FLAG_INSTRUCTION_BYTES) == 0) {
      return 0;
    }
    int size = Math.min(run.get(INSTRUCTION_SIZE) & 0xff, bytes.length);
    run.get(INSTRUCTION_BYTES, bytes, 0, size);
    return size;
  }

  /** The struct is in the host's order, whatever the buffer's is. */
  private static int intAt(ByteBuffer run, int index) {
    int value = run.getInt(index);
    return run.order() == ByteOrder.nativeOrder() ? value : Integer.reverseBytes(value);
  }
}
