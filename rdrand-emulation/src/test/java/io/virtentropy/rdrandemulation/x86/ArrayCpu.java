package io.virtentropy.rdrandemulation.x86;

import java.util.Arrays;

/** A CPU that is nothing but its registers. */
final class ArrayCpu implements CpuState {
  static final long ALL_ARITHMETIC = 0x8d5;

  CpuMode mode;
  final long[] registers = new long[32];
  long flags = 2;
  long instructionPointer = 0x1000;
  int retired;
  int singleSteps;

  ArrayCpu(CpuMode mode) {
    this.mode = mode;
    for (int i = 0; i < registers.length; i++) {
      registers[i] = 0xaaaa_aaaa_aaaa_aa00L + i;
    }
  }

  @Override
  public CpuMode mode() {
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
  public long flags() {
    return flags;
  }

  @Override
  public void setFlags(long value) {
    flags = value;
  }

  @Override
  public long instructionPointer() {
    return instructionPointer;
  }

  @Override
  public void setInstructionPointer(long value) {
    instructionPointer = value;
  }

  @Override
  public void retired(boolean singleStep) {
    retired++;
    singleSteps += singleStep ? 1 : 0;
  }

  /** All there is, to see that nothing changed. */
  String picture() {
    return mode + " " + Arrays.toString(registers) + " " + flags + " " + instructionPointer;
  }
}
