package io.virtentropy.rdrandemulation.x86;

/**
 * What the CPU's mode means for decoding: the size of the code segment, and whether REX, REX2 and
 * VEX prefixes exist. Compatibility mode decodes as protected mode does.
 */
public enum CpuMode {
  /** Real mode: 16-bit code without VEX. */
  REAL(16, false),
  /** Virtual-8086 mode: 16-bit code without VEX. */
  VIRTUAL_8086(16, false),
  /** Protected or compatibility mode, 16-bit code segment. */
  PROTECTED_16(16, true),
  /** Protected or compatibility mode, 32-bit code segment. */
  PROTECTED_32(32, true),
  /** 64-bit mode. */
  LONG_64(64, true);

  private final int codeBits;
  private final boolean vex;

  CpuMode(int codeBits, boolean vex) {
    this.codeBits = codeBits;
    this.vex = vex;
  }

  /**
   * The size of the code segment.
   *
   * @return 16, 32 or 64
   */
  public int codeBits() {
    return codeBits;
  }

  boolean isLong() {
    return codeBits == 64;
  }

  boolean hasVex() {
    return vex;
  }

  /** The operand size in bits. */
  int operandBits(boolean prefix66, boolean rexW) {
    if (rexW) {
      return 64;
    }
    return (codeBits == 16) == prefix66 ? 32 : 16;
  }
}
