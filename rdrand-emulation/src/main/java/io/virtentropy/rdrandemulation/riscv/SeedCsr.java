package io.virtentropy.rdrandemulation.riscv;

import io.virtentropy.rdrandemulation.Grade;
import io.virtentropy.rdrandemulation.Outcome;
import io.virtentropy.rdrandemulation.RandomNumbers;
import java.util.Objects;

/**
 * The register {@code seed}, CSR 0x015 (RISC-V scalar cryptography extension, Zkr).
 *
 * <pre>
 *   31 30 29     24 23        16 15                 0
 *   ┌─────┬────────┬────────────┬────────────────────┐   OPST  00 BIST  01 WAIT
 *   │ OPST│ 0      │ custom, 0  │ entropy, if ES16   │         10 ES16  11 DEAD
 *   └─────┴────────┴────────────┴────────────────────┘
 * </pre>
 *
 * <p>Each poll takes two bytes of grade {@link Grade#SEED} or none: then it answers WAIT, and once
 * the source has failed DEAD, for good, until {@link #reset}. A virtual source may do without BIST;
 * {@link #alarm} latches it for the next poll, for an embedder whose health tests say so. Nothing
 * is kept from one poll to the next.
 *
 * <p>The specification wants a source of 256 bits of strength behind it or no register at all. The
 * upper half of a 64-bit register is the sign's, as in QEMU; the text defines 32 bits, and software
 * must look at no more.
 *
 * <p>One per hart. Allocates nothing and never blocks.
 */
public final class SeedCsr {
  /** The number of the register. */
  public static final int NUMBER = 0x015;

  /** mseccfg.USEED: user mode may read. */
  public static final int USEED = 1 << 8;

  /** mseccfg.SSEED: supervisor mode may read. */
  public static final int SSEED = 1 << 9;

  /** OPST: built-in self-test. */
  public static final int BIST = 0;

  /** OPST: wait. */
  public static final int WAIT = 1;

  /** OPST: 16 bits of entropy. */
  public static final int ES16 = 2;

  /** OPST: an unrecoverable failure. */
  public static final int DEAD = 3;

  private static final int OPST_SHIFT = 30;

  /** Where an access comes from. */
  public enum Privilege {
    /** M. */
    MACHINE,
    /** S or HS. */
    SUPERVISOR,
    /** U. */
    USER,
    /** VS or VU: under a hypervisor. */
    VIRTUAL
  }

  /** Whether an access may happen. */
  public enum Access {
    /** It may: {@link SeedCsr#poll} is its value. */
    ALLOWED,
    /** The hart raises an illegal-instruction exception. */
    ILLEGAL_INSTRUCTION,
    /** The hart raises a virtual-instruction exception. */
    VIRTUAL_INSTRUCTION
  }

  private final RandomNumbers numbers;
  private boolean dead;
  private boolean alarmed;

  /**
   * Creates the register of one hart.
   *
   * @param numbers where numbers come from; must have seeds
   */
  public SeedCsr(RandomNumbers numbers) {
    this.numbers = Objects.requireNonNull(numbers, "numbers");
  }

  /**
   * Says whether an access may happen.
   *
   * @param writes whether the instruction writes the register, see {@link CsrInstruction#writes}; a
   *     read-only access is illegal in every mode
   * @param privilege the hart's mode
   * @param mseccfg the register of that name; of it USEED and SSEED
   * @return whether it may
   */
  public static Access access(boolean writes, Privilege privilege, long mseccfg) {
    if (!writes) {
      return Access.ILLEGAL_INSTRUCTION;
    }
    boolean supervisor = (mseccfg & SSEED) != 0;
    return switch (privilege) {
      case MACHINE -> Access.ALLOWED;
      case SUPERVISOR -> supervisor ? Access.ALLOWED : Access.ILLEGAL_INSTRUCTION;
      case USER -> (mseccfg & USEED) != 0 ? Access.ALLOWED : Access.ILLEGAL_INSTRUCTION;
      case VIRTUAL -> supervisor ? Access.VIRTUAL_INSTRUCTION : Access.ILLEGAL_INSTRUCTION;
    };
  }

  /**
   * Reads the register. What the instruction writes is ignored.
   *
   * @return its 32 bits
   */
  public int poll() {
    if (dead) {
      return DEAD << OPST_SHIFT;
    }
    if (alarmed) {
      alarmed = false;
      return BIST << OPST_SHIFT;
    }
    int entropy = (int) numbers.next(Grade.SEED, Short.BYTES);
    Outcome outcome = numbers.outcome();
    return switch (outcome) {
      case DELIVERED -> (ES16 << OPST_SHIFT) | (entropy & 0xffff);
      case NOT_NOW -> WAIT << OPST_SHIFT;
      case FAILED -> {
        dead = true;
        yield DEAD << OPST_SHIFT;
      }
    };
  }

  /** Latches BIST for the next poll: a non-fatal alarm. Without effect on a dead source. */
  public void alarm() {
    alarmed = true;
  }

  /** The hart was reset: a dead source is tried again. */
  public void reset() {
    dead = false;
    alarmed = false;
  }
}
