package io.virtentropy.rdrandemulation.x86;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.Arrays;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The tables of SDM vol. 2B and 2D, and what was measured on silicon where they are silent. */
@DisplayName("The decoder of opcode group 9")
final class Group9DecoderTest {
  private final Group9Decoder decoder = new Group9Decoder();

  private Decoded decode(String hex, CpuMode mode) {
    byte[] code = Encodings.bytes(hex);
    return decoder.decode(code, 0, code.length, mode);
  }

  @ParameterizedTest(name = "{0}: {1} is {2} of {3} bits to register {4}")
  @CsvSource({
    "LONG_64, 0F C7 F0, RDRAND, 32, 0",
    "LONG_64, 66 0F C7 F0, RDRAND, 16, 0",
    "LONG_64, 48 0F C7 F0, RDRAND, 64, 0",
    "LONG_64, 66 48 0F C7 F0, RDRAND, 64, 0",
    "LONG_64, 48 66 0F C7 F0, RDRAND, 16, 0",
    "LONG_64, 41 0F C7 F0, RDRAND, 32, 8",
    "LONG_64, 44 0F C7 F0, RDRAND, 32, 0",
    "LONG_64, 42 0F C7 F0, RDRAND, 32, 0",
    "LONG_64, 4F 0F C7 F7, RDRAND, 64, 15",
    "LONG_64, 48 41 0F C7 F0, RDRAND, 32, 8",
    "LONG_64, 41 48 0F C7 F0, RDRAND, 64, 0",
    "LONG_64, 41 2E 0F C7 F0, RDRAND, 32, 0",
    "LONG_64, 67 0F C7 F0, RDRAND, 32, 0",
    "LONG_64, 2E 0F C7 F0, RDRAND, 32, 0",
    "LONG_64, 0F C7 F4, RDRAND, 32, 4",
    "LONG_64, 0F C7 F8, RDSEED, 32, 0",
    "LONG_64, 66 0F C7 F8, RDSEED, 16, 0",
    "LONG_64, 48 0F C7 F8, RDSEED, 64, 0",
    "LONG_64, 49 0F C7 FF, RDSEED, 64, 15",
    "LONG_64, 66 66 66 66 66 66 66 66 66 66 66 66 0F C7 F1, RDRAND, 16, 1",
    "LONG_64, 66 26 2E 36 3E 64 65 67 67 67 67 48 0F C7 F1, RDRAND, 64, 1",
    "PROTECTED_32, 0F C7 F0, RDRAND, 32, 0",
    "PROTECTED_32, 66 0F C7 F0, RDRAND, 16, 0",
    "PROTECTED_32, 66 0F C7 FF, RDSEED, 16, 7",
    "PROTECTED_16, 0F C7 F0, RDRAND, 16, 0",
    "PROTECTED_16, 66 0F C7 F0, RDRAND, 32, 0",
    "REAL, 0F C7 FD, RDSEED, 16, 5",
    "REAL, 66 67 0F C7 FD, RDSEED, 32, 5",
    "VIRTUAL_8086, 66 0F C7 F3, RDRAND, 32, 3",
  })
  @DisplayName("should accept the legal forms")
  void accepts(CpuMode mode, String hex, Decoded expected, int bits, int register) {
    assertEquals(expected, decode(hex, mode));
    assertEquals(bits, decoder.operandBits());
    assertEquals(register, decoder.register());
    assertEquals(Encodings.bytes(hex).length, decoder.length());
    assertNull(decoder.neighbour());
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource({
    // F2 or F3
    "LONG_64, F2 0F C7 F0",
    "LONG_64, 66 F2 0F C7 F0",
    "LONG_64, F2 48 0F C7 F8",
    "LONG_64, F3 F2 0F C7 F8",
    "LONG_64, F3 F2 0F C7 F0",
    "PROTECTED_32, F3 0F C7 F0",
    "PROTECTED_32, F2 0F C7 F8",
    "REAL, F3 0F C7 F0",
    // LOCK
    "LONG_64, F0 0F C7 F0",
    "LONG_64, F0 48 0F C7 F8",
    "LONG_64, F0 F3 0F C7 F8",
    "PROTECTED_32, F0 0F C7 F0",
    "LONG_64, F0 0F C7 20",
    "LONG_64, F0 0F C7 30",
    // registers where memory belongs, and nothing at all
    "LONG_64, 0F C7 C0",
    "LONG_64, 0F C7 C8",
    "LONG_64, 48 0F C7 C8",
    "LONG_64, 0F C7 D0",
    "LONG_64, 0F C7 D8",
    "LONG_64, 0F C7 E0",
    "LONG_64, 0F C7 E8",
    "LONG_64, 0F C7 00",
    "LONG_64, 0F C7 10",
    // prefixes that make nothing of a neighbour
    "LONG_64, 66 0F C7 18",
    "LONG_64, F3 0F C7 20",
    "LONG_64, F2 0F C7 28",
    "LONG_64, F2 0F C7 30",
    "LONG_64, 66 0F C7 38",
    // VEX, EVEX and, without APX, REX2
    "LONG_64, C5 F8 C7 F0",
    "LONG_64, C4 E1 78 C7 F0",
    "LONG_64, 62 F1 7C 48 C7 F0",
    "PROTECTED_32, C5 F8 C7 F0",
    "PROTECTED_32, C4 E1 78 C7 F0",
    "LONG_64, D5 80 C7 F0",
  })
  @DisplayName("should refuse with #UD")
  void refuses(CpuMode mode, String hex) {
    assertEquals(Decoded.INVALID_OPCODE, decode(hex, mode));
  }

  @ParameterizedTest(name = "{0}: {1} is {2}")
  @CsvSource({
    "LONG_64, 0F C7 08, CMPXCHG8B",
    "LONG_64, F0 0F C7 08, CMPXCHG8B",
    "LONG_64, F2 F0 0F C7 08, CMPXCHG8B",
    "LONG_64, 48 0F C7 08, CMPXCHG16B",
    "LONG_64, F0 48 0F C7 08, CMPXCHG16B",
    "LONG_64, 48 66 0F C7 08, CMPXCHG8B",
    "PROTECTED_32, F0 0F C7 0E, CMPXCHG8B",
    "LONG_64, 0F C7 18, XRSTORS",
    "LONG_64, 0F C7 20, XSAVEC",
    "LONG_64, 48 0F C7 60, XSAVEC",
    "LONG_64, 0F C7 A8, XSAVES",
    "LONG_64, 0F C7 30, VMPTRLD",
    "LONG_64, 66 0F C7 30, VMCLEAR",
    "LONG_64, F3 0F C7 30, VMXON",
    "LONG_64, 66 F3 0F C7 30, VMXON",
    "LONG_64, 0F C7 38, VMPTRST",
    "LONG_64, F3 0F C7 F8, RDPID",
    "LONG_64, F2 F3 0F C7 F8, RDPID",
    "LONG_64, 66 F3 48 0F C7 FB, RDPID",
    "PROTECTED_32, F3 0F C7 F8, RDPID",
    "LONG_64, F3 0F C7 F0, SENDUIPI",
    "LONG_64, 66 F3 0F C7 F0, SENDUIPI",
  })
  @DisplayName("should tell the neighbours apart")
  void tells(CpuMode mode, String hex, Neighbour expected) {
    assertEquals(Decoded.NEIGHBOUR, decode(hex, mode));
    assertEquals(expected, decoder.neighbour());
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource({
    "LONG_64, 90",
    "LONG_64, 0F C6 C0 00",
    "LONG_64, 0F C8",
    "LONG_64, 0F A2",
    "LONG_64, 48 89 C3",
    "LONG_64, C5 F8 77",
    "LONG_64, C4 E2 78 F2 C0",
    "LONG_64, 62 F2 7D 48 C7 F0",
    // INC, DEC and then the instruction: not this one
    "PROTECTED_32, 48 0F C7 F0",
    "PROTECTED_16, 41 0F C7 F0",
    // AAD
    "PROTECTED_32, D5 80 C7 F0",
    // LDS, LES and BOUND with memory
    "PROTECTED_32, C5 38 C7 F0",
    "PROTECTED_32, C4 21 78 C7",
    "PROTECTED_32, 62 31 C7 F0",
    "REAL, C5 F8 C7 F0",
  })
  @DisplayName("should leave everything else alone")
  void leaves(CpuMode mode, String hex) {
    assertEquals(Decoded.OTHER, decode(hex, mode));
  }

  @ParameterizedTest(name = "{0} is {1} of {2} bits to register {3}")
  @CsvSource({
    "D5 80 C7 F0, RDRAND, 32, 0",
    "D5 90 C7 F0, RDRAND, 32, 16",
    "D5 98 C7 F0, RDRAND, 64, 16",
    "D5 99 C7 F7, RDRAND, 64, 31",
    "66 D5 81 C7 FA, RDSEED, 16, 10",
  })
  @DisplayName("should take REX2 where there is APX")
  void apx(String hex, Decoded expected, int bits, int register) {
    Group9Decoder withApx = new Group9Decoder(true);
    byte[] code = Encodings.bytes(hex);
    assertEquals(expected, withApx.decode(code, 0, code.length, CpuMode.LONG_64));
    assertEquals(bits, withApx.operandBits());
    assertEquals(register, withApx.register());
    assertEquals(code.length, withApx.length());
  }

  @ParameterizedTest(name = "{0} is {1}")
  @CsvSource({
    "F3 D5 90 C7 F0, NEIGHBOUR",
    "F2 D5 90 C7 F0, INVALID_OPCODE",
    "F0 D5 90 C7 F0, INVALID_OPCODE",
    "48 D5 90 C7 F0, INVALID_OPCODE",
    "D5 90 C7 20, INVALID_OPCODE",
    "D5 10 C7 F0, OTHER",
    "D5 90 C8 F0, OTHER",
    "D5 90, INCOMPLETE",
  })
  @DisplayName("should keep the other rules under REX2")
  void apxRules(String hex, Decoded expected) {
    byte[] code = Encodings.bytes(hex);
    assertEquals(expected, new Group9Decoder(true).decode(code, 0, code.length, CpuMode.LONG_64));
  }

  @Test
  @DisplayName("should call an instruction of 16 bytes too long, whatever it is")
  void tooLong() {
    for (String end : new String[] {"0F C7 F0", "0F C7 08", "0F A2", "48 0F C7 F0"}) {
      byte[] tail = Encodings.bytes(end);
      byte[] code = new byte[16];
      Arrays.fill(code, (byte) 0x66);
      System.arraycopy(tail, 0, code, 16 - tail.length, tail.length);
      assertEquals(Decoded.TOO_LONG, decoder.decode(code, 0, 16, CpuMode.LONG_64), end);
      assertEquals(Decoded.TOO_LONG, decoder.decode(code, 0, 15, CpuMode.LONG_64), end);
      assertEquals(Decoded.INCOMPLETE, decoder.decode(code, 0, 12, CpuMode.LONG_64), end);
    }
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("should ask for more while it can't tell, in mode")
  void incomplete(CpuMode mode) {
    byte[] code = Encodings.bytes("66 67 0F C7 F1 90");
    for (int count = 0; count < 5; count++) {
      assertEquals(Decoded.INCOMPLETE, decoder.decode(code, 0, count, mode));
    }
    assertEquals(Decoded.RDRAND, decoder.decode(code, 0, 5, mode));
    assertEquals(5, decoder.length());
    assertEquals(Decoded.RDRAND, decoder.decode(code, 1, 5, mode));
    assertEquals(4, decoder.length());
  }
}
