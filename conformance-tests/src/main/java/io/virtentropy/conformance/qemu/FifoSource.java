package io.virtentropy.conformance.qemu;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A FIFO that QEMU's {@code rng-random} reads and a test fills.
 *
 * <p>The test holds both ends open, so QEMU never sees the end of the file: of a regular file's end
 * it makes an endless loop. QEMU reads no more than it wants, what is left stays in the FIFO, and a
 * read that finds less than it wants completes the buffer short.
 */
public final class FifoSource implements AutoCloseable {
  /** What Linux keeps in a FIFO, unless told otherwise. */
  private static final int CAPACITY = 65536;

  private final Path path;
  private final RandomAccessFile file;
  private final FileInputStream end;

  private FifoSource(Path path, RandomAccessFile file) throws IOException {
    this.path = path;
    this.file = file;
    this.end = new FileInputStream(file.getFD());
  }

  /**
   * Makes a FIFO.
   *
   * @param path where nothing is yet
   * @return one that QEMU may open
   * @throws IOException if {@code mkfifo} can't make it
   */
  public static FifoSource make(Path path) throws IOException {
    Process mkfifo =
        new ProcessBuilder("mkfifo", "-m", "600", path.toString())
            .redirectErrorStream(true)
            .start();
    byte[] words = mkfifo.getInputStream().readAllBytes();
    if (!Files.exists(path)) {
      throw new IOException(
          "mkfifo " + path + ": " + new String(words, StandardCharsets.UTF_8).strip());
    }
    // Read and write, which on Linux waits for nobody.
    return new FifoSource(path, new RandomAccessFile(path.toFile(), "rw"));
  }

  /**
   * Where QEMU is to read.
   *
   * @return the FIFO's path
   */
  public Path path() {
    return path;
  }

  /**
   * Puts bytes into the FIFO.
   *
   * @param bytes with what is unread already, at most 65536
   * @throws IllegalArgumentException if they don't fit, since that would wait for QEMU
   */
  public void put(byte[] bytes) {
    int unread = unread();
    if (bytes.length > CAPACITY - unread) {
      throw new IllegalArgumentException(
          bytes.length + " bytes behind " + unread + " unread ones; a FIFO holds " + CAPACITY);
    }
    try {
      file.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * What QEMU hasn't read yet.
   *
   * @return how many bytes
   */
  public int unread() {
    try {
      return end.available();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    try (file;
        end) {
      Files.deleteIfExists(path);
    }
  }
}
