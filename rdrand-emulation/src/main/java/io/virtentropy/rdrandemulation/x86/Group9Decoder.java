package io.virtentropy.rdrandemulation.x86;

import java.util.Objects;

/**
 * Recognises RDRAND and RDSEED among all byte strings: with every prefix, in every mode, up to 15
 * bytes; and tells them from their neighbours in opcode group 9 (0F C7).
 *
 * <p>What decides, as seen on silicon: F2 and F3 are not ignored here, and the last of them wins.
 * 66 is the ordinary operand size. A REX prefix counts only directly before the opcode. LOCK is for
 * CMPXCHG8B and CMPXCHG16B in memory alone. Segment and address-size prefixes mean nothing.
 *
 * <p>An object per virtual CPU: what {@link #decode} found is read from it until the next call.
 * Allocates nothing.
 */
public final class Group9Decoder {
  private final boolean apx;

  private byte[] code;
  private int from;
  private int available;

  private int at;
  private boolean operandSize;
  private boolean lock;

  /** The last of F2 and F3, or 0. */
  private int repeat;

  /** The REX prefix that counts, or 0. */
  private int rex;

  /** The REX2 prefix's payload, or -1. */
  private int rex2;

  private int length;
  private int register;
  private int operandBits;
  private Neighbour neighbour;

  /** Creates a decoder for CPUs without APX: D5 is no prefix. */
  public Group9Decoder() {
    this(false);
  }

  /**
   * Creates a decoder.
   *
   * @param apx whether the CPU has APX and its operating system uses it (XCR0[19]), so that D5 is
   *     the prefix REX2 in 64-bit mode. After the definition of the prefix; not seen on silicon.
   */
  public Group9Decoder(boolean apx) {
    this.apx = apx;
  }

  /**
   * Decodes one instruction.
   *
   * @param bytes holds it
   * @param offset where it starts
   * @param count how many bytes may be read from there on; 15 are always enough
   * @param mode the mode of the CPU
   * @return what it is
   */
  public Decoded decode(byte[] bytes, int offset, int count, CpuMode mode) {
    Objects.checkFromIndexSize(offset, count, bytes.length);
    code = bytes;
    from = offset;
    available = Math.min(count, Group9Layout.MAX_LENGTH);
    at = 0;
    operandSize = false;
    lock = false;
    repeat = 0;
    rex = 0;
    rex2 = -1;
    neighbour = null;
    return prefixes(mode);
  }

  private Decoded prefixes(CpuMode mode) {
    while (at < available) {
      int read = code[from + at++] & 0xff;
      switch (read) {
        case Group9Layout.OPERAND_SIZE -> {
          operandSize = true;
          rex = 0;
        }
        case Group9Layout.LOCK -> {
          lock = true;
          rex = 0;
        }
        case Group9Layout.REPNE, Group9Layout.REP -> {
          repeat = read;
          rex = 0;
        }
        case Group9Layout.ADDRESS_SIZE,
            Group9Layout.SEGMENT_ES,
            Group9Layout.SEGMENT_CS,
            Group9Layout.SEGMENT_SS,
            Group9Layout.SEGMENT_DS,
            Group9Layout.SEGMENT_FS,
            Group9Layout.SEGMENT_GS ->
            rex = 0;
        case Group9Layout.TWO_BYTE -> {
          return opcode(mode);
        }
        case Group9Layout.VEX2, Group9Layout.VEX3, Group9Layout.EVEX -> {
          return vex(read, mode);
        }
        default -> {
          if (!mode.isLong()) {
            return Decoded.OTHER;
          }
          if ((read & Group9Layout.REX_MASK) == Group9Layout.REX) {
            rex = read;
          } else if (read == Group9Layout.REX2) {
            return rex2(mode);
          } else {
            return Decoded.OTHER;
          }
        }
      }
    }
    return ended();
  }

  /** The bytes are used up: those given, or all that an instruction may have. */
  private Decoded ended() {
    return available == Group9Layout.MAX_LENGTH ? Decoded.TOO_LONG : Decoded.INCOMPLETE;
  }

  private Decoded opcode(CpuMode mode) {
    if (at == available) {
      return ended();
    }
    if ((code[from + at++] & 0xff) != Group9Layout.GROUP9) {
      return Decoded.OTHER;
    }
    return modRm(mode);
  }

  private Decoded rex2(CpuMode mode) {
    if (!apx || rex != 0) {
      return Decoded.INVALID_OPCODE;
    }
    if (at == available) {
      return ended();
    }
    rex2 = code[from + at++] & 0xff;
    if ((rex2 & Group9Layout.REX2_MAP1) == 0) {
      return Decoded.OTHER;
    }
    return opcode(mode);
  }

  /** There is no VEX or EVEX form of anything in the group. */
  private Decoded vex(int prefix, CpuMode mode) {
    int opcodeAt =
        switch (prefix) {
          case Group9Layout.VEX2 -> 2;
          case Group9Layout.VEX3 -> 3;
          default -> 4;
        };
    if (at == available) {
      return ended();
    }
    int payload = code[from + at] & 0xff;
    if (!mode.isLong()
        && (!mode.hasVex() || (payload & Group9Layout.MOD_REGISTER) != Group9Layout.MOD_REGISTER)) {
      // LES, LDS or BOUND; with a register operand #UD too, but that is theirs to say.
      return Decoded.OTHER;
    }
    boolean map1 =
        switch (prefix) {
          case Group9Layout.VEX2 -> true;
          case Group9Layout.VEX3 -> (payload & Group9Layout.VEX_MAP_MASK) == Group9Layout.MAP1;
          default -> (payload & Group9Layout.EVEX_MAP_MASK) == Group9Layout.MAP1;
        };
    if (!map1) {
      return Decoded.OTHER;
    }
    int last = at - 1 + opcodeAt;
    if (last >= available) {
      return ended();
    }
    return (code[from + last] & 0xff) == Group9Layout.GROUP9
        ? Decoded.INVALID_OPCODE
        : Decoded.OTHER;
  }

  private Decoded modRm(CpuMode mode) {
    if (at == available) {
      return ended();
    }
    int modRm = code[from + at++] & 0xff;
    length = at;
    int operation = (modRm >> 3) & 7;
    if ((modRm & Group9Layout.MOD_REGISTER) != Group9Layout.MOD_REGISTER) {
      return memoryForm(operation);
    }
    if (lock) {
      return Decoded.INVALID_OPCODE;
    }
    register = (modRm & 7) | extension();
    return switch (operation) {
      case 6 -> registerForm(Decoded.RDRAND, mode.isLong() ? Neighbour.SENDUIPI : null, mode);
      case 7 -> registerForm(Decoded.RDSEED, Neighbour.RDPID, mode);
      default -> Decoded.INVALID_OPCODE;
    };
  }

  private Decoded registerForm(Decoded plain, Neighbour withRep, CpuMode mode) {
    if (repeat == Group9Layout.REP && withRep != null) {
      return neighbour(withRep);
    }
    if (repeat != 0) {
      return Decoded.INVALID_OPCODE;
    }
    operandBits = mode.operandBits(operandSize, wide());
    return plain;
  }

  private Decoded memoryForm(int operation) {
    Neighbour found =
        switch (operation) {
          case 1 -> wide() ? Neighbour.CMPXCHG16B : Neighbour.CMPXCHG8B;
          case 3 -> plainOnly(Neighbour.XRSTORS);
          case 4 -> plainOnly(Neighbour.XSAVEC);
          case 5 -> plainOnly(Neighbour.XSAVES);
          case 6 -> vmxForm();
          case 7 -> operandSize || repeat != 0 ? null : Neighbour.VMPTRST;
          default -> null;
        };
    if (found == null || (lock && operation != 1)) {
      return Decoded.INVALID_OPCODE;
    }
    return neighbour(found);
  }

  /** The XSAVE family takes none of 66, F2 and F3, and no REX2. */
  private Neighbour plainOnly(Neighbour instruction) {
    return operandSize || repeat != 0 || rex2 >= 0 ? null : instruction;
  }

  private Neighbour vmxForm() {
    return switch (repeat) {
      case Group9Layout.REP -> Neighbour.VMXON;
      case Group9Layout.REPNE -> null;
      default -> operandSize ? Neighbour.VMCLEAR : Neighbour.VMPTRLD;
    };
  }

  private Decoded neighbour(Neighbour which) {
    neighbour = which;
    return Decoded.NEIGHBOUR;
  }

  private boolean wide() {
    // W is in the same place in both.
    return ((rex2 >= 0 ? rex2 : rex) & Group9Layout.REX_W) != 0;
  }

  private int extension() {
    if (rex2 >= 0) {
      return (rex2 & Group9Layout.REX_B) << 3 | (rex2 & Group9Layout.REX2_B4);
    }
    return (rex & Group9Layout.REX_B) << 3;
  }

  /**
   * The length of the instruction, after {@link Decoded#RDRAND} and {@link Decoded#RDSEED}; of a
   * neighbour only the part up to ModRM.
   *
   * @return 3 to 15 bytes
   */
  public int length() {
    return length;
  }

  /**
   * The destination, after {@link Decoded#RDRAND} and {@link Decoded#RDSEED}.
   *
   * @return a register's number as in {@link CpuState#register}
   */
  public int register() {
    return register;
  }

  /**
   * The size of the number, after {@link Decoded#RDRAND} and {@link Decoded#RDSEED}.
   *
   * @return 16, 32 or 64
   */
  public int operandBits() {
    return operandBits;
  }

  /**
   * Which other instruction it is, after {@link Decoded#NEIGHBOUR}.
   *
   * @return the instruction, else null
   */
  public Neighbour neighbour() {
    return neighbour;
  }
}
