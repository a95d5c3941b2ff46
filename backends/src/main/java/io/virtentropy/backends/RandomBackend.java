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
  /**
   * The min-entropy that a character device other than the kernel's own claims, in bits per byte.
   * Nobody says how good a hardware generator is; this is what its health tests then suppose.
   */
  public static final double DEVICE_NOISE_BITS = 1;

  /** The file read when none is named, as in QEMU. */
  public static final Path DEFAULT_PATH = Path.of("/dev/urandom");

  private RandomBackend() {}

  /**
   * Opens a file as a source. A thread, where one is needed, is a daemon. Noise comes as it is:
   * only sources that are opened by their string form get health tests around them.
   *
   * @param path the file
   * @return the source
   * @throws EntropySourceException if it does not exist, may not be read, or is no possible source
   */
  public static EntropyBackend open(Path path) {
    return open(path, daemons(path));
  }

  private static ThreadFactory daemons(Path path) {
    return task -> {
      Thread thread = new Thread(task, "virtentropy-reader " + path);
      thread.setDaemon(true);
      return thread;
    };
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
    return open(path, Objects.requireNonNull(threads, "threads"), true);
  }

  private static EntropyBackend open(Path path, ThreadFactory threads, boolean noise) {
    return switch (SourceFiles.kindOf(path)) {
      case READY -> new ReadyFile(path);
      case WAITING -> {
        double bits = noise && SourceFiles.isNoise(path) ? DEVICE_NOISE_BITS : 0;
        yield new WaitingFile(path, false, bits, threads);
      }
      case PIPE -> new WaitingFile(path, true, 0, threads);
    };
  }

  /** Makes {@code random} and {@code random:FILE} known by name. */
  public static final class Provider implements EntropyBackendProvider {
    private static final String HEALTH = "health";

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
    public EntropyBackend open(SourceSpec spec, SourceOpener opener) {
      if (!spec.sources().isEmpty()) {
        throw new EntropySourceException(
            EntropySourceException.Reason.UNSUITABLE,
            "'" + spec + "' names a file and stands on no source; random:FILE is accepted");
      }
      boolean health = SourceSettings.of(spec, HEALTH).isOn(HEALTH, true);
      String file = spec.argument().isEmpty() ? DEFAULT_PATH.toString() : spec.argument();
      try {
        Path path = Path.of(file);
        return RandomBackend.open(path, daemons(path), health);
      } catch (InvalidPathException e) {
        throw new EntropySourceException(
            EntropySourceException.Reason.UNSUITABLE,
            "'" + file + "' is not a file name: " + e.getReason(),
            e);
      }
    }
  }
}
