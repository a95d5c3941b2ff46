package io.virtentropy.backends;

import io.virtentropy.backends.EntropySourceException.Reason;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

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
  private static final int SOCKET = 0140000;
  private static final int REGULAR = 0100000;
  private static final int BLOCK_DEVICE = 0060000;
  private static final int DIRECTORY = 0040000;
  private static final int CHARACTER_DEVICE = 0020000;
  private static final int PIPE = 0010000;

  // Linux, Documentation/admin-guide/devices.txt: character devices 1:8 and 1:9.
  private static final long RANDOM = 1 << 8 | 8;
  private static final long URANDOM = 1 << 8 | 9;

  private SourceFiles() {}

  static Kind kindOf(Path path) {
    if (path.getFileSystem() != FileSystems.getDefault()) {
      throw unsuitable(path, "inside an archive");
    }
    Kind kind;
    try {
      kind =
          path.getFileSystem().supportedFileAttributeViews().contains("unix")
              ? unixKind(path)
              : plainKind(path);
    } catch (IOException e) {
      throw openFailed(path, e);
    }
    if (!Files.isReadable(path)) {
      throw accessDenied(path, null);
    }
    return kind;
  }

  private static Kind unixKind(Path path) throws IOException {
    int mode = (int) Files.getAttribute(path, "unix:mode");
    return switch (mode & FORMAT_MASK) {
      case REGULAR -> Kind.READY;
      case PIPE -> Kind.PIPE;
      case CHARACTER_DEVICE ->
          (long) Files.getAttribute(path, "unix:rdev") == URANDOM ? Kind.READY : Kind.WAITING;
      case DIRECTORY -> throw unsuitable(path, "a directory");
      case BLOCK_DEVICE -> throw unsuitable(path, "a block device");
      case SOCKET -> throw unsuitable(path, "a socket");
      default -> throw unsuitable(path, "of an unknown type");
    };
  }

  private static Kind plainKind(Path path) throws IOException {
    BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
    if (attributes.isDirectory()) {
      throw unsuitable(path, "a directory");
    }
    return attributes.isRegularFile() ? Kind.READY : Kind.WAITING;
  }

  /**
   * Says whether a file that may wait is a device that may be a noise source: any character device
   * but the kernel's generator, whose bytes are conditioned.
   */
  static boolean isNoise(Path path) {
    try {
      return path.getFileSystem().supportedFileAttributeViews().contains("unix")
          && (long) Files.getAttribute(path, "unix:rdev") != RANDOM;
    } catch (IOException e) {
      throw openFailed(path, e);
    }
  }

  private static EntropySourceException unsuitable(Path path, String what) {
    return new EntropySourceException(
        Reason.UNSUITABLE,
        "the source "
            + path
            + " is "
            + what
            + "; a file, a character device or a pipe is accepted");
  }

  private static EntropySourceException accessDenied(Path path, IOException cause) {
    return new EntropySourceException(
        Reason.ACCESS_DENIED, "the source " + path + " may not be read by this user", cause);
  }

  static EntropySourceException openFailed(Path path, IOException cause) {
    if (cause instanceof NoSuchFileException) {
      return new EntropySourceException(
          Reason.NOT_FOUND,
          "the source " + path + " does not exist; an existing file is accepted",
          cause);
    }
    if (cause instanceof AccessDeniedException) {
      return accessDenied(path, cause);
    }
    return new EntropySourceException(
        Reason.IO_ERROR, "the source " + path + " can't be opened: " + words(cause), cause);
  }

  static EntropySourceException readFailed(Path path, IOException cause) {
    return new EntropySourceException(
        Reason.IO_ERROR, "reading the source " + path + " failed: " + words(cause), cause);
  }

  static EntropySourceException ended(Path path) {
    return new EntropySourceException(
        Reason.END_OF_FILE,
        "the source " + path + " has been read to its end; requests wait until more is appended");
  }

  /**
   * The end of a device, which a regular file's end is not: more comes only after a new opening.
   */
  static EntropySourceException hungUp(Path path) {
    return new EntropySourceException(
        Reason.IO_ERROR,
        "the source " + path + " has come to its end; the next request opens it again");
  }

  static EntropySourceException closed(Path path) {
    return new EntropySourceException(Reason.CLOSED, "the source " + path + " has been closed");
  }

  /** Closes what was only read from: nothing can be lost, and the descriptor is gone either way. */
  static void closeQuietly(Path path, Closeable file) {
    try {
      file.close();
    } catch (IOException e) {
      System.getLogger(SourceFiles.class.getName())
          .log(System.Logger.Level.DEBUG, "closing {0}: {1}", path, e.getMessage());
    }
  }

  /** What the platform says, without the file name that its exceptions repeat. */
  private static String words(IOException cause) {
    if (cause instanceof FileSystemException named && named.getReason() != null) {
      return named.getReason();
    }
    return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
  }
}
