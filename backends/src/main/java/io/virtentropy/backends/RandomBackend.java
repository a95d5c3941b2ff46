package io.virtentropy.backends;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.ThreadFactory;

/**
 * The {@code random} source: any file, character device or named pipe, {@code /dev/urandom} unless
 * another is named. The counterpart of QEMU's {@code rng-random}.
 *
 * <ul>
 *   <li>{@code /dev/urandom} and regular files are read by the caller, in blocks of 4 KiB.
 *   <li>A device or pipe whose reads may wait is read by one thread, only while requests wait.
 *   <li>A pipe that nobody writes to is waited for. If this user may not write to it, the thread
 *       that waits for it outlives {@code close} until somebody opens the pipe for writing; waiting
 *       requests fail at once all the same.
 *   <li>At the end of a regular file requests fail with {@link
 *       EntropySourceException.Reason#END_OF_FILE}; when the file has grown, they are served again.
 *   <li>A device that goes away fails requests with {@link EntropySourceException.Reason#IO_ERROR}
 *       and is opened anew for the next one.
 * </ul>
 *
 * <p>A regular file that is opened again, in a new process for example, gives the same bytes again:
 * such a file must be used up by one process only.
 */
public final class RandomBackend {
  /** The file read when none is named, as in QEMU. */
  public static final Path DEFAULT_PATH = Path.of("/dev/urandom");

  private RandomBackend() {}

  /**
   * Opens a file as a source. A thread, where one is needed, is a daemon.
   *
   * @param path the file
   * @return the source
   * @throws EntropySourceException if it does not exist, may not be read, or is no possible source
   */
  public static EntropyBackend open(Path path) {
    return open(
        path,
        task -> {
          Thread thread = new Thread(task, "virtentropy-reader " + path);
          thread.setDaemon(true);
          return thread;
        });
  }

  /**
   * Opens a file as a source.
   *
   * @param path the file
   * @param threads makes the one thread that waits for a device whose reads may wait; not used for
   *     others
   * @return the source
   * @throws EntropySourceException if it does not exist, may not be read, or is no possible source
   */
  public static EntropyBackend open(Path path, ThreadFactory threads) {
    Objects.requireNonNull(threads, "threads");
    return switch (SourceFiles.kindOf(path)) {
      case READY -> new ReadyFile(path);
      case WAITING -> new WaitingFile(path, false, threads);
      case PIPE -> new WaitingFile(path, true, threads);
    };
  }

  /** Makes {@code random} and {@code random:FILE} known by name. */
  public static final class Provider implements EntropyBackendProvider {
    /** Called by the service loader. */
    public Provider() {}

    @Override
    public String name() {
      return "random";
    }

    @Override
    public String usage() {
      return "random:FILE";
    }

    @Override
    public EntropyBackend open(String argument) {
      if (argument.isEmpty()) {
        return RandomBackend.open(DEFAULT_PATH);
      }
      try {
        return RandomBackend.open(Path.of(argument));
      } catch (InvalidPathException e) {
        throw new EntropySourceException(
            EntropySourceException.Reason.UNSUITABLE,
            "'" + argument + "' is not a file name: " + e.getReason(),
            e);
      }
    }
  }
}
