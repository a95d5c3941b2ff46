package io.virtentropy.vhostuser.linux;

/**
 * The structure of statx(2), which is the same on every architecture; the part that is read.
 *
 * <pre>
 *     4  u32 blksize     28  u16 mode     32  u64 ino     40  u64 size
 *   136  u32 dev_major  140  u32 dev_minor
 * </pre>
 */
final class StatxLayout {
  static final int BLKSIZE = 4;
  static final int MODE = 28;
  static final int INO = 32;
  static final int SIZE = 40;
  static final int DEV_MAJOR = 136;
  static final int DEV_MINOR = 140;
  static final int BYTES = 256;

  static final int AT_FDCWD = -100;
  static final int AT_SYMLINK_NOFOLLOW = 0x100;
  static final int AT_EMPTY_PATH = 0x1000;
  static final int BASIC_STATS = 0x7ff;

  static final int S_IFMT = 0xf000;
  static final int S_IFSOCK = 0xc000;
  static final int S_IFREG = 0x8000;
  static final int S_IFCHR = 0x2000;
  static final int S_IFIFO = 0x1000;

  /** The kind of inodes that have none: eventfd, epoll and their like. */
  static final int S_IFNONE = 0;

  private StatxLayout() {}
}
