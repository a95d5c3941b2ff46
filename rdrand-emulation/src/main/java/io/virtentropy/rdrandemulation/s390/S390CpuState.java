package io.virtentropy.rdrandemulation.s390;

/** What PRNO reads and changes of a virtual CPU. Called on the thread that emulates. */
public interface S390CpuState {
  /** How wide addresses and lengths are. */
  enum AddressingMode {
    /** 24-bit addresses in 32-bit halves of registers. */
    BITS_24(0xff_ffffL),
    /** 31-bit addresses in 32-bit halves of registers. */
    BITS_31(0x7fff_ffffL),
    /** 64-bit addresses. */
    BITS_64(-1);

    private final long mask;

    AddressingMode(long mask) {
      this.mask = mask;
    }

    /**
     * Cuts an address as an access does.
     *
     * @param address any value
     * @return the address
     */
    public long wrap(long address) {
      return address & mask;
    }
  }

  /**
   * The mode of the current PSW.
   *
   * @return the mode
   */
  AddressingMode addressingMode();

  /**
   * Reads a general register.
   *
   * @param number 0 to 15
   * @return all 64 bits
   */
  long register(int number);

  /**
   * Writes a general register.
   *
   * @param number 0 to 15
   * @param value all 64 bits
   */
  void setRegister(int number, long value);

  /**
   * Stores one byte at a logical address.
   *
   * @param address the address, wrapped already
   * @param value the byte
   * @return false if the store is not possible: the access exception is then the embedder's to
   *     raise, and nothing was stored
   */
  boolean store(long address, byte value);

  /**
   * Writes the condition code.
   *
   * @param code 0 to 3
   */
  void setConditionCode(int code);

  /** Moves the instruction address behind the instruction: by 4. */
  void advance();
}
