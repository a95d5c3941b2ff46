package io.virtentropy.rdrandemulation.aarch64;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.virtentropy.rdrandemulation.FixedNumbers;
import io.virtentropy.rdrandemulation.Grade;
import io.virtentropy.rdrandemulation.Outcome;
import io.virtentropy.rdrandemulation.aarch64.RndrEmulator.Result;
import java.util.Arrays;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("The emulated RNDR and RNDRRS")
final class RndrEmulatorTest {
  private final FixedNumbers numbers = new FixedNumbers();
  private final RndrEmulator emulator = new RndrEmulator(numbers, true);
  private final Cpu cpu = new Cpu();

  private static final class Cpu implements ArmCpuState {
    final long[] registers = new long[31];
    int nzcv = 0b1111;
    int advanced;

    @Override
    public void setRegister(int number, long value) {
      registers[number] = value;
    }

    @Override
    public void setConditionFlags(int flags) {
      nzcv = flags;
    }

    @Override
    public void advance() {
      advanced++;
    }

    @Override
    public String toString() {
      return Arrays.toString(registers) + " " + nzcv + " " + advanced;
    }
  }

  @ParameterizedTest(name = "{0} to X{1}, {2}")
  @CsvSource({
    "d53b2400, 0, RANDOM",
    "d53b2420, 0, SEED",
    "d53b2405, 5, RANDOM",
    "d53b243e, 30, SEED"
  })
  @DisplayName("should write the register and clear NZCV")
  void delivers(String word, int register, Grade grade) {
    int instruction = Integer.parseUnsignedInt(word, 16);
    assertEquals(Result.EXECUTED, emulator.tryExecute(instruction, false, cpu));
    assertEquals(numbers.value, cpu.registers[register]);
    assertEquals(1, Arrays.stream(cpu.registers).filter(value -> value != 0).count());
    assertEquals(0, cpu.nzcv);
    assertEquals(1, cpu.advanced);
    assertEquals(grade, numbers.grade);
    assertEquals(8, numbers.bytes);
  }

  @ParameterizedTest
  @EnumSource(
      value = Outcome.class,
      names = {"NOT_NOW", "FAILED"})
  @DisplayName("should write 0 and set Z alone when the outcome is")
  void fails(Outcome outcome) {
    numbers.outcome = outcome;
    cpu.registers[3] = -1;
    assertEquals(Result.EXECUTED, emulator.tryExecute(0xd53b_2403, false, cpu));
    assertEquals(0, cpu.registers[3]);
    assertEquals(0b0100, cpu.nzcv);
    assertEquals(1, cpu.advanced);
  }

  @Test
  @DisplayName("should read and set the flags with XZR too")
  void zeroRegister() {
    assertEquals(Result.EXECUTED, emulator.tryExecute(0xd53b_241f, false, cpu));
    assertEquals(0, Arrays.stream(cpu.registers).filter(value -> value != 0).count());
    assertEquals(0, cpu.nzcv);
    assertEquals(1, numbers.draws);
  }

  @ParameterizedTest(name = "{0}, trapped {1}, present {2}: {3}")
  @CsvSource({
    // MSR: written, which is undefined
    "d51b2400, false, true, UNDEFINED",
    "d51b2421, true, true, UNDEFINED",
    "d53b2400, false, false, UNDEFINED",
    "d53b2400, true, true, TRAPPED_TO_EL3",
    "d53b2420, true, false, TRAPPED_TO_EL3",
    // S3_3_C2_C4_2, CNTVCT_EL0, MIDR_EL1, NOP
    "d53b2440, false, true, NOT_OURS",
    "d53be040, false, true, NOT_OURS",
    "d5380000, false, true, NOT_OURS",
    "d503201f, false, true, NOT_OURS"
  })
  @DisplayName("should change nothing else")
  void refuses(String word, boolean trapped, boolean present, Result expected) {
    String before = cpu.toString();
    int instruction = Integer.parseUnsignedInt(word, 16);
    RndrEmulator other = new RndrEmulator(numbers, present);
    assertEquals(expected, other.tryExecute(instruction, trapped, cpu));
    assertEquals(before, cpu.toString());
    assertEquals(0, numbers.draws);
  }

  @Test
  @DisplayName("should be shown in bits 63 to 60 of ID_AA64ISAR0_EL1")
  void feature() {
    assertEquals(0x1234_5678_9abc_def0L, RndrEmulator.withFeature(0x2234_5678_9abc_def0L, true));
    assertEquals(0x0234_5678_9abc_def0L, RndrEmulator.withFeature(0xf234_5678_9abc_def0L, false));
  }
}
