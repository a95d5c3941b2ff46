package io.virtentropy.vhostuser.linux;

/**
 * The descriptors that came with a message. Whatever nobody has taken is closed with the batch, so
 * that no path through a message, however it fails, keeps one open.
 */
public final class DescriptorBatch implements AutoCloseable {
  private final Descriptor[] descriptors;
  private int count;

  /**
   * Creates an empty batch.
   *
   * @param capacity the most it holds
   */
  public DescriptorBatch(int capacity) {
    descriptors = new Descriptor[capacity];
  }

  /** Takes a descriptor, or closes it if there is no room; false if it was closed. */
  boolean add(int number) {
    Descriptor descriptor = new Descriptor(number);
    if (count == descriptors.length) {
      descriptor.close();
      return false;
    }
    descriptors[count++] = descriptor;
    return true;
  }

  /**
   * How many came with the message, taken or not.
   *
   * @return 0 up to the capacity
   */
  public int count() {
    return count;
  }

  /**
   * Hands a descriptor over to the caller.
   *
   * @param index which, 0 to {@link #count()} - 1
   * @return the caller's to close
   * @throws IllegalStateException if it was taken before
   */
  public Descriptor take(int index) {
    Descriptor taken = index < count ? descriptors[index] : null;
    if (taken == null) {
      throw new IllegalStateException("descriptor " + index + " of " + count + " is not there");
    }
    descriptors[index] = null;
    return taken;
  }

  /** Closes what was not taken and empties the batch, which can then be used again. */
  @Override
  public void close() {
    for (int i = 0; i < count; i++) {
      if (descriptors[i] != null) {
        descriptors[i].close();
        descriptors[i] = null;
      }
    }
    count = 0;
  }
}
