package io.virtentropy.rdrandemulation.x86;

/**
 * Bytes and bits of instruction encodings (SDM vol. 2A chapter 2, vol. 2D appendix A), as far as
 * opcode group 9 needs them.
 *
 * <pre>
 *   legacy prefixes, any order and number    66 67 F0 F2 F3 2E 36 3E 26 64 65
 *   REX, directly before the opcode          0100 W R X B
 *   opcode                                   0F C7
 *   ModRM                                    mod(7:6) reg(5:3) rm(2:0)
 *
 *   REX2 instead of REX and 0F               D5  M0 R4 X4 B4 W R3 X3 B3
 * </pre>
 */
final class Group9Layout {
  /** The longest instruction. */
  static final int MAX_LENGTH = 15;

  static final int OPERAND_SIZE = 0x66;
  static final int ADDRESS_SIZE = 0x67;
  static final int LOCK = 0xf0;
  static final int REPNE = 0xf2;
  static final int REP = 0xf3;
  static final int SEGMENT_ES = 0x26;
  static final int SEGMENT_CS = 0x2e;
  static final int SEGMENT_SS = 0x36;
  static final int SEGMENT_DS = 0x3e;
  static final int SEGMENT_FS = 0x64;
  static final int SEGMENT_GS = 0x65;

  static final int REX = 0x40;
  static final int REX_MASK = 0xf0;
  static final int REX_W = 0x08;
  static final int REX_B = 0x01;

  static final int REX2 = 0xd5;
  static final int REX2_MAP1 = 0x80;
  static final int REX2_B4 = 0x10;

  static final int VEX2 = 0xc5;
  static final int VEX3 = 0xc4;
  static final int EVEX = 0x62;
  static final int VEX_MAP_MASK = 0x1f;
  static final int EVEX_MAP_MASK = 0x07;
  static final int MAP1 = 1;

  static final int TWO_BYTE = 0x0f;
  static final int GROUP9 = 0xc7;

  static final int MOD_REGISTER = 0xc0;

  private Group9Layout() {}
}
