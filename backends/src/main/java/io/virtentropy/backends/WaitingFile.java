package io.virtentropy.backends;

import io.virtentropy.backends.EntropySourceException.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
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
 * been cancelled in the meantime, the next one gets them.
 */
final class WaitingFile implements EntropyBackend {
  /** The most that one read asks for: what one request of a device asks for at the most. */
  private static final int STAGING = 65_536;

  private final Path path;
  private final Set<StandardOpenOption> options;
  private final ArrayDeque<EntropyRequest> waiting = new ArrayDeque<>();
  private final Thread reader;
  private FileChannel channel;
  private boolean closed;

  WaitingFile(Path path, boolean pipe, ThreadFactory threads) {
    this.path = path;
    // A pipe is opened for writing too where that is allowed: opening then does not wait for a
    // writer, and a writer that comes and goes is not the end of the source.
    this.options =
        pipe && path.toFile().canWrite()
            ? Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE)
            : Set.of(StandardOpenOption.READ);
    this.reader = threads.newThread(this::run);
    reader.start();
  }

  @Override
  public int fill(ByteBuffer target, int index, int length) {
    return 0;
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
    request.fail(closedFailure());
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
    ByteBuffer staging = ByteBuffer.allocateDirect(STAGING);
    while (true) {
      int wanted = awaitRequest();
      if (wanted == 0) {
        break;
      }
      try {
        staging.clear().limit(Math.min(wanted, STAGING));
        int n = open().read(staging);
        if (n <= 0) {
          throw SourceFiles.ended(path);
        }
        handOut(staging.flip());
      } catch (IOException e) {
        discardChannel();
        failFirst(isClosed() ? closedFailure() : SourceFiles.readFailed(path, e));
      } catch (EntropySourceException e) {
        failFirst(e);
      } finally {
        Wipe.range(staging.clear(), 0, STAGING);
      }
    }
    discardChannel();
    EntropyRequest request;
    while ((request = takeFirst()) != null) {
      request.fail(closedFailure());
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

  private FileChannel open() throws IOException {
    synchronized (waiting) {
      if (channel != null) {
        return channel;
      }
    }
    FileChannel opened = FileChannel.open(path, options);
    synchronized (waiting) {
      if (!closed) {
        channel = opened;
        return opened;
      }
    }
    opened.close();
    throw closedFailure();
  }

  private void handOut(ByteBuffer staging) {
    EntropyRequest request;
    while (staging.hasRemaining() && (request = takeFirst()) != null) {
      if (request.claim()) {
        int part = Math.min(request.length(), staging.remaining());
        request.target().put(0, staging, staging.position(), part);
        staging.position(staging.position() + part);
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

  private boolean isClosed() {
    synchronized (waiting) {
      return closed;
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
    if (old == null) {
      return;
    }
    try {
      old.close();
    } catch (IOException e) {
      // Nothing was written, so nothing is lost; the descriptor is gone either way.
      System.getLogger(WaitingFile.class.getName())
          .log(System.Logger.Level.DEBUG, "closing {0}: {1}", path, e.getMessage());
    }
  }

  private EntropySourceException closedFailure() {
    return new EntropySourceException(Reason.CLOSED, "the source " + path + " has been closed");
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
    // Closing the channel ends a read that waits.
    closeQuietly(blocked);
  }

  @Override
  public String toString() {
    return "random:" + path;
  }
}
