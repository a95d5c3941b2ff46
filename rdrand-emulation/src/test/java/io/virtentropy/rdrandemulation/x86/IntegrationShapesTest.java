package io.virtentropy.rdrandemulation.x86;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.virtentropy.backends.CounterBackend;
import io.virtentropy.rdrandemulation.Grade;
import io.virtentropy.rdrandemulation.VmEntropy;
import io.virtentropy.rdrandemulation.faults.FaultModel;
import io.virtentropy.rdrandemulation.faults.FaultyNumbers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("A machine with the emulated instructions")
final class IntegrationShapesTest {
  private static final long CODE = 0x1000;

  private final Script numbers = new Script();
  private final RdrandEmulator emulator = new RdrandEmulator(numbers, RandomFeatures.BOTH);
  private final ArrayCpu cpu = new ArrayCpu(CpuMode.PROTECTED_32);

  /** Guest memory with code at 0x1000, of which so many bytes can be fetched. */
  private static CodeMemory memory(byte[] code, int mapped) {
    return (cpu, target) -> {
      int from = (int) (cpu.instructionPointer() - CODE);
      int count = Math.min(target.length, mapped - from);
      System.arraycopy(code, from, target, 0, count);
      return count;
    };
  }

  /** An interpreter of a handful of instructions, with the emulator before its own decoder. */
  private static final class Interpreter {
    final byte[] code;
    final ArrayCpu cpu;
    final RdrandEmulator emulator;
    int exception = -1;
    boolean halted;

    Interpreter(String hex, ArrayCpu cpu, RdrandEmulator emulator) {
      this.code = Encodings.bytes(hex);
      this.cpu = cpu;
      this.emulator = emulator;
    }

    void run() {
      while (!halted && exception < 0) {
        int at = (int) (cpu.instructionPointer - CODE);
        Execution execution = emulator.tryExecute(code, at, Math.min(15, code.length - at), cpu);
        switch (execution) {
          case EXECUTED -> {}
          case NOT_OURS -> interpret(at);
          case INVALID_OPCODE, GENERAL_PROTECTION -> exception = execution.vector();
          case INCOMPLETE -> exception = 14;
        }
      }
    }

    private void interpret(int at) {
      switch (code[at] & 0xff) {
        case 0xf4 -> halted = true;
        case 0x49 -> { // dec ecx; CF stays
          cpu.registers[1] = (cpu.registers[1] - 1) & 0xffff_ffffL;
          cpu.flags = (cpu.flags & ~0x40L) | (cpu.registers[1] == 0 ? 0x40 : 0);
          cpu.instructionPointer++;
        }
        case 0x72 -> jump(at, (cpu.flags & 1) != 0); // jc
        case 0x75 -> jump(at, (cpu.flags & 0x40) == 0); // jnz
        default -> exception = 6;
      }
    }

    private void jump(int at, boolean taken) {
      cpu.instructionPointer += 2 + (taken ? code[at + 1] : 0);
    }
  }

  @Nested
  @DisplayName("that interprets")
  final class Interpreting {
    // 1: rdrand eax; jc 2; dec ecx; jnz 1; 2: hlt
    private static final String RETRY_LOOP = "0F C7 F0 72 03 49 75 F8 F4";

    @ParameterizedTest(name = "{0} failures: {1} draws, success {2}")
    @CsvSource({"0, 1, true", "9, 10, true", "10, 10, false", "50, 10, false"})
    @DisplayName("should run a guest's loop of ten tries (P8)")
    void retryLoop(int failures, int executed, boolean success) {
      VmEntropy good = VmEntropy.builder(new CounterBackend(77)).build();
      RdrandEmulator failing =
          new RdrandEmulator(
              new FaultyNumbers(good, new FaultModel.FailsThenWorks(failures)),
              RandomFeatures.BOTH);
      cpu.registers[1] = 10;
      Interpreter interpreter = new Interpreter(RETRY_LOOP, cpu, failing);
      interpreter.run();
      assertTrue(interpreter.halted);
      assertEquals(executed, failing.executed());
      assertEquals(success, (cpu.flags & 1) != 0);
      assertEquals(success ? 77 : 0, cpu.registers[0]);
    }

    @Test
    @DisplayName("should raise #UD and #GP, and see the end of what can be fetched")
    void exceptions() {
      Interpreter locked = new Interpreter("F0 0F C7 F0", cpu, emulator);
      locked.run();
      assertEquals(6, locked.exception);
      Interpreter cut = new Interpreter("66 0F C7", cpu, emulator);
      cut.run();
      assertEquals(14, cut.exception);
      Interpreter tooLong =
          new Interpreter("66 66 66 66 66 66 66 66 66 66 66 66 66 0F C7 F0", cpu, emulator);
      tooLong.run();
      assertEquals(13, tooLong.exception);
      assertEquals(CODE, cpu.instructionPointer);
    }
  }

  @Nested
  @DisplayName("that traps #UD")
  final class Trapping {
    @Test
    @DisplayName("should carry the instruction out instead of the exception")
    void emulates() {
      byte[] code = Encodings.bytes("66 0F C7 F9 90 90 90 90 90 90 90 90 90 90 90 90");
      InvalidOpcodeTrap trap = new InvalidOpcodeTrap(emulator, memory(code, code.length));
      assertEquals(Execution.EXECUTED, trap.handle(cpu));
      assertEquals(CODE + 4, cpu.instructionPointer);
      assertEquals(0xaaaa_aaaa_aaaa_2211L, cpu.registers[1]);
      assertEquals(1, cpu.retired);
    }

    @ParameterizedTest(name = "{0} of which {1} bytes can be fetched: {2}")
    @CsvSource({
      "0F 0B 90, 3, NOT_OURS",
      "F0 0F C7 F0, 4, INVALID_OPCODE",
      "66 0F C7 F9, 3, INCOMPLETE",
      "66 0F C7 F9, 4, EXECUTED",
      "66 0F C7 F9, 0, INCOMPLETE",
    })
    @DisplayName("should leave to the guest what is the guest's")
    void leaves(String hex, int mapped, Execution expected) {
      InvalidOpcodeTrap trap =
          new InvalidOpcodeTrap(emulator, memory(Encodings.bytes(hex), mapped));
      String before = cpu.picture();
      assertEquals(expected, trap.handle(cpu));
      assertEquals(expected == Execution.EXECUTED, !before.equals(cpu.picture()));
    }
  }

  @Nested
  @DisplayName("under VMX")
  final class Vmx {
    private final VmxRandomExits exits = new VmxRandomExits(emulator);

    @ParameterizedTest(name = "exit {0}, information {1}, length {2}")
    @CsvSource({
      // register 3 (6:3), size 32 (12:11); then undefined bits as CPUs leave them
      "57, 818, 3, 3, 0000000044332211, RANDOM",
      "57, ffffef9f, 3, 3, 0000000044332211, RANDOM",
      "61, 1078, 5, 15, 8877665544332211, SEED",
      "61, 0, 4, 0, aaaaaaaaaaaa2211, SEED",
      // the exit came from a guest in an enclave: bit 27
      "134217785, 818, 3, 3, 0000000044332211, RANDOM",
    })
    @DisplayName("should carry out what the exit describes")
    void executes(
        int reason, String information, int length, int register, String value, Grade grade) {
      cpu.mode = CpuMode.LONG_64;
      cpu.registers[0] = 0xaaaa_aaaa_aaaa_aaaaL;
      int field = Integer.parseUnsignedInt(information, 16);
      assertEquals(Execution.EXECUTED, exits.handle(reason, field, length, cpu));
      assertEquals(Long.parseUnsignedLong(value, 16), cpu.registers[register]);
      assertEquals(CODE + length, cpu.instructionPointer);
      assertEquals(grade, numbers.lastGrade);
      assertEquals(1, cpu.retired, "interrupt shadow ends");
    }

    @Test
    @DisplayName("should make a single step due after the instruction")
    void singleStep() {
      cpu.flags |= 0x100;
      exits.handle(57, VmxInstructionInformation.of(0, 32), 3, cpu);
      assertEquals(1, cpu.singleSteps);
    }

    @ParameterizedTest(name = "exit {0}, information {1}, length {2}")
    @CsvSource({"58, 818, 3", "57, 1818, 3", "57, 818, 2", "61, 818, 16", "61, 818, 0"})
    @DisplayName("should leave alone what is no such exit, or none that a CPU reports")
    void leaves(int reason, String information, int length) {
      String before = cpu.picture();
      int field = Integer.parseUnsignedInt(information, 16);
      assertEquals(Execution.NOT_OURS, exits.handle(reason, field, length, cpu));
      assertEquals(before, cpu.picture());
    }
  }

  @Nested
  @DisplayName("on KVM")
  final class Kvm {
    private final byte[] code = Encodings.bytes("0F C7 F2 F4");
    private final KvmEmulationFailure failure =
        new KvmEmulationFailure(emulator, memory(code, code.length));

    /** As a kernel of series 6.18 fills it in; data words without bytes as one before 5.14. */
    private ByteBuffer run(int reason, int suberror, byte[] bytes, ByteOrder order) {
      ByteBuffer run = ByteBuffer.allocate(2352).order(ByteOrder.nativeOrder());
      run.putInt(8, reason).putInt(32, suberror);
      if (bytes != null) {
        run.putInt(36, 8).putLong(40, 1).put(48, (byte) bytes.length);
        run.put(49, bytes, 0, Math.min(bytes.length, 15));
      }
      return run.order(order);
    }

    @ParameterizedTest
    @EnumSource(Order.class)
    @DisplayName("should take the instruction from the exit, in a buffer whose order is")
    void fromExit(Order order) {
      byte[] given = Encodings.bytes("66 0F C7 F9 A1 00 00 00 10 E6 10 F4 00 00 00");
      assertEquals(Execution.EXECUTED, failure.handle(run(17, 1, given, order.order), cpu));
      assertEquals(CODE + 4, cpu.instructionPointer);
      assertEquals(0xaaaa_aaaa_aaaa_2211L, cpu.registers[1]);
    }

    @Test
    @DisplayName("should fetch it where the kernel gave no byte, or not all of them")
    void fromMemory() {
      assertEquals(
          Execution.EXECUTED, failure.handle(run(17, 1, null, ByteOrder.nativeOrder()), cpu));
      assertEquals(0x44332211L, cpu.registers[2]);
      cpu.instructionPointer = CODE;
      byte[] two = Arrays.copyOf(code, 2);
      assertEquals(
          Execution.EXECUTED, failure.handle(run(17, 1, two, ByteOrder.nativeOrder()), cpu));
      assertEquals(CODE + 3, cpu.instructionPointer);
    }

    @Test
    @DisplayName("should leave other exits and other instructions alone")
    void leaves() {
      String before = cpu.picture();
      ByteOrder order = ByteOrder.nativeOrder();
      assertEquals(Execution.NOT_OURS, failure.handle(run(6, 1, code, order), cpu));
      assertEquals(Execution.NOT_OURS, failure.handle(run(17, 3, code, order), cpu));
      byte[] other = Encodings.bytes("0F 01 D0 00 00 00 00 00 00 00 00 00 00 00 00");
      assertEquals(Execution.NOT_OURS, failure.handle(run(17, 1, other, order), cpu));
      byte[] locked = Encodings.bytes("F0 0F C7 F0 00 00 00 00 00 00 00 00 00 00 00");
      assertEquals(Execution.INVALID_OPCODE, failure.handle(run(17, 1, locked, order), cpu));
      assertEquals(before, cpu.picture());
      ByteBuffer small = ByteBuffer.allocate(63);
      assertThrows(IllegalArgumentException.class, () -> failure.handle(small, cpu));
    }
  }

  private enum Order {
    BIG_ENDIAN(ByteOrder.BIG_ENDIAN),
    LITTLE_ENDIAN(ByteOrder.LITTLE_ENDIAN);

    private final ByteOrder order;

    Order(ByteOrder order) {
      this.order = order;
    }
  }
}
