package io.virtentropy.rdrandemulation.x86;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.virtentropy.rdrandemulation.Grade;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The emulated RDRAND and RDSEED")
final class RdrandEmulatorTest {
  private final Script numbers = new Script();
  private final RdrandEmulator emulator = new RdrandEmulator(numbers, RandomFeatures.BOTH);

  @ParameterizedTest(name = "{0} {1}: RAX {2}, without a number {3}")
  @CsvSource({
    "LONG_64, 66 0F C7 F0, aaaaaaaaaaaa2211, aaaaaaaaaaaa0000",
    "LONG_64, 0F C7 F0, 0000000044332211, 0000000000000000",
    "LONG_64, 48 0F C7 F8, 8877665544332211, 0000000000000000",
    "PROTECTED_32, 66 0F C7 F0, aaaaaaaaaaaa2211, aaaaaaaaaaaa0000",
    "PROTECTED_32, 0F C7 F0, 0000000044332211, 0000000000000000",
    "REAL, 0F C7 F8, aaaaaaaaaaaa2211, aaaaaaaaaaaa0000",
    "REAL, 66 0F C7 F8, 0000000044332211, 0000000000000000",
  })
  @DisplayName("should write the destination by its width, number or none")
  void widths(CpuMode mode, String hex, String full, String none) {
    for (boolean empty : new boolean[] {false, true}) {
      ArrayCpu cpu = new ArrayCpu(mode);
      cpu.registers[0] = 0xaaaa_aaaa_aaaa_aaaaL;
      numbers.empty = empty;
      assertEquals(Execution.EXECUTED, emulator.tryExecute(Encodings.bytes(hex), cpu));
      assertEquals(Long.parseUnsignedLong(empty ? none : full, 16), cpu.registers[0]);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0x2, 0xffff_ffff_ffff_ffffL, 0x246, 0x8d7})
  @DisplayName("should set CF to the outcome, clear OF, SF, ZF, AF and PF, and keep the rest (P5)")
  void flags(long before) {
    for (boolean empty : new boolean[] {false, true}) {
      ArrayCpu cpu = new ArrayCpu(CpuMode.LONG_64);
      cpu.flags = before;
      numbers.empty = empty;
      emulator.tryExecute(Encodings.bytes("48 0F C7 F2"), cpu);
      assertEquals((before & ~ArrayCpu.ALL_ARITHMETIC) | (empty ? 0 : 1), cpu.flags);
    }
  }

  @Test
  @DisplayName("should ask RDRAND's and RDSEED's numbers of different grades, in their size")
  void grades() {
    ArrayCpu cpu = new ArrayCpu(CpuMode.LONG_64);
    emulator.tryExecute(Encodings.bytes("66 0F C7 F0"), cpu);
    assertEquals(Grade.RANDOM, numbers.lastGrade);
    assertEquals(2, numbers.lastBytes);
    emulator.tryExecute(Encodings.bytes("0F C7 F8"), cpu);
    assertEquals(Grade.SEED, numbers.lastGrade);
    assertEquals(4, numbers.lastBytes);
    emulator.tryExecute(Encodings.bytes("48 0F C7 F8"), cpu);
    assertEquals(8, numbers.lastBytes);
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource({
    "F0 0F C7 F0, INVALID_OPCODE",
    "F2 0F C7 F8, INVALID_OPCODE",
    "0F C7 08, NOT_OURS",
    "F3 0F C7 F8, NOT_OURS",
    "90, NOT_OURS",
    "0F C7, INCOMPLETE",
    "66 66 66 66 66 66 66 66 66 66 66 66 66 0F C7 F0, GENERAL_PROTECTION",
  })
  @DisplayName("should change nothing where it does not execute (P7)")
  void nothingChanges(String hex, Execution expected) {
    ArrayCpu cpu = new ArrayCpu(CpuMode.LONG_64);
    String before = cpu.picture();
    assertEquals(expected, emulator.tryExecute(Encodings.bytes(hex), cpu));
    assertEquals(before, cpu.picture());
    assertEquals(0, numbers.draws);
    assertEquals(0, cpu.retired);
    assertEquals(0, emulator.executed());
  }

  @Test
  @DisplayName("should raise #UD for what the guest does not have")
  void features() {
    ArrayCpu cpu = new ArrayCpu(CpuMode.LONG_64);
    byte[] rdrand = Encodings.bytes("0F C7 F0");
    byte[] rdseed = Encodings.bytes("0F C7 F8");
    RdrandEmulator onlyRdrand = new RdrandEmulator(numbers, new RandomFeatures(true, false));
    assertEquals(Execution.EXECUTED, onlyRdrand.tryExecute(rdrand, cpu));
    assertEquals(Execution.INVALID_OPCODE, onlyRdrand.tryExecute(rdseed, cpu));
    RdrandEmulator onlyRdseed = new RdrandEmulator(numbers, new RandomFeatures(false, true));
    assertEquals(Execution.INVALID_OPCODE, onlyRdseed.tryExecute(rdrand, cpu));
    assertEquals(Execution.EXECUTED, onlyRdseed.tryExecute(rdseed, cpu));
    assertEquals(6, Execution.INVALID_OPCODE.vector());
    assertEquals(13, Execution.GENERAL_PROTECTION.vector());
  }

  @ParameterizedTest(name = "{0}: from {1} to {2}")
  @CsvSource({
    "LONG_64, ffffffffffffffff, 2",
    "LONG_64, ffffffff, 100000002",
    "PROTECTED_32, fffffffe, 1",
    "REAL, fffe, 10001",
  })
  @DisplayName("should move the instruction pointer by the length, within its width (P7)")
  void instructionPointer(CpuMode mode, String from, String to) {
    ArrayCpu cpu = new ArrayCpu(mode);
    cpu.instructionPointer = Long.parseUnsignedLong(from, 16);
    emulator.tryExecute(Encodings.bytes("0F C7 F1"), cpu);
    assertEquals(Long.parseUnsignedLong(to, 16), cpu.instructionPointer);
  }

  @Test
  @DisplayName("should tell the CPU that an instruction was retired, and whether it single-steps")
  void retires() {
    ArrayCpu cpu = new ArrayCpu(CpuMode.LONG_64);
    emulator.tryExecute(Encodings.bytes("0F C7 F1"), cpu);
    assertEquals(1, cpu.retired);
    assertEquals(0, cpu.singleSteps);
    cpu.flags |= 0x100;
    emulator.tryExecute(Encodings.bytes("0F C7 F1"), cpu);
    assertEquals(2, cpu.retired);
    assertEquals(1, cpu.singleSteps);
    assertEquals(2, emulator.executed());
  }

  @Test
  @DisplayName("should let a guest give up after ten failures, and no fewer (P8)")
  void retryLoop() {
    ArrayCpu cpu = new ArrayCpu(CpuMode.LONG_64);
    byte[] code = Encodings.bytes("48 0F C7 F0");
    for (int failures = 0; failures <= 12; failures++) {
      int drawsBefore = numbers.draws;
      int tries = 0;
      boolean carry = false;
      while (tries < 10 && !carry) {
        numbers.empty = tries < failures;
        emulator.tryExecute(code, cpu);
        carry = (cpu.flags & 1) != 0;
        tries++;
      }
      assertEquals(failures < 10, carry, failures + " failures");
      assertEquals(Math.min(failures + 1, 10), numbers.draws - drawsBefore);
    }
  }
}
