package io.virtentropy.backends;

import io.virtentropy.backends.EntropySourceException.Reason;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * A file whose reads never wait: the kernel's generator, or a regular file. Read in blocks, because
 * a system call for every 64 bytes would cost four times what the bytes do.
 *
 * <p>A stream rather than a channel: an interrupt of the thread that happens to serve a guest must
 * not close the source, as it would close a channel.
 */
final class ReadyFile implements EntropyBackend {
  /** Large enough to make the system call cheap, small enough that a refill is not felt. */
  private static final int BLOCK = 4096;

  private final String name;
  private final Path path;
  private final FileInputStream in;
  private final byte[] block = new byte[BLOCK];
  private int next;
  private int end;
  private boolean closed;

  ReadyFile(String name, Path path) {
    this.name = name;
    this.path = path;
    try {
      this.in = new FileInputStream(path.toFile());
    } catch (IOException e) {
      throw SourceFiles.openFailed(path, e);
    }
  }

  @Override
  public int fill(ByteBuffer target, int index, int length) {
    int done = 0;
    while (done < length) {
      if (next == end && !refill(done > 0)) {
        break;
      }
      int part = Math.min(length - done, end - next);
      target.put(index + done, block, next, part);
      Arrays.fill(block, next, next + part, (byte) 0);
      next += part;
      done += part;
    }
    return done;
  }

  /** Reads the next block; false if there is none but bytes of an earlier one were delivered. */
  private boolean refill(boolean haveSome) {
    if (closed) {
      throw new EntropySourceException(Reason.CLOSED, "the source " + path + " has been closed");
    }
    int n;
    try {
      n = in.read(block, 0, BLOCK);
    } catch (IOException e) {
      throw SourceFiles.readFailed(path, e);
    }
    if (n > 0) {
      next = 0;
      end = n;
      return true;
    }
    if (haveSome) {
      return false;
    }
    throw SourceFiles.ended(path);
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    next = 0;
    end = 0;
    Arrays.fill(block, (byte) 0);
    try {
      in.close();
    } catch (IOException e) {
      throw SourceFiles.readFailed(path, e);
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
