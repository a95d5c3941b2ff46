package io.virtentropy.rdrandemulation.x86;

/**
 * Which of the two instructions a guest has, as it learns from CPUID.
 *
 * @param rdrand leaf 1, ECX bit 30
 * @param rdseed leaf 7, sub-leaf 0, EBX bit 18
 */
public record RandomFeatures(boolean rdrand, boolean rdseed) {
  /** Both instructions. */
  public static final RandomFeatures BOTH = new RandomFeatures(true, true);

  /** Neither instruction. */
  public static final RandomFeatures NEITHER = new RandomFeatures(false, false);

  /** RDRAND in ECX of leaf 1. */
  public static final int RDRAND_BIT = 1 << 30;

  /** RDSEED in EBX of leaf 7, sub-leaf 0. */
  public static final int RDSEED_BIT = 1 << 18;

  private static final int BASIC_LEAVES = 0;
  private static final int VERSION_LEAF = 1;
  private static final int FEATURE_LEAF = 7;

  /**
   * Makes one CPUID result say this. For each result of a table, or as the last step of an
   * instruction's emulation; a result that says nothing about the two is left alone.
   *
   * <p>If there is RDSEED, leaf 0 says that there are leaves up to 7 at least. A table for this
   * must have a leaf 7, which may be all zeros before.
   *
   * @param leaf what was in EAX
   * @param subleaf what was in ECX
   * @param registers EAX, EBX, ECX and EDX of the result; changed
   */
  public void applyTo(int leaf, int subleaf, int[] registers) {
    requireFour(registers);
    if (leaf == BASIC_LEAVES) {
      if (rdseed && Integer.compareUnsigned(registers[0], FEATURE_LEAF) < 0) {
        registers[0] = FEATURE_LEAF;
      }
    } else if (leaf == VERSION_LEAF) {
      registers[2] = with(registers[2], RDRAND_BIT, rdrand);
    } else if (leaf == FEATURE_LEAF && subleaf == 0) {
      registers[1] = with(registers[1], RDSEED_BIT, rdseed);
    }
  }

  /**
   * Reads both from CPUID results.
   *
   * @param maxLeaf EAX of leaf 0
   * @param leaf1Ecx ECX of leaf 1
   * @param leaf7Ebx EBX of leaf 7, sub-leaf 0; not looked at if there is no such leaf
   * @return what a CPU with these has
   */
  public static RandomFeatures of(int maxLeaf, int leaf1Ecx, int leaf7Ebx) {
    return new RandomFeatures(
        (leaf1Ecx & RDRAND_BIT) != 0,
        Integer.compareUnsigned(maxLeaf, FEATURE_LEAF) >= 0 && (leaf7Ebx & RDSEED_BIT) != 0);
  }

  private static int with(int word, int bit, boolean set) {
    return set ? word | bit : word & ~bit;
  }

  private static void requireFour(int[] registers) {
    if (registers.length != 4) {
      throw new IllegalArgumentException(
          registers.length + " registers; 4 are accepted: EAX, EBX, ECX and EDX");
    }
  }
}
