package io.virtentropy.ratelimit.state;

/**
 * The frame around every saved limiter.
 *
 * <pre>
 *   0        4      5         6
 *   +--------+------+---------+-------------------------------------------
 *   | "VERL" | kind | version | fields: big-endian 64-bit, or length + UTF-8
 *   +--------+------+---------+-------------------------------------------
 * </pre>
 */
public final class StateLayout {
  /** Kind of a quota window. */
  public static final char QUOTA_WINDOW = 'W';

  /** Kind of a sliding quota. */
  public static final char SLIDING_QUOTA = 'S';

  /** Kind of the quota of a QEMU-like request loop. */
  public static final char QEMU_QUOTA = 'Q';

  /** Kind of a token bucket. */
  public static final char TOKEN_BUCKET = 'T';

  /** Kind of one leaf of a hierarchical token bucket. */
  public static final char HTB_LEAF = 'L';

  /** Kind of a whole hierarchical token bucket. */
  public static final char HTB_TREE = 'H';

  static final int MAGIC = 0x5645_524c; // "VERL"
  static final int KIND_OFFSET = 4;
  static final int VERSION_OFFSET = 5;
  static final int HEADER_BYTES = 6;

  /** The only version written so far. */
  static final byte VERSION = 1;

  /** Longest text field, so that a hostile length can't make the reader allocate. */
  static final int MAX_TEXT_BYTES = 65_535;

  private StateLayout() {}
}
