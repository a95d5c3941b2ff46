package io.virtentropy.backends;

import io.virtentropy.backends.EntropySourceException.Reason;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Set;
import java.util.concurrent.ThreadFactory;

/**
 * A device whose reads may wait, such as a hardware generator, or a named pipe. A thread of its own
 * waits; it reads only while requests are there and never more than the first of them wants, so
 * that a slow device is not drained for nobody.
 *
 * <p>Bytes go through a staging buffer of the thread's: when the request they were read for has
 * been cancelled in the meantime, the next one gets them, whenever it comes. Every byte is wiped
 * there as it is handed out, and all of them when the source is closed.
 */
final class WaitingFile implements EntropyBackend {
  /** The most that one read asks for: what one request of a device asks for at the most. */
  private static final int STAGING = 65_536;

  private static final System.Logger LOG = System.getLogger(WaitingFile.class.getName());

  private final Path path;
  private final boolean pipe;
  private final double noiseBitsPerByte;
  private final Set<StandardOpenOption> options;
  private final ArrayDeque<EntropyRequest> waiting = new ArrayDeque<>();
  private FileChannel channel;
  private boolean closed;

  WaitingFile(Path path, boolean pipe, double noiseBitsPerByte, ThreadFactory threads) {
    this.path = path;
    this.pipe = pipe;
    this.noiseBitsPerByte = noiseBitsPerByte;
    // A pipe is opened for writing too where that is allowed: opening then does not wait for a
    // writer, and a writer that comes and goes is not the end of the source.
    this.options =
        pipe && path.toFile().canWrite()
            ? Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE)
            : Set.of(StandardOpenOption.READ);
    Thread reader = threads.newThread(this::run);
    if (reader == null) {
      throw new EntropySourceException(
          Reason.UNAVAILABLE, "the source " + path + " was given no thread to wait in");
    }
    reader.start();
  }

  @Override
  public int fill(ByteBuffer target, int index, int length) {
    return 0;
  }

  @Override
  public double noiseBitsPerByte() {
    return noiseBitsPerByte;
  }

  @Override
  public void submit(EntropyRequest request) {
    synchronized (waiting) {
      if (!closed) {
        waiting.addLast(request);
        waiting.notifyAll();
        return;
      }
    }
    request.fail(SourceFiles.closed(path));
  }

  @Override
  public void cancel(EntropyRequest request) {
    synchronized (waiting) {
      if (!waiting.remove(request)) {
        return;
      }
    }
    request.forget();
  }

  private void run() {
    try {
      ByteBuffer staging = ByteBuffer.allocateDirect(STAGING).limit(0);
      try {
        int wanted;
        while ((wanted = awaitRequest()) > 0) {
          serve(staging, Math.min(wanted, STAGING));
        }
      } finally {
        Wipe.range(staging.clear(), 0, STAGING);
      }
    } finally {
      // Also if this thread dies of an error: nobody must wait for it then.
      close();
    }
  }

  /** Waits for a request and says how many bytes the first one wants; 0 if the source is closed. */
  private int awaitRequest() {
    synchronized (waiting) {
      while (waiting.isEmpty() && !closed) {
        try {
          waiting.wait();
        } catch (InterruptedException e) {
          // The thread is this source's own; only close() ends it, so it goes on waiting.
        }
      }
      return closed ? 0 : waiting.getFirst().length();
    }
  }

  /** Hands out what an earlier request left or, if that is nothing, what one read brings. */
  private void serve(ByteBuffer staging, int wanted) {
    try {
      if (!staging.hasRemaining()) {
        read(staging, wanted);
      }
      handOut(staging);
    } catch (ClosedByInterruptException e) {
      // Somebody interrupted a thread that is not theirs, which costs the channel and nothing else.
      LOG.log(
          Level.DEBUG, "{0}: interrupted ({1}), to be opened again", path, Thread.interrupted());
      discardChannel();
    } catch (IOException e) {
      discardChannel();
      failFirst(SourceFiles.readFailed(path, e));
    } catch (EntropySourceException e) {
      failFirst(e);
    } catch (RuntimeException e) {
      LOG.log(Level.ERROR, "serving a request from " + path, e);
      failFirst(
          new EntropySourceException(
              Reason.UNAVAILABLE, "reading the source " + path + " failed: " + e, e));
    }
  }

  private void read(ByteBuffer staging, int wanted) throws IOException {
    FileChannel from = channel();
    int n;
    staging.clear().limit(wanted);
    try {
      n = from.read(staging);
    } finally {
      staging.flip(); // a read that is interrupted late throws and has bytes all the same
    }
    if (n <= 0) {
      atEnd();
    }
  }

  /** The last writer of a pipe has gone, or a device has hung up: the descriptor is spent. */
  private void atEnd() {
    if (pipe) {
      openNew(); // waits for the next writer
    } else {
      discardChannel();
      throw SourceFiles.hungUp(path);
    }
  }

  private FileChannel channel() {
    synchronized (waiting) {
      if (channel != null) {
        return channel;
      }
    }
    return openNew();
  }

  private FileChannel openNew() {
    FileChannel opened;
    try {
      opened = FileChannel.open(path, options);
    } catch (IOException e) {
      throw SourceFiles.openFailed(path, e);
    }
    FileChannel spent;
    synchronized (waiting) {
      if (closed) {
        spent = opened;
      } else {
        // Closed only now: while a pipe has a reader, what a new writer writes is kept.
        spent = channel;
        channel = opened;
      }
    }
    closeQuietly(spent);
    if (spent == opened) {
      throw SourceFiles.closed(path);
    }
    return opened;
  }

  private void handOut(ByteBuffer staging) {
    EntropyRequest request;
    while (staging.hasRemaining() && (request = takeFirst()) != null) {
      if (request.claim()) {
        int from = staging.position();
        int part = Math.min(request.length(), staging.remaining());
        request.target().put(0, staging, from, part);
        Wipe.range(staging, from, part);
        staging.position(from + part);
        request.complete(part);
      }
    }
  }

  private void failFirst(EntropySourceException cause) {
    EntropyRequest request = takeFirst();
    if (request != null) {
      request.fail(cause);
    }
  }

  private EntropyRequest takeFirst() {
    synchronized (waiting) {
      return waiting.pollFirst();
    }
  }

  private void discardChannel() {
    FileChannel old;
    synchronized (waiting) {
      old = channel;
      channel = null;
    }
    closeQuietly(old);
  }

  private void closeQuietly(FileChannel old) {
    if (old != null) {
      SourceFiles.closeQuietly(path, old);
    }
  }

  @Override
  public void close() {
    FileChannel blocked;
    synchronized (waiting) {
      if (closed) {
        return;
      }
      closed = true;
      blocked = channel;
      channel = null;
      waiting.notifyAll();
    }
    // Not left to the reader, which may be waiting where nothing can reach it: in the opening of a
    // pipe that may not be written to.
    EntropyRequest request;
    while ((request = takeFirst()) != null) {
      request.fail(SourceFiles.closed(path));
    }
    // Closing the channel ends a read that waits.
    closeQuietly(blocked);
  }

  @Override
  public String toString() {
    return "random:" + path;
  }
}
