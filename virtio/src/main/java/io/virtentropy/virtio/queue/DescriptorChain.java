package io.virtentropy.virtio.queue;

import java.util.Arrays;

/**
 * One buffer that the driver made available: a copy of what its descriptors said when they were
 * read and validated, so that a driver that changes them afterwards changes nothing.
 *
 * <p>Made once and filled again by every {@link SplitVirtqueue#pop}. Holds the device-writable
 * pieces only: an entropy device reads nothing.
 */
public final class DescriptorChain {
  private static final int FIRST_CAPACITY = 4;

  private int head;
  private int descriptors;
  private int pieces;
  private long writableBytes;
  private long[] addresses = new long[FIRST_CAPACITY];
  private long[] lengths = new long[FIRST_CAPACITY];

  /** Creates an empty chain. */
  public DescriptorChain() {}

  void begin(int headIndex) {
    head = headIndex;
    descriptors = 0;
    pieces = 0;
    writableBytes = 0;
  }

  void countDescriptor() {
    descriptors++;
  }

  void addWritable(long address, long length) {
    if (pieces == addresses.length) {
      // Grows a few times in a chain object's life and never beyond the queue size.
      addresses = Arrays.copyOf(addresses, 2 * pieces);
      lengths = Arrays.copyOf(lengths, 2 * pieces);
    }
    addresses[pieces] = address;
    lengths[pieces] = length;
    pieces++;
    writableBytes += length;
  }

  /**
   * The descriptor the chain begins with, which is what the used ring names.
   *
   * @return 0 to the queue size - 1
   */
  public int head() {
    return head;
  }

  /**
   * How many descriptors it took to read the chain, those without a writable byte included: the
   * work that a driver can ask for without asking for entropy.
   *
   * @return 1 to the queue size
   */
  public int descriptors() {
    return descriptors;
  }

  /**
   * How many device-writable pieces there are. Pieces of length 0 are left out.
   *
   * @return 0 to the queue size
   */
  public int pieces() {
    return pieces;
  }

  /**
   * Where a piece lies; all of it is in RAM.
   *
   * @param piece 0 to {@link #pieces()} - 1
   * @return a guest-physical address
   */
  public long address(int piece) {
    return addresses[piece];
  }

  /**
   * How long a piece is.
   *
   * @param piece 0 to {@link #pieces()} - 1
   * @return 1 to 2^32 - 1 bytes
   */
  public long length(int piece) {
    return lengths[piece];
  }

  /**
   * How many bytes the device may write in all.
   *
   * @return the sum of the lengths; may be more than 2^32 if the driver breaks the rules
   */
  public long writableBytes() {
    return writableBytes;
  }
}
