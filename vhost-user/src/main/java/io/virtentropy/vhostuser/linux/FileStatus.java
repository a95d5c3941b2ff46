package io.virtentropy.vhostuser.linux;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * What the kernel tells of a file.
 *
 * @param mode its kind and permissions
 * @param size its length in bytes
 * @param blockSize its preferred block; on huge pages, their size
 * @param device the device it is on
 * @param inode its number there
 */
public record FileStatus(int mode, long size, long blockSize, long device, long inode) {
  /**
   * Asks for an open file.
   *
   * @param fd its descriptor
   * @return what is known
   * @throws SystemCallException if nothing is
   */
  public static FileStatus of(Descriptor fd) throws SystemCallException {
    return statx(fd.number(), "", StatxLayout.AT_EMPTY_PATH, fd.toString());
  }

  /**
   * Asks for what is at a path, not following a symbolic link at its end.
   *
   * @param path where
   * @return what is known
   * @throws SystemCallException if nothing is; ENOENT if nothing is there
   */
  public static FileStatus at(Path path) throws SystemCallException {
    return statx(
        StatxLayout.AT_FDCWD, path.toString(), StatxLayout.AT_SYMLINK_NOFOLLOW, path.toString());
  }

  private static FileStatus statx(int directory, String path, int flags, String subject)
      throws SystemCallException {
    NativeBuffer result = new NativeBuffer(StatxLayout.BYTES);
    try {
      int answer = Libc.statx(directory, path, flags, StatxLayout.BASIC_STATS, result.address());
      if (answer < 0) {
        throw SystemCallException.last("statx", subject);
      }
      ByteBuffer bytes = result.bytes();
      long major = bytes.getInt(StatxLayout.DEV_MAJOR);
      long minor = bytes.getInt(StatxLayout.DEV_MINOR) & 0xffff_ffffL;
      return new FileStatus(
          bytes.getShort(StatxLayout.MODE) & 0xffff,
          bytes.getLong(StatxLayout.SIZE),
          bytes.getInt(StatxLayout.BLKSIZE) & 0xffff_ffffL,
          (major << 32) | minor,
          bytes.getLong(StatxLayout.INO));
    } finally {
      Reference.reachabilityFence(result);
    }
  }

  private boolean isKind(int kind) {
    return (mode & StatxLayout.S_IFMT) == kind;
  }

  /**
   * Says whether it is a socket.
   *
   * @return true if it is
   */
  public boolean isSocket() {
    return isKind(StatxLayout.S_IFSOCK);
  }

  /**
   * Says whether it has contents of a length: a file, on disk or in memory.
   *
   * @return true if it has
   */
  public boolean isRegularFile() {
    return isKind(StatxLayout.S_IFREG);
  }

  /**
   * Says whether it is a character device.
   *
   * @return true if it is
   */
  public boolean isCharacterDevice() {
    return isKind(StatxLayout.S_IFCHR);
  }

  /**
   * Says whether it is a pipe.
   *
   * @return true if it is
   */
  public boolean isPipe() {
    return isKind(StatxLayout.S_IFIFO);
  }

  /**
   * Says whether it is of no kind that has a place in a file system: an eventfd or its like.
   *
   * @return true if it is
   */
  public boolean isAnonymous() {
    return isKind(StatxLayout.S_IFNONE);
  }

  /**
   * Says whether two answers are about the same file.
   *
   * @param other the other answer
   * @return true if they are
   */
  public boolean isSameFile(FileStatus other) {
    return device == other.device && inode == other.inode;
  }
}
