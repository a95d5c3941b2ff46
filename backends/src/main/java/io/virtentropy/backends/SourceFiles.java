package io.virtentropy.backends;

import io.virtentropy.backends.EntropySourceException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What kind of file a source is, and the sentences that tell an operator what is wrong with it. */
final class SourceFiles {
  /** What a file is, as far as reading entropy from it goes. */
  enum Kind {
    /** A read returns at once: the kernel's generator, a regular file. */
    READY,
    /** A read may wait: hardware generators, terminals, blocking random devices. */
    WAITING,
    /** A named pipe: opening may wait too. */
    PIPE
  }

  // POSIX sys/stat.h
  private static final int FORMAT_MASK = 0170000;
  private static final int REGULAR = 0100000;
  private static final int CHARACTER_DEVICE = 0020000;
  private static final int PIPE = 0010000;

  /** Linux, Documentation/admin-guide/devices.txt: character device 1:9. */
  private static final long URANDOM = 1 << 8 | 9;

  private SourceFiles() {}

  static Kind kindOf(Path path) {
    if (!Files.exists(path)) {
      throw new EntropySourceException(
          Reason.NOT_FOUND, "the source " + path + " does not exist; an existing file is accepted");
    }
    if (Files.isDirectory(path)) {
      throw new EntropySourceException(
          Reason.UNSUITABLE,
          "the source "
              + path
              + " is a directory; a file, a character device or a pipe is accepted");
    }
    if (!Files.isReadable(path)) {
      throw new EntropySourceException(
          Reason.ACCESS_DENIED, "the source " + path + " may not be read by this user");
    }
    if (!path.getFileSystem().supportedFileAttributeViews().contains("unix")) {
      return Files.isRegularFile(path) ? Kind.READY : Kind.WAITING;
    }
    try {
      int mode = (int) Files.getAttribute(path, "unix:mode");
      return switch (mode & FORMAT_MASK) {
        case REGULAR -> Kind.READY;
        case PIPE -> Kind.PIPE;
        case CHARACTER_DEVICE ->
            (long) Files.getAttribute(path, "unix:rdev") == URANDOM ? Kind.READY : Kind.WAITING;
        default ->
            throw new EntropySourceException(
                Reason.UNSUITABLE,
                "the source "
                    + path
                    + " is a block device or a socket; a file, a character device or a pipe is"
                    + " accepted");
      };
    } catch (IOException e) {
      throw openFailed(path, e);
    }
  }

  static EntropySourceException openFailed(Path path, IOException cause) {
    return new EntropySourceException(
        Reason.IO_ERROR, "the source " + path + " can't be opened: " + cause.getMessage(), cause);
  }

  static EntropySourceException readFailed(Path path, IOException cause) {
    return new EntropySourceException(
        Reason.IO_ERROR, "reading the source " + path + " failed: " + cause.getMessage(), cause);
  }

  static EntropySourceException ended(Path path) {
    return new EntropySourceException(
        Reason.END_OF_FILE,
        "the source " + path + " has been read to its end; requests wait until more is appended");
  }
}
