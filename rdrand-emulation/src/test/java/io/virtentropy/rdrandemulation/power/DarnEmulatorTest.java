package io.virtentropy.rdrandemulation.power;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.virtentropy.rdrandemulation.FixedNumbers;
import io.virtentropy.rdrandemulation.Grade;
import io.virtentropy.rdrandemulation.Outcome;
import io.virtentropy.rdrandemulation.power.DarnEmulator.Result;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The emulated DARN")
final class DarnEmulatorTest {
  private static final int DARN = 0x7c00_05e6;

  private final FixedNumbers numbers = new FixedNumbers();
  private final DarnEmulator emulator = new DarnEmulator(numbers, true);
  private final Cpu cpu = new Cpu();

  private static final class Cpu implements PowerCpuState {
    int register = -1;
    long value;
    int advanced;

    @Override
    public void setRegister(int number, long written) {
      register = number;
      value = written;
    }

    @Override
    public void advance() {
      advanced++;
    }
  }

  private static int darn(int register, int l) {
    return DARN | register << 21 | l << 16;
  }

  @ParameterizedTest(name = "L={1} to r{0}: {2}")
  @CsvSource({
    "3, 0, 0000000044332211, RANDOM, 4",
    "31, 1, 8877665544332211, RANDOM, 8",
    "0, 2, 8877665544332211, SEED, 8"
  })
  @DisplayName("should deliver by L")
  void delivers(int register, int l, String value, Grade grade, int bytes) {
    assertEquals(Result.EXECUTED, emulator.tryExecute(darn(register, l), cpu));
    assertEquals(register, cpu.register);
    assertEquals(Long.parseUnsignedLong(value, 16), cpu.value);
    assertEquals(grade, numbers.grade);
    assertEquals(bytes, numbers.bytes);
    assertEquals(1, cpu.advanced);
  }

  @Test
  @DisplayName("should deliver all 32-bit numbers with L=0, all ones among them")
  void allOnesIn32() {
    numbers.value = -1;
    emulator.tryExecute(darn(4, 0), cpu);
    assertEquals(0xffff_ffffL, cpu.value);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  @DisplayName("should give 64 ones where there is no number, for L =")
  void fails(int l) {
    for (Outcome outcome : new Outcome[] {Outcome.NOT_NOW, Outcome.FAILED}) {
      numbers.outcome = outcome;
      assertEquals(Result.EXECUTED, emulator.tryExecute(darn(5, l), cpu));
      assertEquals(-1, cpu.value);
    }
    assertEquals(2, cpu.advanced);
  }

  @Test
  @DisplayName("should give 64 ones for the reserved L=3 and draw nothing")
  void reserved() {
    assertEquals(Result.EXECUTED, emulator.tryExecute(darn(5, 3), cpu));
    assertEquals(-1, cpu.value);
    assertEquals(0, numbers.draws);
  }

  @Test
  @DisplayName("should ignore reserved fields")
  void reservedFields() {
    assertEquals(Result.EXECUTED, emulator.tryExecute(darn(5, 1) | 0x001c_f801, cpu));
    assertEquals(numbers.value, cpu.value);
  }

  @Test
  @DisplayName("should leave other instructions and other CPUs alone")
  void refuses() {
    assertEquals(Result.NOT_OURS, emulator.tryExecute(0x7c00_05e4, cpu));
    assertEquals(Result.NOT_OURS, emulator.tryExecute(0x7800_05e6, cpu));
    assertEquals(Result.NOT_OURS, emulator.tryExecute(0x6000_0000, cpu));
    DarnEmulator power8 = new DarnEmulator(numbers, false);
    assertEquals(Result.ILLEGAL, power8.tryExecute(darn(3, 1), cpu));
    assertEquals(Result.NOT_OURS, power8.tryExecute(0x6000_0000, cpu));
    assertEquals(0, cpu.advanced);
    assertEquals(-1, cpu.register);
  }
}
