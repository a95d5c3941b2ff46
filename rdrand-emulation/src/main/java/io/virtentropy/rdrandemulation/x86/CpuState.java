package io.virtentropy.rdrandemulation.x86;

/**
 * The few things of a virtual CPU that a random-number instruction reads and changes. An emulator
 * implements it once, over its own register file. Called on the thread that emulates.
 *
 * <p>Registers are whole: how much of one an instruction changes is decided here, not by the
 * implementation. A CPU without 64-bit registers ignores the upper halves.
 */
public interface CpuState {
  /**
   * The mode in which the current instruction is decoded.
   *
   * @return the mode
   */
  CpuMode mode();

  /**
   * Reads a general register.
   *
   * @param number 0 RAX, 1 RCX, 2 RDX, 3 RBX, 4 RSP, 5 RBP, 6 RSI, 7 RDI, 8 to 15 R8 to R15, and
   *     with APX 16 to 31
   * @return all 64 bits
   */
  long register(int number);

  /**
   * Writes a general register.
   *
   * @param number as for {@link #register}
   * @param value all 64 bits
   */
  void setRegister(int number, long value);

  /**
   * Reads the flags.
   *
   * @return RFLAGS
   */
  long flags();

  /**
   * Writes the flags. Only CF, PF, AF, ZF, SF and OF differ from what {@link #flags} returned.
   *
   * @param value RFLAGS
   */
  void setFlags(long value);

  /**
   * Reads the instruction pointer: that of the instruction to be executed.
   *
   * @return RIP, EIP or IP, without the segment's base
   */
  long instructionPointer();

  /**
   * Writes the instruction pointer. Outside 64-bit mode it was cut to 32 bits; a segment's limit is
   * checked at the next fetch, as for every instruction.
   *
   * @param value RIP, EIP or IP of the next instruction
   */
  void setInstructionPointer(long value);

  /**
   * An instruction has been carried out. A monitor that did so on the CPU's behalf ends what the
   * CPU would have ended: blocking by STI and by MOV SS. An interpreter, which does this after
   * every instruction, need not implement it.
   *
   * @param singleStep whether TF was set, so that a debug exception is due now
   */
  default void retired(boolean singleStep) {}
}
