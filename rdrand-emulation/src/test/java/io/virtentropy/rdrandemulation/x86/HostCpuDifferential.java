package io.virtentropy.rdrandemulation.x86;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * The program that {@link HostCpuIT} starts: the same instructions on this machine's CPU and on
 * ours, compared. Arguments: number of cases, seed. Exit codes: 0 all equal, 1 not, 3 no RDRAND.
 */
final class HostCpuDifferential {
  static final int EXIT_DIFFERENT = 1;
  static final int EXIT_NO_RDRAND = 3;

  private static final int[] PREFIXES = {
    0x66, 0x66, 0x66, 0x67, 0xf2, 0xf3, 0xf0, 0x2e, 0x36, 0x3e, 0x26, 0x64, 0x65
  };

  /** Arithmetic flags, DF, AC and ID: what a program may set without consequences here. */
  private static final long SETTABLE_FLAGS = 0x8d5 | 1 << 10 | 1 << 18 | 1 << 21;

  private static final long FLAGS_ALWAYS = 0x202;
  private static final long CARRY = 1;

  /** The resume flag in a saved image belongs to the fault, not to the program. */
  private static final long RESUME_FLAG = 1 << 16;

  private static final int MOST_DIFFERENCES = 20;

  private final HostCpu host = new HostCpu();
  private final Random random;
  private final Group9Decoder decoder = new Group9Decoder();
  private final Map<Decoded, Integer> seen = new EnumMap<>(Decoded.class);
  private final List<String> differences = new ArrayList<>();
  private RandomFeatures features;
  private int in32;
  private int underflows;
  private long everSet;
  private long everClear;
  private long words;

  private HostCpuDifferential(long seed) {
    random = new Random(seed);
  }

  public static void main(String[] arguments) {
    int cases = Integer.parseInt(arguments[0]);
    long seed = Long.parseLong(arguments[1]);
    HostCpuDifferential differential = new HostCpuDifferential(seed);
    if (!differential.probe()) {
      System.exit(EXIT_NO_RDRAND);
    }
    System.out.println("seed " + seed + ", " + differential.features);
    for (int i = 0; i < cases; i++) {
      differential.next();
    }
    differential.report(cases);
    System.exit(differential.differences.isEmpty() ? 0 : EXIT_DIFFERENT);
  }

  /** CPUID's bits can be hidden where the instruction runs all the same, so it is tried. */
  private boolean probe() {
    features = new RandomFeatures(runs("0F C7 F0"), runs("0F C7 F8"));
    return features.rdrand();
  }

  private boolean runs(String hex) {
    host.run(Encodings.bytes(hex), CpuMode.LONG_64, new long[16], FLAGS_ALWAYS);
    return host.signal() == HostCpu.SIGTRAP;
  }

  private void next() {
    CpuMode mode = random.nextInt(4) == 0 ? CpuMode.PROTECTED_32 : CpuMode.LONG_64;
    boolean memoryForm = random.nextInt(16) == 0;
    byte[] code = code(mode, memoryForm);
    ArrayCpu cpu = new ArrayCpu(mode);
    for (int i = 0; i < 16; i++) {
      long value = memoryForm ? host.scratch() : pattern();
      cpu.registers[i] = mode == CpuMode.LONG_64 || i > 7 ? value : value & 0xffff_ffffL;
    }
    cpu.flags = FLAGS_ALWAYS | (random.nextLong() & SETTABLE_FLAGS);
    cpu.instructionPointer = host.slot();
    host.run(code, mode, cpu.registers.clone(), cpu.flags);
    in32 += mode == CpuMode.PROTECTED_32 ? 1 : 0;
    String wrong = compare(code, cpu);
    if (wrong != null && differences.size() < MOST_DIFFERENCES) {
      differences.add(
          mode
              + " "
              + Encodings.hex(code)
              + ": "
              + wrong
              + "; the CPU ended with signal "
              + host.signal()
              + " at +"
              + (host.instructionPointer() - host.slot()));
    }
  }

  private long pattern() {
    return switch (random.nextInt(4)) {
      case 0 -> 0;
      case 1 -> -1;
      default -> random.nextLong();
    };
  }

  private byte[] code(CpuMode mode, boolean memoryForm) {
    byte[] code = new byte[18];
    int at = 0;
    int prefixes = random.nextInt(20) == 0 ? random.nextInt(15) : random.nextInt(5);
    boolean plain = random.nextInt(2) == 0;
    for (int i = 0; i < prefixes; i++) {
      int prefix = PREFIXES[random.nextInt(PREFIXES.length)];
      if (plain && (prefix & 0xf0) == 0xf0) {
        prefix = 0x66; // or hardly any case with several prefixes would be legal
      }
      // With an operand in memory these would leave the scratch area.
      if (memoryForm && (prefix == 0x67 || prefix == 0x64 || prefix == 0x65)) {
        continue;
      }
      if (mode == CpuMode.LONG_64 && random.nextInt(6) == 0) {
        code[at++] = rex(memoryForm); // where it does not count
      } else {
        code[at++] = (byte) prefix;
      }
    }
    if (mode == CpuMode.LONG_64 && random.nextInt(2) == 0) {
      code[at++] = rex(memoryForm);
    }
    code[at++] = 0x0f;
    code[at++] = (byte) 0xc7;
    if (memoryForm) {
      int[] plainBases = {0, 1, 2, 3, 6, 7};
      code[at++] = (byte) (random.nextInt(8) << 3 | plainBases[random.nextInt(6)]);
    } else {
      int operation = random.nextInt(8) == 0 ? random.nextInt(6) : 6 + random.nextInt(2);
      code[at++] = (byte) (0xc0 | operation << 3 | random.nextInt(8));
    }
    return Arrays.copyOf(code, at);
  }

  private byte rex(boolean memoryForm) {
    // R13 as a base means another thing, and so does R12.
    return (byte) (0x40 | (random.nextInt(16) & (memoryForm ? 0xe : 0xf)));
  }

  private String compare(byte[] code, ArrayCpu cpu) {
    byte[] withTraps = Arrays.copyOf(code, 32);
    Arrays.fill(withTraps, code.length, 32, (byte) 0xcc);
    Decoded decoded = decoder.decode(withTraps, 0, 32, cpu.mode);
    seen.merge(decoded, 1, Integer::sum);
    long[] before = cpu.registers.clone();
    long flagsBefore = cpu.flags;
    Execution execution = new RdrandEmulator(new Script(), features).tryExecute(withTraps, cpu);
    if (host.endedIn32() != (cpu.mode == CpuMode.PROTECTED_32)) {
      return "not in the code segment it ran in";
    }
    return switch (execution) {
      case EXECUTED -> executed(cpu);
      case INVALID_OPCODE -> fault(HostCpu.SIGILL, before, flagsBefore);
      case GENERAL_PROTECTION -> fault(HostCpu.SIGSEGV, before, flagsBefore);
      case NOT_OURS ->
          decoded == Decoded.NEIGHBOUR ? neighbour(before, flagsBefore) : "decoded as " + decoded;
      case INCOMPLETE -> "decoded as incomplete";
    };
  }

  /** The CPU must have done what we did, but for the number itself. */
  private String executed(ArrayCpu cpu) {
    if (host.signal() != HostCpu.SIGTRAP) {
      return "executed here";
    }
    // INT3 is one byte long.
    if (host.instructionPointer() - 1 != cpu.instructionPointer) {
      return "length " + decoder.length();
    }
    boolean carry = (host.flags() & CARRY) != 0;
    if (differ(host.flags() | CARRY, cpu.flags | CARRY)) {
      return "flags " + Long.toHexString(cpu.flags) + ", CPU " + Long.toHexString(host.flags());
    }
    int bits = decoder.operandBits();
    long numberBits = bits == 64 ? -1 : (1L << bits) - 1;
    for (int i = 0; i < 16; i++) {
      long compared = i == decoder.register() ? ~numberBits : -1;
      if ((host.register(i) & compared) != (cpu.registers[i] & compared)) {
        return "register " + i;
      }
    }
    long number = host.register(decoder.register()) & numberBits;
    if (!carry) {
      underflows++;
      return number == 0 ? null : "a number without carry";
    }
    if (bits == 64) {
      everSet |= number;
      everClear |= ~number;
      words++;
    }
    return null;
  }

  private String fault(int signal, long[] before, long flagsBefore) {
    if (host.signal() != signal || host.instructionPointer() != host.slot()) {
      return "faulted here, with signal " + signal;
    }
    return changed(before, -1, flagsBefore);
  }

  /** What is left to the emulator: whether it exists is the CPU's choice, its form is not. */
  private String neighbour(long[] before, long flagsBefore) {
    boolean ran = host.signal() == HostCpu.SIGTRAP;
    return switch (decoder.neighbour()) {
      case CMPXCHG8B, CMPXCHG16B ->
          host.signal() == HostCpu.SIGILL ? "every CPU has " + decoder.neighbour() : null;
      case RDPID -> {
        if (!ran) {
          yield host.signal() == HostCpu.SIGILL ? null : "RDPID, and another fault";
        }
        yield changed(before, decoder.register(), flagsBefore);
      }
      case XSAVEC, SENDUIPI -> null;
      case XRSTORS, XSAVES, VMPTRLD, VMCLEAR, VMXON, VMPTRST ->
          ran ? decoder.neighbour() + " is privileged" : null;
    };
  }

  private String changed(long[] before, int butRegister, long flagsBefore) {
    for (int i = 0; i < 16; i++) {
      if (i != butRegister && host.register(i) != before[i]) {
        return "register " + i + " changed";
      }
    }
    return differ(host.flags(), flagsBefore) ? "flags changed" : null;
  }

  private static boolean differ(long a, long b) {
    return ((a ^ b) & ~RESUME_FLAG) != 0;
  }

  private void report(int cases) {
    System.out.println(
        cases + " cases, " + in32 + " of them in 32-bit code: " + seen + ", CF=0: " + underflows);
    System.out.println(
        words
            + " whole words, bits seen both set and clear: "
            + Long.bitCount(everSet & everClear));
    differences.forEach(System.out::println);
    System.out.println(differences.isEmpty() ? "equal" : "DIFFERENT");
  }
}
