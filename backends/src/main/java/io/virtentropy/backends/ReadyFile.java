package io.virtentropy.backends;

import java.io.FileInputStream;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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

  private static final int OPEN = 0;
  private static final int FILLING = 1;

  /** Closed by another thread while a fill was under way; that fill puts things away. */
  private static final int CLOSING = 2;

  private static final int CLOSED = 3;

  private static final VarHandle STATE;

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(ReadyFile.class, "state", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final String name;
  private final Path path;
  private final FileInputStream in;
  private final byte[] block = new byte[BLOCK];
  private int next;
  private int end;

  @SuppressWarnings("unused") // through STATE
  private volatile int state;

  ReadyFile(Path path) {
    this("random:" + path, path);
  }

  /** The same under another name, as which an operator knows it. */
  ReadyFile(String name, Path path) {
    this.name = name;
    this.path = path;
    this.in = open(path);
  }

  private static FileInputStream open(Path path) {
    try {
      return new FileInputStream(path.toFile());
    } catch (IOException e) {
      throw SourceFiles.openFailed(path, typed(path, e));
    }
  }

  /** A stream says only in words what is wrong with a file; a channel has a type for it. */
  private static IOException typed(Path path, IOException e) {
    try {
      FileChannel.open(path, StandardOpenOption.READ).close();
      return e;
    } catch (IOException typed) {
      return typed;
    }
  }

  @Override
  public int fill(ByteBuffer target, int index, int length) {
    // Close may be called by any thread. Wiping the block under a fill would hand out the zeros,
    // and closing the descriptor would have it read whatever file gets that number next.
    if (!STATE.compareAndSet(this, OPEN, FILLING)) {
      if ((int) STATE.getAcquire(this) == FILLING) {
        throw new IllegalStateException("the source " + path + " is being filled from already");
      }
      throw SourceFiles.closed(path);
    }
    try {
      return copy(target, index, length);
    } finally {
      if (!STATE.compareAndSet(this, FILLING, OPEN)) {
        putAway();
      }
    }
  }

  private int copy(ByteBuffer target, int index, int length) {
    int done = 0;
    while (done < length) {
      if (next == end && !refill(done > 0)) {
        break;
      }
      int from = next;
      int part = Math.min(length - done, end - from);
      // Used up before they are written: a target that fails half-way must not get them again.
      next = from + part;
      try {
        target.put(index + done, block, from, part);
      } finally {
        Arrays.fill(block, from, from + part, (byte) 0);
      }
      done += part;
    }
    return done;
  }

  /** Reads the next block; false if there is none but bytes of an earlier one were delivered. */
  private boolean refill(boolean haveSome) {
    int n;
    try {
      n = in.read(block, 0, BLOCK);
    } catch (IOException e) {
      if (haveSome) {
        return false; // they were delivered; the next fill meets the failure again
      }
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
    while (true) {
      switch ((int) STATE.getAcquire(this)) {
        case OPEN -> {
          if (STATE.compareAndSet(this, OPEN, CLOSED)) {
            putAway();
            return;
          }
        }
        case FILLING -> {
          if (STATE.compareAndSet(this, FILLING, CLOSING)) {
            return;
          }
        }
        default -> {
          return;
        }
      }
    }
  }

  private void putAway() {
    STATE.setVolatile(this, CLOSED);
    next = 0;
    end = 0;
    Arrays.fill(block, (byte) 0);
    SourceFiles.closeQuietly(path, in);
  }

  @Override
  public String toString() {
    return name;
  }
}
