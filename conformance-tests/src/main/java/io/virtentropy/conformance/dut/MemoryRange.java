package io.virtentropy.conformance.dut;

/**
 * A range of guest-physical addresses.
 *
 * @param start its first address
 * @param length how many bytes, more than 0
 */
public record MemoryRange(long start, long length) {
  /**
   * Makes a range.
   *
   * @param start its first address
   * @param length how many bytes, more than 0
   * @throws IllegalArgumentException if it is empty, negative or wraps
   */
  public MemoryRange {
    if (start < 0 || length <= 0 || start + length < 0) {
      throw new IllegalArgumentException(
          "start " + start + ", length " + length + "; 0 or more and more than 0 are accepted");
    }
  }

  /**
   * Whether bytes lie inside.
   *
   * @param address the first
   * @param count how many
   * @return false if any is outside, or {@code count} is negative
   */
  public boolean contains(long address, long count) {
    return count >= 0 && count <= length && address >= start && address - start <= length - count;
  }

  /**
   * Checks that bytes lie inside.
   *
   * @param address the first
   * @param count how many, 0 or more
   * @throws IllegalArgumentException if they don't
   */
  public void check(long address, long count) {
    if (!contains(address, count)) {
      throw new IllegalArgumentException(
          count
              + " bytes at 0x"
              + Long.toHexString(address)
              + " are not inside the "
              + length
              + " at 0x"
              + Long.toHexString(start));
    }
  }
}
