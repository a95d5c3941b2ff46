package io.virtentropy.vhostuser.memory;

/**
 * A region of guest memory, as a message describes it. All numbers are unsigned.
 *
 * @param guestAddress its first guest-physical address
 * @param size its length in bytes
 * @param userAddress its first address in the front-end, which is what ring addresses are given in
 * @param fileOffset where it begins in its file
 */
public record RegionDescription(long guestAddress, long size, long userAddress, long fileOffset) {

  /**
   * Looks for a fault in the description itself.
   *
   * @return what is wrong, or null
   */
  String fault() {
    if (size <= 0) {
      return this + " has no size that can be mapped";
    }
    if (wraps(guestAddress) || wraps(userAddress) || fileOffset < 0 || fileOffset + size < 0) {
      return this + " reaches beyond the end of an address space";
    }
    return null;
  }

  private boolean wraps(long start) {
    return Long.compareUnsigned(start + (size - 1), start) < 0;
  }

  boolean overlaps(RegionDescription other) {
    return overlap(guestAddress, size, other.guestAddress, other.size)
        || overlap(userAddress, size, other.userAddress, other.size);
  }

  private static boolean overlap(long start, long size, long otherStart, long otherSize) {
    return Long.compareUnsigned(otherStart - start, size) < 0
        || Long.compareUnsigned(start - otherStart, otherSize) < 0;
  }

  boolean isSamePlace(RegionDescription other) {
    return guestAddress == other.guestAddress
        && userAddress == other.userAddress
        && size == other.size;
  }

  @Override
  public String toString() {
    return "the region of "
        + Long.toUnsignedString(size)
        + " bytes at 0x"
        + Long.toHexString(guestAddress)
        + " (0x"
        + Long.toHexString(userAddress)
        + " in the front-end, 0x"
        + Long.toHexString(fileOffset)
        + " in its file)";
  }
}
