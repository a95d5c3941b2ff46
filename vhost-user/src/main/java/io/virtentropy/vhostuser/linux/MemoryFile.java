package io.virtentropy.vhostuser.linux;

/** Files without a name that live in memory (memfd_create(2)): what a front-end shares. */
public final class MemoryFile {
  private static final int MFD_CLOEXEC = 1;

  private MemoryFile() {}

  /**
   * Creates a file of zeros.
   *
   * @param name shown by the system's tools
   * @param size its length in bytes
   * @return the caller's to close
   * @throws SystemCallException if there is no room
   */
  public static Descriptor create(String name, long size) throws SystemCallException {
    Descriptor file =
        Descriptor.returned(Libc.memfd_create(name, MFD_CLOEXEC), "memfd_create", name);
    boolean sized = false;
    try {
      resize(file, size);
      sized = true;
      return file;
    } finally {
      if (!sized) {
        file.close();
      }
    }
  }

  /**
   * Makes a file longer or shorter.
   *
   * @param file an open file
   * @param size its new length in bytes
   * @throws SystemCallException if that is not allowed
   */
  public static void resize(Descriptor file, long size) throws SystemCallException {
    if (Libc.ftruncate(file.number(), size) < 0) {
      throw SystemCallException.last("ftruncate", file + " to " + size);
    }
  }
}
