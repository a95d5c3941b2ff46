package io.virtentropy.rdrandemulation.x86;

/** What an attempt to execute came to. Except with {@link #EXECUTED} nothing has changed. */
public enum Execution {
  /** Done: the register, the flags and the instruction pointer are new. */
  EXECUTED(-1),
  /** Not RDRAND or RDSEED: the emulator goes on with its own decoder. */
  NOT_OURS(-1),
  /** The guest gets #UD: an illegal form, or a feature that it does not have. */
  INVALID_OPCODE(6),
  /** The guest gets #GP(0): an instruction longer than 15 bytes. */
  GENERAL_PROTECTION(13),
  /** The instruction goes on behind the given bytes: fetch more, or raise what fetching raises. */
  INCOMPLETE(-1);

  private final int vector;

  Execution(int vector) {
    this.vector = vector;
  }

  /**
   * The exception to inject.
   *
   * @return 6 for #UD, 13 for #GP with error code 0, or -1 for none
   */
  public int vector() {
    return vector;
  }
}
