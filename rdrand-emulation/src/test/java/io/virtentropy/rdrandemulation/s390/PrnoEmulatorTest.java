package io.virtentropy.rdrandemulation.s390;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.virtentropy.rdrandemulation.FixedNumbers;
import io.virtentropy.rdrandemulation.Grade;
import io.virtentropy.rdrandemulation.Outcome;
import io.virtentropy.rdrandemulation.s390.PrnoEmulator.Result;
import io.virtentropy.rdrandemulation.s390.S390CpuState.AddressingMode;
import java.util.Arrays;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("The emulated PRNO")
final class PrnoEmulatorTest {
  private static final int TRNG = 114;

  private final FixedNumbers numbers = new FixedNumbers();
  private final PrnoEmulator emulator = new PrnoEmulator(numbers, true);
  private final Cpu cpu = new Cpu();

  private static final class Cpu implements S390CpuState {
    AddressingMode mode = AddressingMode.BITS_64;
    final long[] registers = new long[16];
    final TreeMap<Long, Byte> memory = new TreeMap<>();
    long firstForbidden = Long.MIN_VALUE;
    int conditionCode = -1;
    int advanced;

    @Override
    public AddressingMode addressingMode() {
      return mode;
    }

    @Override
    public long register(int number) {
      return registers[number];
    }

    @Override
    public void setRegister(int number, long value) {
      registers[number] = value;
    }

    @Override
    public boolean store(long address, byte value) {
      if (address == firstForbidden) {
        return false;
      }
      memory.put(address, value);
      return true;
    }

    @Override
    public void setConditionCode(int code) {
      conditionCode = code;
    }

    @Override
    public void advance() {
      advanced++;
    }
  }

  private static int prno(int raw, int conditioned) {
    return 0xb93c_0000 | raw << 4 | conditioned;
  }

  private void areas(long rawAt, long rawLength, long conditionedAt, long conditionedLength) {
    cpu.registers[0] = TRNG;
    cpu.registers[2] = rawAt;
    cpu.registers[3] = rawLength;
    cpu.registers[4] = conditionedAt;
    cpu.registers[5] = conditionedLength;
  }

  private Result trng() {
    return emulator.tryExecute(prno(2, 4), cpu);
  }

  @Test
  @DisplayName("should say that it has functions 0 and 114")
  void query() {
    cpu.registers[0] = 0;
    cpu.registers[1] = 0x2000;
    assertEquals(Result.EXECUTED, emulator.tryExecute(prno(0, 0), cpu));
    byte[] block = new byte[16];
    cpu.memory.forEach((address, value) -> block[(int) (address - 0x2000)] = value);
    assertEquals(16, cpu.memory.size());
    assertArrayEquals(
        new byte[] {(byte) 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x20, 0}, block);
    assertEquals(0, cpu.conditionCode);
    assertEquals(1, cpu.advanced);
  }

  @Test
  @DisplayName("should fill both areas, move the addresses and end with 0")
  void complete() {
    areas(0x1000, 9, 0x3000, 10);
    assertEquals(Result.EXECUTED, trng());
    assertEquals(19, cpu.memory.size());
    assertEquals(0x1009, cpu.registers[2]);
    assertEquals(0, cpu.registers[3]);
    assertEquals(0x300a, cpu.registers[4]);
    assertEquals(0, cpu.registers[5]);
    assertEquals(0, cpu.conditionCode);
    assertEquals(1, cpu.advanced);
    assertEquals(Grade.SEED, numbers.grade);
    assertEquals(19, numbers.draws);
  }

  @Test
  @DisplayName("should store 256 bytes at a time and end with 3, raw ones first")
  void partial() {
    areas(0x1000, 200, 0x3000, 400);
    assertEquals(Result.EXECUTED, trng());
    assertEquals(3, cpu.conditionCode);
    assertEquals(0, cpu.registers[3]);
    assertEquals(400 - 56, cpu.registers[5]);
    assertEquals(0x3000 + 56, cpu.registers[4]);
    assertEquals(256, cpu.memory.size());
    trng();
    assertEquals(3, cpu.conditionCode);
    trng();
    assertEquals(0, cpu.conditionCode);
    assertEquals(600, cpu.memory.size());
    assertEquals(3, cpu.advanced);
  }

  @Test
  @DisplayName("should do bounded work for a length of 2^64-1")
  void hugeLength() {
    areas(0x1000, -1, 0, 0);
    assertEquals(Result.EXECUTED, trng());
    assertEquals(3, cpu.conditionCode);
    assertEquals(-257, cpu.registers[3]);
    assertEquals(256, numbers.draws);
  }

  @Test
  @DisplayName("should end with 3 when there are no more bytes, however many there were")
  void underflow() {
    areas(0x1000, 8, 0x3000, 8);
    numbers.lastDraw = 5;
    assertEquals(Result.EXECUTED, trng());
    assertEquals(3, cpu.conditionCode);
    assertEquals(3, cpu.registers[3]);
    assertEquals(8, cpu.registers[5]);
    assertEquals(5, cpu.memory.size());
    numbers.outcome = Outcome.FAILED;
    assertEquals(Result.EXECUTED, trng());
    assertEquals(3, cpu.conditionCode);
    assertEquals(3, cpu.registers[3]);
    assertEquals(2, cpu.advanced);
  }

  @Test
  @DisplayName("should leave registers at the byte whose store failed, and the instruction there")
  void accessException() {
    areas(0x1000, 8, 0, 0);
    cpu.firstForbidden = 0x1004;
    assertEquals(Result.ACCESS_EXCEPTION, trng());
    assertEquals(0x1004, cpu.registers[2]);
    assertEquals(4, cpu.registers[3]);
    assertEquals(0, cpu.advanced);
    assertEquals(-1, cpu.conditionCode);
    cpu.firstForbidden = Long.MIN_VALUE;
    assertEquals(Result.EXECUTED, trng());
    assertEquals(8, cpu.memory.size());
  }

  @ParameterizedTest(name = "{0}: address {1} becomes {2}")
  @CsvSource({
    "BITS_24, ffffffffaaffffff, ffffffff00000003",
    "BITS_31, ffffffffffffffff, ffffffff00000003",
    "BITS_31, 123456787fffffff, 1234567800000003",
    "BITS_64, ffffffffffffffff, 0000000000000003"
  })
  @DisplayName("should wrap addresses by the mode and keep the upper halves")
  void wraps(AddressingMode mode, String from, String to) {
    cpu.mode = mode;
    long upper = mode == AddressingMode.BITS_64 ? 0 : 0x7777_7777_0000_0000L;
    areas(Long.parseUnsignedLong(from, 16), upper | 4, 0, 0);
    assertEquals(Result.EXECUTED, trng());
    assertEquals(Long.parseUnsignedLong(to, 16), cpu.registers[2]);
    assertEquals(upper, cpu.registers[3]);
    assertEquals(4, cpu.memory.size());
    assertEquals(0, cpu.conditionCode);
  }

  @Test
  @DisplayName("should fill one area once where both operands are the same")
  void overlap() {
    cpu.registers[0] = TRNG | 0x80; // with the modifier, which means nothing here
    cpu.registers[2] = 0x1000;
    cpu.registers[3] = 8;
    assertEquals(Result.EXECUTED, emulator.tryExecute(prno(2, 2), cpu));
    assertEquals(8, numbers.draws);
    assertEquals(0, cpu.conditionCode);
  }

  @ParameterizedTest(name = "R1 = {0}, R2 = {1}, function {2}: {3}")
  @CsvSource({
    "3, 4, 114, SPECIFICATION_EXCEPTION",
    "0, 4, 114, SPECIFICATION_EXCEPTION",
    "2, 5, 114, SPECIFICATION_EXCEPTION",
    "2, 0, 114, SPECIFICATION_EXCEPTION",
    "2, 4, 3, SPECIFICATION_EXCEPTION",
    "2, 4, 112, SPECIFICATION_EXCEPTION",
    "2, 4, 1, SPECIFICATION_EXCEPTION"
  })
  @DisplayName("should refuse registers and functions, and change nothing")
  void refuses(int raw, int conditioned, int function, Result expected) {
    areas(0x1000, 8, 0x3000, 8);
    cpu.registers[0] = function;
    long[] before = cpu.registers.clone();
    assertEquals(expected, emulator.tryExecute(prno(raw, conditioned), cpu));
    assertArrayEquals(before, cpu.registers);
    assertEquals(0, cpu.advanced);
    assertEquals(0, numbers.draws);
    assertEquals("[]", Arrays.toString(cpu.memory.values().toArray()));
  }

  @Test
  @DisplayName("should leave other instructions and other CPUs alone")
  void others() {
    assertEquals(Result.NOT_OURS, emulator.tryExecute(0xb93e_0024, cpu)); // KIMD
    PrnoEmulator absent = new PrnoEmulator(numbers, false);
    assertEquals(Result.OPERATION_EXCEPTION, absent.tryExecute(prno(2, 4), cpu));
    assertEquals(0, cpu.advanced);
  }
}
