package io.virtentropy.rdrandemulation.riscv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.virtentropy.rdrandemulation.FixedNumbers;
import io.virtentropy.rdrandemulation.Grade;
import io.virtentropy.rdrandemulation.Outcome;
import io.virtentropy.rdrandemulation.riscv.SeedCsr.Privilege;
import io.virtentropy.rdrandemulation.riscv.SeedEmulator.Result;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("The emulated seed register")
final class SeedEmulatorTest {
  private static final int A5 = 15;

  /** csrrw a5, seed, x0: bytes F3 17 50 01. */
  private static final int USUAL = 0x0150_17f3;

  private final FixedNumbers numbers = new FixedNumbers();
  private final SeedCsr seed = new SeedCsr(numbers);
  private final SeedEmulator emulator = new SeedEmulator(seed, true);
  private final Hart hart = new Hart();

  private static final class Hart implements RiscvCpuState {
    Privilege privilege = Privilege.MACHINE;
    long mseccfg;
    int register = -1;
    long value;
    int advanced;

    @Override
    public Privilege privilege() {
      return privilege;
    }

    @Override
    public long mseccfg() {
      return mseccfg;
    }

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

  private static int instruction(int function, int destination, int source) {
    return 0x015 << 20 | source << 15 | function << 12 | destination << 7 | 0x73;
  }

  private long poll() {
    assertEquals(Result.EXECUTED, emulator.tryExecute(USUAL, hart));
    return hart.value;
  }

  @Test
  @DisplayName("should give 16 bits of a seed per poll, sign-extended")
  void entropy() {
    assertEquals(USUAL, instruction(1, A5, 0));
    numbers.value = 0xabcd;
    assertEquals(0xffff_ffff_8000_abcdL, poll());
    assertEquals(A5, hart.register);
    assertEquals(Grade.SEED, numbers.grade);
    assertEquals(2, numbers.bytes);
    assertEquals(1, hart.advanced);
  }

  @Test
  @DisplayName("should walk from WAIT to ES16 and back, and stay DEAD until a reset")
  void states() {
    numbers.outcome = Outcome.NOT_NOW;
    assertEquals(0x4000_0000L, poll());
    assertEquals(0x4000_0000L, poll());
    numbers.outcome = Outcome.DELIVERED;
    numbers.value = 0;
    assertEquals(0xffff_ffff_8000_0000L, poll(), "0 is entropy like any other");
    numbers.outcome = Outcome.FAILED;
    assertEquals(0xffff_ffff_c000_0000L, poll());
    numbers.outcome = Outcome.DELIVERED;
    int draws = numbers.draws;
    assertEquals(0xffff_ffff_c000_0000L, poll());
    seed.alarm();
    assertEquals(0xffff_ffff_c000_0000L, poll());
    assertEquals(draws, numbers.draws, "a dead source is not asked");
    seed.reset();
    assertEquals(0xffff_ffff_8000_0000L, poll());
  }

  @Test
  @DisplayName("should latch BIST after an alarm, for one poll, and give no entropy with it")
  void alarm() {
    seed.alarm();
    seed.alarm();
    assertEquals(0, poll());
    assertEquals(0, numbers.draws);
    numbers.value = 1;
    assertEquals(0xffff_ffff_8000_0001L, poll());
  }

  @ParameterizedTest(name = "funct3 {0}, rs1 or uimm {1}: {2}")
  @CsvSource({
    "1, 0, EXECUTED",
    "1, 7, EXECUTED",
    "2, 0, ILLEGAL_INSTRUCTION",
    "2, 7, EXECUTED",
    "3, 0, ILLEGAL_INSTRUCTION",
    "3, 7, EXECUTED",
    "5, 0, EXECUTED",
    "5, 7, EXECUTED",
    "6, 0, ILLEGAL_INSTRUCTION",
    "6, 7, EXECUTED",
    "7, 0, ILLEGAL_INSTRUCTION",
    "7, 7, EXECUTED",
    "0, 7, NOT_OURS",
    "4, 7, NOT_OURS"
  })
  @DisplayName("should refuse read-only accesses, by the register's number alone")
  void forms(int function, int source, Result expected) {
    assertEquals(expected, emulator.tryExecute(instruction(function, A5, source), hart));
    assertEquals(expected == Result.EXECUTED ? 1 : 0, hart.advanced);
    assertEquals(expected == Result.EXECUTED ? 1 : 0, numbers.draws);
  }

  @Test
  @DisplayName("should poll nothing in CSRRW to x0, which does not read, and poll in CSRRS to x0")
  void zeroDestination() {
    assertEquals(Result.EXECUTED, emulator.tryExecute(instruction(1, 0, 7), hart));
    assertEquals(Result.EXECUTED, emulator.tryExecute(instruction(5, 0, 0), hart));
    assertEquals(0, numbers.draws);
    assertEquals(Result.EXECUTED, emulator.tryExecute(instruction(2, 0, 7), hart));
    assertEquals(1, numbers.draws);
    assertEquals(-1, hart.register);
    assertEquals(3, hart.advanced);
  }

  @ParameterizedTest(name = "{0}, USEED {1}, SSEED {2}: {3}")
  @CsvSource({
    "MACHINE, false, false, EXECUTED",
    "SUPERVISOR, false, false, ILLEGAL_INSTRUCTION",
    "SUPERVISOR, true, false, ILLEGAL_INSTRUCTION",
    "SUPERVISOR, false, true, EXECUTED",
    "USER, false, false, ILLEGAL_INSTRUCTION",
    "USER, false, true, ILLEGAL_INSTRUCTION",
    "USER, true, false, EXECUTED",
    "VIRTUAL, false, false, ILLEGAL_INSTRUCTION",
    "VIRTUAL, true, false, ILLEGAL_INSTRUCTION",
    "VIRTUAL, false, true, VIRTUAL_INSTRUCTION",
    "VIRTUAL, true, true, VIRTUAL_INSTRUCTION"
  })
  @DisplayName("should be there for those whom mseccfg lets")
  void privileges(Privilege privilege, boolean user, boolean supervisor, Result expected) {
    hart.privilege = privilege;
    hart.mseccfg = (user ? 0x100 : 0) | (supervisor ? 0x200 : 0);
    assertEquals(expected, emulator.tryExecute(USUAL, hart));
    // A read-only access is an illegal instruction in every mode.
    assertEquals(Result.ILLEGAL_INSTRUCTION, emulator.tryExecute(instruction(2, A5, 0), hart));
  }

  @Test
  @DisplayName("should not be there without Zkr, and be no other register")
  void absent() {
    assertEquals(Result.ILLEGAL_INSTRUCTION, new SeedEmulator(seed, false).tryExecute(USUAL, hart));
    assertEquals(Result.NOT_OURS, emulator.tryExecute(0x0140_17f3, hart));
    assertEquals(Result.NOT_OURS, emulator.tryExecute(0x0150_1793, hart));
    assertFalse(CsrInstruction.accessesSeed(0x0000_0073)); // ecall
    assertEquals(0, hart.advanced);
  }
}
