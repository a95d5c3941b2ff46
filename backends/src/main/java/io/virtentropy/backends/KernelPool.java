package io.virtentropy.backends;

import io.virtentropy.backends.EntropySourceException.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;

/**
 * Mixes contributed bytes into the operating system's generator by writing them to {@code
 * /dev/random}, as {@code random(4)} invites every user to.
 *
 * <p>The kernel never credits what is written: to be believed takes an ioctl and the rights of an
 * administrator. So the credit is ignored here, whoever vouches for it, and nothing a contributor
 * sends can make the generator worse.
 */
public final class KernelPool implements EntropySink, AutoCloseable {
  /** Where Linux and other Unixes take contributions. */
  public static final Path DEFAULT_PATH = Path.of("/dev/random");

  /** What is written at once; an EGD contribution is no longer. */
  private static final int PIECE_BYTES = 256;

  private final Path path;
  private final FileChannel channel;
  private final ByteBuffer piece = ByteBuffer.allocateDirect(PIECE_BYTES);

  private KernelPool(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  /**
   * Opens a device for contributions.
   *
   * @param path the device; {@link #DEFAULT_PATH} for the kernel's own
   * @return the sink, the caller's to close
   * @throws EntropySourceException if this process may not write there
   */
  public static KernelPool open(Path path) {
    Objects.requireNonNull(path, "path");
    try {
      return new KernelPool(path, FileChannel.open(path, StandardOpenOption.WRITE));
    } catch (IOException e) {
      throw new EntropySourceException(
          Reason.UNAVAILABLE,
          path + " can't be opened for contributions: " + e + "; a writable device is accepted",
          e);
    }
  }

  @Override
  public void mix(ByteBuffer bytes, int index, int length, int creditBits) {
    int at = index;
    int left = length;
    try {
      while (left > 0) {
        int part = Math.min(left, PIECE_BYTES);
        piece.clear().put(0, bytes, at, part).limit(part);
        while (piece.hasRemaining()) {
          channel.write(piece);
        }
        at += part;
        left -= part;
      }
    } catch (IOException e) {
      throw new EntropySourceException(
          Reason.UNAVAILABLE, "contributing to " + path + " failed: " + e.getMessage(), e);
    } finally {
      Wipe.range(piece.clear(), 0, Math.min(length, PIECE_BYTES));
    }
  }

  @Override
  public void close() {
    SourceFiles.closeQuietly(path, channel);
  }

  @Override
  public String toString() {
    return path.toString();
  }
}
