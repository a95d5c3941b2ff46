package io.virtentropy.rdrandemulation.x86;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The decoder and binutils' {@code objdump} read the same bytes: every string of four from 0F C7
 * on; two different prefixes and a REX before every ModRM; and opcodes around the group's.
 */
@DisplayName("The decoder, beside objdump")
final class ObjdumpIT {
  /**
   * Each case starts a slot; objdump, which may lose its way in one, finds it in the zeros behind,
   * and skips them.
   */
  private static final int SLOT = 24;

  private static final int[] PREFIXES = {0x66, 0x67, 0xf2, 0xf3, 0xf0, 0x2e, 0x65};

  private static final Set<String> PREFIX_WORDS =
      Set.of(
          "data16",
          "data32",
          "addr16",
          "addr32",
          "repz",
          "repnz",
          "lock",
          "cs",
          "gs",
          "xacquire",
          "xrelease",
          "rex",
          "rex.W",
          "rex.WB",
          "rex.B",
          "rex.R",
          "rex.X",
          "rex.WRXB",
          "rex.WR",
          "rex.WX",
          "rex.RX",
          "rex.RB",
          "rex.XB",
          "rex.WRX",
          "rex.WRB",
          "rex.WXB",
          "rex.RXB");

  private static final Pattern LINE = Pattern.compile("\\s*([0-9a-f]+):\\t([0-9a-f ]+)\\t?(.*)");

  private static final Map<String, Integer> REGISTERS = registers();

  @TempDir Path folder;

  private final Group9Decoder decoder = new Group9Decoder();

  @ParameterizedTest(name = "in {0}")
  @CsvSource({"LONG_64, i386:x86-64", "PROTECTED_32, i386", "PROTECTED_16, i8086"})
  @DisplayName("should come to the same, but where objdump is lenient")
  void agrees(CpuMode mode, String machine) throws Exception {
    List<byte[]> cases = cases(mode);
    List<String> texts = disassemble(cases, machine);
    List<String> differences = new ArrayList<>();
    Map<Decoded, Integer> seen = new HashMap<>();
    for (int i = 0; i < cases.size(); i++) {
      byte[] code = cases.get(i);
      Decoded decoded = decoder.decode(code, 0, code.length, mode);
      seen.merge(decoded, 1, Integer::sum);
      String ours = ours(decoded);
      String theirs = theirs(texts.get(i), code);
      if (!ours.equals(theirs)) {
        differences.add(
            Encodings.hex(code) + ": " + ours + ", objdump: " + texts.get(i) + " = " + theirs);
      }
    }
    assertEquals(
        List.of(),
        differences.subList(0, Math.min(20, differences.size())),
        differences.size() + " differences in " + cases.size());
    // A generator that misses a class would prove nothing about it.
    assertTrue(seen.getOrDefault(Decoded.RDRAND, 0) > 100, () -> "cases: " + seen);
    assertTrue(seen.getOrDefault(Decoded.RDSEED, 0) > 100, () -> "cases: " + seen);
    assertTrue(seen.getOrDefault(Decoded.NEIGHBOUR, 0) > 1000, () -> "cases: " + seen);
    assertTrue(seen.getOrDefault(Decoded.INVALID_OPCODE, 0) > 1000, () -> "cases: " + seen);
    assertTrue(seen.getOrDefault(Decoded.OTHER, 0) > 100, () -> "cases: " + seen);
  }

  /** All strings of four bytes; up to two prefixes, a REX or none, the opcode, every ModRM. */
  private static List<byte[]> cases(CpuMode mode) {
    List<byte[]> prefixes = new ArrayList<>();
    prefixes.add(new byte[0]);
    for (int a : PREFIXES) {
      prefixes.add(new byte[] {(byte) a});
      for (int b : PREFIXES) {
        prefixes.add(new byte[] {(byte) a, (byte) b});
      }
    }
    // objdump prints nonsense about a prefix that stands there twice; the CPU is asked about those.
    prefixes.removeIf(ObjdumpIT::repeats);
    List<byte[]> cases = new ArrayList<>();
    for (int modRm = 0; modRm < 256; modRm++) {
      for (int behind = 0; behind < 256; behind++) {
        cases.add(join(new byte[0], 0x0f, 0xc7, modRm, behind));
      }
    }
    for (byte[] prefix : prefixes) {
      for (int rex = 0; rex < (mode == CpuMode.LONG_64 ? 17 : 2); rex++) {
        // Outside 64-bit mode 48 is DEC EAX, and all that follows is another instruction.
        int rexByte = mode == CpuMode.LONG_64 ? 0x3f + rex : 0x47 + rex;
        for (int modRm = 0; modRm < 256; modRm++) {
          if (rex > 0 && prefix.length == 2 && modRm % 8 != 1) {
            continue; // a REX with every ModRM is seen with fewer prefixes
          }
          cases.add(join(prefix, rex == 0 ? -1 : rexByte, 0x0f, 0xc7, modRm, 0x05));
        }
        cases.add(join(prefix, rex == 0 ? -1 : rexByte, 0x0f, 0xaf, 0xc1, 0x05));
        cases.add(join(prefix, rex == 0 ? -1 : rexByte, 0x0f, 0xc8, 0xf0, 0x05));
      }
    }
    return cases;
  }

  private static boolean repeats(byte[] prefix) {
    return prefix.length == 2 && prefix[0] == prefix[1];
  }

  private static byte[] join(byte[] prefix, int... rest) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes(prefix);
    for (int one : rest) {
      if (one >= 0) {
        all.write(one);
      }
    }
    return all.toByteArray();
  }

  private String ours(Decoded decoded) {
    return switch (decoded) {
      case RDRAND, RDSEED ->
          decoded.toString().toLowerCase(java.util.Locale.ROOT)
              + " "
              + decoder.operandBits()
              + " "
              + decoder.register()
              + ", "
              + decoder.length()
              + " bytes";
      case NEIGHBOUR -> decoder.neighbour().toString().toLowerCase(java.util.Locale.ROOT);
      case OTHER -> "other";
      case INVALID_OPCODE -> "(bad)";
      default -> decoded.toString();
    };
  }

  /** What objdump's line says, in the same words. */
  private static String theirs(String line, byte[] code) {
    Matcher matcher = LINE.matcher(line);
    assertTrue(matcher.matches(), line);
    int length = matcher.group(2).strip().split(" +").length;
    List<String> words = new ArrayList<>(List.of(matcher.group(3).strip().split("\\s+")));
    boolean locked = words.contains("lock");
    while (words.size() > 1 && PREFIX_WORDS.contains(words.get(0))) {
      words.remove(0);
    }
    String mnemonic = words.get(0);
    if (words.contains("(bad)")) {
      return "(bad)";
    }
    if (mnemonic.endsWith("64")) {
      mnemonic = mnemonic.substring(0, mnemonic.length() - 2);
    }
    switch (mnemonic) {
      case "rdrand", "rdseed" -> {
        if (locked) {
          return "(bad)"; // objdump shows the prefix and does not judge it
        }
        return mnemonic + " " + operand(words.get(1)) + ", " + length + " bytes";
      }
      case "cmpxchg8b", "cmpxchg16b" -> {
        return mnemonic;
      }
      case "rdpid", "senduipi", "vmxon", "vmclear" -> {
        return locked ? "(bad)" : mnemonic;
      }
      case "xrstors", "xsavec", "xsaves", "vmptrld", "vmptrst" -> {
        // objdump does not judge 66, F2 and F3 either where no other instruction is made of them.
        return locked || has(code, 0xf2) || has(code, 0xf3) || has(code, 0x66) ? "(bad)" : mnemonic;
      }
      default -> {
        return "other";
      }
    }
  }

  private static boolean has(byte[] code, int prefix) {
    for (byte one : code) {
      if ((one & 0xff) == 0x0f) {
        return false;
      }
      if ((one & 0xff) == prefix) {
        return true;
      }
    }
    return false;
  }

  private static String operand(String operand) {
    Integer known = REGISTERS.get(operand);
    return known == null ? operand : known / 16 + " " + known % 16;
  }

  private static Map<String, Integer> registers() {
    String[] old = {"ax", "cx", "dx", "bx", "sp", "bp", "si", "di"};
    Map<String, Integer> names = new HashMap<>();
    for (int i = 0; i < 16; i++) {
      names.put("%" + (i < 8 ? old[i] : "r" + i + "w"), 16 * 16 + i);
      names.put("%" + (i < 8 ? "e" + old[i] : "r" + i + "d"), 32 * 16 + i);
      names.put("%r" + (i < 8 ? old[i] : i), 64 * 16 + i);
    }
    return names;
  }

  /** The first line of each slot. */
  private List<String> disassemble(List<byte[]> cases, String machine)
      throws IOException, InterruptedException {
    byte[] image = new byte[cases.size() * SLOT];
    java.util.Arrays.fill(image, (byte) 0x90);
    for (int i = 0; i < cases.size(); i++) {
      System.arraycopy(cases.get(i), 0, image, i * SLOT, cases.get(i).length);
    }
    Path file = Files.write(folder.resolve("cases.bin"), image);
    Process objdump =
        new ProcessBuilder(
                "objdump",
                "-D",
                "-z",
                "-w",
                "--insn-width=16",
                "-b",
                "binary",
                "-m",
                machine,
                file.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String[] first = new String[cases.size()];
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(objdump.getInputStream(), StandardCharsets.US_ASCII))) {
      String line;
      while ((line = lines.readLine()) != null) {
        // Many lines are what follows a case in its slot; an address ends in two digits before a
        // colon.
        int colon = line.indexOf(":\t");
        if (colon > 0 && line.charAt(0) == ' ') {
          int address = Integer.parseInt(line, line.lastIndexOf(' ', colon) + 1, colon, 16);
          if (address % SLOT == 0) {
            first[address / SLOT] = line;
          }
        }
      }
    }
    assertEquals(0, objdump.waitFor(), "objdump's exit code");
    return List.of(first);
  }
}
