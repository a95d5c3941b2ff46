package io.virtentropy.rdrandemulation.x86;

/** Reads guest code as the CPU would: through the code segment and the page tables. */
@FunctionalInterface
public interface CodeMemory {
  /**
   * Reads the bytes at the CPU's instruction pointer, as far as they can be fetched.
   *
   * @param cpu the CPU
   * @param target where they go, from index 0 on; 15 bytes
   * @return how many were read; fewer than 15 if the page or the segment behind them can't be
   *     fetched
   */
  int fetch(CpuState cpu, byte[] target);
}
