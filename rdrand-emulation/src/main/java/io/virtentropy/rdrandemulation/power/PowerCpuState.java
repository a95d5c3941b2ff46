package io.virtentropy.rdrandemulation.power;

/** What DARN changes of a virtual CPU. Called on the thread that emulates. */
public interface PowerCpuState {
  /**
   * Writes a general register.
   *
   * @param number 0 to 31
   * @param value all 64 bits
   */
  void setRegister(int number, long value);

  /** Moves the instruction address behind the instruction: by 4. */
  void advance();
}
