package io.virtentropy.vhostuser.protocol;

/**
 * Where things lie in messages. All fields in the host's byte order.
 *
 * <pre>
 *   header, 12 bytes, the payload follows at once
 *     0  u32 request
 *     4  u32 flags    bits 0-1 version 1, bit 2 reply, bit 3 need_reply
 *     8  u32 size     of the payload
 *
 *   u64             vring state       vring address         memory region
 *     0  u64          0  u32 index      0  u32 index          0  u64 guest address
 *                     4  u32 num        4  u32 flags          8  u64 size
 *   vring descriptor                    8  u64 descriptors   16  u64 user address
 *     0  u64                           16  u64 used          24  u64 mmap offset
 *        bits 0-7 index                24  u64 avail
 *        bit 8 no descriptor           32  u64 log          memory table
 *                                                             0  u32 regions, 4 bytes padding
 *   single region                                             8  regions of 32 bytes
 *     0  8 bytes padding, 8  region
 * </pre>
 */
public final class MessageLayout {
  /** Bytes of the header. */
  public static final int HEADER_BYTES = 12;

  /** Offset of the request's number. */
  public static final int REQUEST = 0;

  /** Offset of the flags. */
  public static final int FLAGS = 4;

  /** Offset of the payload's size. */
  public static final int SIZE = 8;

  /** Flags: the bits of the version. */
  public static final int VERSION_MASK = 0x3;

  /** Flags: the only version there is. */
  public static final int VERSION = 0x1;

  /** Flags: this is a reply. */
  public static final int REPLY = 0x4;

  /** Flags: the sender waits for an answer, if REPLY_ACK was negotiated. */
  public static final int NEED_REPLY = 0x8;

  /** The most descriptors a message brings. */
  public static final int MOST_DESCRIPTORS = 8;

  /** The longest payload that is read: more than any request has. */
  public static final int MOST_PAYLOAD = 4096;

  /** Bytes of a u64 payload. */
  public static final int U64_BYTES = 8;

  /** Bytes of a vring state. */
  public static final int STATE_BYTES = 8;

  /** Vring state: offset of the ring's index. */
  public static final int STATE_INDEX = 0;

  /** Vring state: offset of the value. */
  public static final int STATE_NUM = 4;

  /** Bytes of a vring address. */
  public static final int ADDRESS_BYTES = 40;

  /** Vring address: offset of the ring's index. */
  public static final int ADDRESS_INDEX = 0;

  /** Vring address: offset of the descriptor table's address. */
  public static final int ADDRESS_DESCRIPTORS = 8;

  /** Vring address: offset of the used ring's address. */
  public static final int ADDRESS_USED = 16;

  /** Vring address: offset of the available ring's address. */
  public static final int ADDRESS_AVAIL = 24;

  /** Vring descriptor: the bits of the ring's index. */
  public static final long DESCRIPTOR_INDEX_MASK = 0xff;

  /** Vring descriptor: none was passed. */
  public static final long DESCRIPTOR_NONE = 0x100;

  /** Bytes of a memory region. */
  public static final int REGION_BYTES = 32;

  /** Memory region: offset of its guest-physical address. */
  public static final int REGION_GUEST = 0;

  /** Memory region: offset of its size. */
  public static final int REGION_SIZE = 8;

  /** Memory region: offset of its address in the front-end. */
  public static final int REGION_USER = 16;

  /** Memory region: offset of where it begins in its file. */
  public static final int REGION_OFFSET = 24;

  /** Memory table: offset of the number of regions. */
  public static final int TABLE_COUNT = 0;

  /** Memory table: offset of the first region. */
  public static final int TABLE_REGIONS = 8;

  /** The most regions in a memory table: a descriptor comes with each. */
  public static final int TABLE_MOST_REGIONS = MOST_DESCRIPTORS;

  /** Single region: offset of the region. */
  public static final int SINGLE_REGION = 8;

  /** Bytes of a single region with its padding. */
  public static final int SINGLE_REGION_BYTES = SINGLE_REGION + REGION_BYTES;

  private MessageLayout() {}
}
