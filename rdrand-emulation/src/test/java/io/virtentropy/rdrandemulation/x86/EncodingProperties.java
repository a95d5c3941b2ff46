package io.virtentropy.rdrandemulation.x86;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

@Label("Encodings of RDRAND and RDSEED")
final class EncodingProperties {
  private static final int[] SIZES = {16, 32, 64};

  private final Group9Decoder decoder = new Group9Decoder();

  private Decoded decode(byte[] code, CpuMode mode) {
    return decoder.decode(code, 0, code.length, mode);
  }

  @Property
  @Label("should decode to what was encoded (P1)")
  void roundTrip(
      @ForAll boolean seed,
      @ForAll @IntRange(max = 2) int size,
      @ForAll @IntRange(max = 15) int register,
      @ForAll CpuMode mode) {
    byte[] code = Encodings.encode(seed, SIZES[size], register, mode);
    Assume.that(code != null);
    assertEquals(seed ? Decoded.RDSEED : Decoded.RDRAND, decode(code, mode));
    assertEquals(SIZES[size], decoder.operandBits());
    assertEquals(register, decoder.register());
    assertEquals(code.length, decoder.length());
  }

  /** Any bytes from which an instruction of the group may come. */
  @Provide
  Arbitrary<Integer> prefixes() {
    return Arbitraries.of(0x66, 0x66, 0x67, 0xf2, 0xf3, 0xf0, 0x2e, 0x36, 0x3e, 0x26, 0x64, 0x65);
  }

  @Property(tries = 5000)
  @Label("should not depend on the order and number of prefixes, but for the last F2 or F3 (P2)")
  void permutations(
      @ForAll @Size(max = 8) List<@net.jqwik.api.From("prefixes") Integer> prefixes,
      @ForAll @IntRange(max = 16) int rex,
      @ForAll @IntRange(max = 255) int modRm,
      @ForAll CpuMode mode) {
    Assume.that(rex == 16 || mode == CpuMode.LONG_64);
    Decoded found = decode(code(prefixes, rex, modRm), mode);
    String all = describe(found);
    assertNotEquals(Decoded.INCOMPLETE, found);
    List<Integer> canonical = new ArrayList<>();
    if (prefixes.contains(0xf0)) {
      canonical.add(0xf0);
    }
    if (prefixes.contains(0x66)) {
      canonical.add(0x66);
    }
    prefixes.stream()
        .filter(prefix -> prefix == 0xf2 || prefix == 0xf3)
        .reduce((first, second) -> second)
        .ifPresent(canonical::add);
    assertEquals(describe(decode(code(canonical, rex, modRm), mode)), all);
  }

  private String describe(Decoded decoded) {
    return switch (decoded) {
      case RDRAND, RDSEED -> decoded + " " + decoder.operandBits() + " " + decoder.register();
      case NEIGHBOUR -> decoder.neighbour().toString();
      default -> decoded.toString();
    };
  }

  private static byte[] code(List<Integer> prefixes, int rex, int modRm) {
    byte[] code = new byte[prefixes.size() + (rex < 16 ? 1 : 0) + 3];
    int at = 0;
    for (int prefix : prefixes) {
      code[at++] = (byte) prefix;
    }
    if (rex < 16) {
      code[at++] = (byte) (0x40 | rex);
    }
    code[at++] = 0x0f;
    code[at++] = (byte) 0xc7;
    code[at] = (byte) modRm;
    return code;
  }

  @Property
  @Label("should never throw on, nor read beyond, whatever bytes there are")
  void anything(@ForAll @Size(max = 24) byte[] code, @ForAll CpuMode mode, @ForAll boolean apx) {
    Group9Decoder any = new Group9Decoder(apx);
    Decoded whole = any.decode(code, 0, code.length, mode);
    // The same bytes with others around them.
    byte[] framed = new byte[code.length + 4];
    java.util.Arrays.fill(framed, (byte) 0xf0);
    System.arraycopy(code, 0, framed, 2, code.length);
    assertEquals(whole, any.decode(framed, 2, code.length, mode));
  }

  @Property
  @Label("should map VM-exit information to register and size and back (P9)")
  void exitInformation(
      @ForAll @IntRange(max = 15) int register,
      @ForAll @IntRange(max = 2) int size,
      @ForAll int undefined) {
    int field = VmxInstructionInformation.of(register, SIZES[size]);
    assertEquals(0, field & ~VmxInstructionInformation.DEFINED);
    int onCpu = field | (undefined & ~VmxInstructionInformation.DEFINED);
    assertEquals(register, VmxInstructionInformation.register(onCpu));
    assertEquals(SIZES[size], VmxInstructionInformation.operandBits(onCpu));
  }

  @Property
  @Label(
      "should change the destination's bits of the operand's size, and of no other register (P6)")
  void upperBits(
      @ForAll boolean seed,
      @ForAll boolean empty,
      @ForAll @IntRange(max = 2) int size,
      @ForAll @IntRange(max = 15) int register,
      @ForAll long before) {
    Script numbers = new Script();
    numbers.empty = empty;
    ArrayCpu cpu = new ArrayCpu(CpuMode.LONG_64);
    cpu.registers[register] = before;
    long[] expected = cpu.registers.clone();
    long number = empty ? 0 : Script.NUMBER;
    expected[register] =
        switch (SIZES[size]) {
          case 16 -> (before & ~0xffffL) | (number & 0xffff);
          case 32 -> number & 0xffff_ffffL;
          default -> number;
        };
    new RdrandEmulator(numbers, RandomFeatures.BOTH)
        .tryExecute(Encodings.encode(seed, SIZES[size], register, cpu.mode), cpu);
    org.junit.jupiter.api.Assertions.assertArrayEquals(expected, cpu.registers);
    assertEquals(SIZES[size] / 8, numbers.lastBytes);
  }
}
