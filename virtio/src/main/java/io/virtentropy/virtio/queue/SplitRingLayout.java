package io.virtentropy.virtio.queue;

/**
 * Where things lie in a split virtqueue of N entries (virtio 1.3 §2.7). All fields little-endian.
 *
 * <pre>
 *   descriptor table, 16 N bytes, aligned to 16         available ring, 6 + 2 N bytes, aligned to 2
 *     0  le64 addr                                        0        le16 flags   NO_INTERRUPT
 *     8  le32 len                                         2        le16 idx
 *    12  le16 flags  NEXT WRITE INDIRECT                  4 + 2 i  le16 ring[i]
 *    14  le16 next                                        4 + 2 N  le16 used_event
 *
 *   used ring, 6 + 8 N bytes, aligned to 4
 *     0        le16 flags   NO_NOTIFY
 *     2        le16 idx
 *     4 + 8 i  le32 id, le32 len
 *     4 + 8 N  le16 avail_event
 * </pre>
 */
public final class SplitRingLayout {
  /** The largest queue size there can be (virtio 1.3 §2.7). */
  public static final int MAX_SIZE = 32_768;

  /** Alignment of the descriptor table. */
  public static final int DESCRIPTOR_ALIGN = 16;

  /** Alignment of the available ring. */
  public static final int AVAIL_ALIGN = 2;

  /** Alignment of the used ring. */
  public static final int USED_ALIGN = 4;

  /** Bytes of a descriptor. */
  public static final int DESCRIPTOR_BYTES = 16;

  /** Offset of the length in a descriptor; flags and next follow in the same eight bytes. */
  public static final int DESCRIPTOR_LEN = 8;

  /** Descriptor flag: the chain goes on at {@code next}. */
  public static final int NEXT = 1;

  /** Descriptor flag: the device writes the buffer. */
  public static final int WRITE = 2;

  /** Descriptor flag: the buffer is a table of descriptors. */
  public static final int INDIRECT = 4;

  /** Offset of the flags of either ring. */
  public static final int RING_FLAGS = 0;

  /** Offset of the index of either ring. */
  public static final int RING_IDX = 2;

  /** Offset of the first entry of either ring. */
  public static final int RING_ENTRIES = 4;

  /** Bytes of an entry of the available ring. */
  public static final int AVAIL_ENTRY_BYTES = 2;

  /** Bytes of an entry of the used ring. */
  public static final int USED_ENTRY_BYTES = 8;

  /** Flag of the available ring: the driver asks for no interrupts. */
  public static final int NO_INTERRUPT = 1;

  /** Flag of the used ring: the device asks for no kicks. */
  public static final int NO_NOTIFY = 1;

  private SplitRingLayout() {}

  /**
   * The size of the descriptor table.
   *
   * @param size the queue size
   * @return its length in bytes
   */
  public static long descriptorTableBytes(int size) {
    return (long) DESCRIPTOR_BYTES * size;
  }

  /**
   * The size of the available ring.
   *
   * @param size the queue size
   * @param eventIndex whether {@code used_event} is part of it
   * @return its length in bytes
   */
  public static long availRingBytes(int size, boolean eventIndex) {
    return RING_ENTRIES + (long) AVAIL_ENTRY_BYTES * size + (eventIndex ? Short.BYTES : 0);
  }

  /**
   * The size of the used ring.
   *
   * @param size the queue size
   * @param eventIndex whether {@code avail_event} is part of it
   * @return its length in bytes
   */
  public static long usedRingBytes(int size, boolean eventIndex) {
    return RING_ENTRIES + (long) USED_ENTRY_BYTES * size + (eventIndex ? Short.BYTES : 0);
  }

  /**
   * Where the driver writes {@code used_event}.
   *
   * @param size the queue size
   * @return the offset in the available ring
   */
  public static int usedEvent(int size) {
    return RING_ENTRIES + AVAIL_ENTRY_BYTES * size;
  }

  /**
   * Where the device writes {@code avail_event}.
   *
   * @param size the queue size
   * @return the offset in the used ring
   */
  public static int availEvent(int size) {
    return RING_ENTRIES + USED_ENTRY_BYTES * size;
  }

  /**
   * Where the used ring of a legacy driver's queue is: at the next boundary behind the available
   * ring, room for {@code used_event} included (virtio 1.3 §2.7.2).
   *
   * @param table where the descriptor table is
   * @param size the queue size
   * @param align the boundary, a power of 2
   * @return a guest-physical address
   */
  public static long legacyUsedRing(long table, int size, int align) {
    long end = table + descriptorTableBytes(size) + availRingBytes(size, true);
    return (end + align - 1) & -align;
  }

  /**
   * Says whether a number can be the size of a split virtqueue.
   *
   * @param size the number
   * @return true for a power of 2 from 1 to {@link #MAX_SIZE}
   */
  public static boolean isLegalSize(int size) {
    return size >= 1 && size <= MAX_SIZE && (size & (size - 1)) == 0;
  }

  /**
   * The rule of the event index (virtio 1.3 §2.7.10): has the index passed {@code event} on its way
   * from {@code before} to {@code after}? Arithmetic modulo 2^16.
   *
   * @param event the index the other side waits for
   * @param after the index now
   * @param before the index when the other side was last told, or could have been
   * @return true if it wants to be told
   */
  public static boolean eventPassed(int event, int after, int before) {
    return ((after - event - 1) & 0xffff) < ((after - before) & 0xffff);
  }
}
