package io.virtentropy.rdrandemulation.x86;

import java.util.HexFormat;

/** Assembles what the decoder takes apart, by the tables of the manual. */
final class Encodings {
  private static final HexFormat SPACED = HexFormat.ofDelimiter(" ").withUpperCase();

  private Encodings() {}

  /** The bytes of "0F C7 F0". */
  static byte[] bytes(String hex) {
    return SPACED.parseHex(hex);
  }

  static String hex(byte[] bytes) {
    return SPACED.formatHex(bytes);
  }

  /** The shortest encoding, or null if the mode has none. */
  static byte[] encode(boolean seed, int bits, int register, CpuMode mode) {
    boolean isLong = mode == CpuMode.LONG_64;
    if (!isLong && (bits == 64 || register > 7)) {
      return null;
    }
    byte[] code = new byte[5];
    int at = 0;
    int defaultBits = mode.codeBits() == 16 ? 16 : 32;
    if (bits != 64 && bits != defaultBits) {
      code[at++] = 0x66;
    }
    int rex = (bits == 64 ? 8 : 0) | (register >> 3);
    if (rex != 0) {
      code[at++] = (byte) (0x40 | rex);
    }
    code[at++] = 0x0f;
    code[at++] = (byte) 0xc7;
    code[at++] = (byte) ((seed ? 0xf8 : 0xf0) | (register & 7));
    return java.util.Arrays.copyOf(code, at);
  }
}
