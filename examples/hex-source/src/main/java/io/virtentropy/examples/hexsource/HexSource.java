package io.virtentropy.examples.hexsource;

import io.virtentropy.backends.EntropyBackend;
import io.virtentropy.backends.EntropyRequest;
import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.backends.EntropySourceException.Reason;
import io.virtentropy.backends.Wipe;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;

/**
 * A device that prints its random bytes as pairs of hexadecimal digits, as many a kit on a serial
 * line does; spaces and line ends mean nothing.
 *
 * <p>Reading may wait, so a thread of the source's own reads, and only while requests wait: a slow
 * device is not drained for nobody. {@code fill} gives what was read beyond a request and 0 if that
 * is nothing. After anything that is no hexadecimal digit, or the end of the file, one request
 * fails and the next one opens the file anew. Opening a pipe that nobody writes to waits, and
 * {@code close} does not end that.
 */
final class HexSource implements EntropyBackend {
  /** The digits read at once: a request of a guest's is 64 bytes. */
  private static final int CHUNK = 128;

  /** No digit has been read that waits for its second one. */
  private static final int NONE = -1;

  private final Path path;
  private final ArrayDeque<EntropyRequest> waiting = new ArrayDeque<>();

  /** Bytes read and not delivered, from position to limit; guarded by {@link #waiting}. */
  private final ByteBuffer decoded = ByteBuffer.allocateDirect(CHUNK).limit(0);

  /** Used by the thread alone. */
  private final ByteBuffer digits = ByteBuffer.allocateDirect(CHUNK);

  private int firstDigit = NONE;
  private FileChannel channel;
  private boolean closed;

  private HexSource(Path path) {
    this.path = path;
  }

  static EntropyBackend open(Path path) {
    if (!Files.isReadable(path)) {
      throw new EntropySourceException(
          Reason.NOT_FOUND, "the source " + path + " can't be read; a readable file is accepted");
    }
    HexSource source = new HexSource(path);
    Thread thread = new Thread(source::run, "hex-source " + path);
    thread.setDaemon(true);
    thread.start();
    return source;
  }

  @Override
  public int fill(ByteBuffer target, int index, int length) {
    synchronized (waiting) {
      if (closed) {
        throw closed();
      }
      return waiting.isEmpty() ? take(target, index, length) : 0;
    }
  }

  /** Hands out decoded bytes, and wipes them here: nobody gets them a second time. */
  private int take(ByteBuffer target, int index, int length) {
    int from = decoded.position();
    int n = Math.min(length, decoded.remaining());
    decoded.position(from + n);
    try {
      target.put(index, decoded, from, n);
    } finally {
      Wipe.range(decoded, from, n);
    }
    return n;
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
    request.fail(closed());
  }

  @Override
  public void cancel(EntropyRequest request) {
    synchronized (waiting) {
      if (!waiting.remove(request)) {
        return; // it is being served, or was
      }
    }
    request.forget();
  }

  private void run() {
    try {
      while (awaitRequest()) {
        try {
          serve();
        } catch (IOException e) {
          failFirst(
              new EntropySourceException(
                  Reason.IO_ERROR, "reading the source " + path + " failed: " + e.getMessage(), e));
        } catch (EntropySourceException e) {
          failFirst(e);
        }
      }
    } finally {
      close(); // nobody must wait for a thread that has died
      Wipe.range(digits.clear(), 0, CHUNK);
      firstDigit = NONE;
    }
  }

  private boolean awaitRequest() {
    synchronized (waiting) {
      while (waiting.isEmpty() && !closed) {
        try {
          waiting.wait();
        } catch (InterruptedException e) {
          return false; // whoever interrupts this thread wants the source to end
        }
      }
      return !closed;
    }
  }

  private void serve() throws IOException {
    boolean empty;
    synchronized (waiting) {
      empty = !decoded.hasRemaining();
    }
    if (empty) {
      read();
    }
    deliver();
  }

  private void read() throws IOException {
    FileChannel from = channel();
    digits.clear();
    int n = from.read(digits); // outside of any lock: this is where it waits
    try {
      if (n < 0) {
        firstDigit = NONE;
        discardChannel();
        throw new EntropySourceException(
            Reason.END_OF_FILE, "the source " + path + " has come to its end");
      }
      decode(digits.flip());
    } finally {
      Wipe.range(digits.clear(), 0, CHUNK);
    }
  }

  private void decode(ByteBuffer text) throws IOException {
    synchronized (waiting) {
      decoded.clear();
      while (text.hasRemaining()) {
        int c = text.get();
        int digit = Character.digit(c, 16);
        if (digit >= 0) {
          if (firstDigit == NONE) {
            firstDigit = digit;
          } else {
            decoded.put((byte) (firstDigit << 4 | digit));
            firstDigit = NONE;
          }
        } else if (!Character.isWhitespace(c)) {
          Wipe.range(decoded.clear(), 0, CHUNK);
          decoded.limit(0);
          firstDigit = NONE;
          discardChannel();
          // The character itself is not shown: it may be what the source delivers.
          throw new EntropySourceException(
              Reason.IO_ERROR, "the source " + path + " gave what is no hexadecimal digit");
        }
      }
      decoded.flip();
      if (closed) {
        Wipe.range(decoded.clear(), 0, CHUNK); // closed while this thread was reading
        decoded.limit(0);
      }
    }
  }

  /** Serves requests in their order. A request is claimed before anything is written into it. */
  private void deliver() {
    while (true) {
      EntropyRequest request;
      synchronized (waiting) {
        if (!decoded.hasRemaining()) {
          return;
        }
        request = waiting.pollFirst();
        if (request == null) {
          return;
        }
      }
      if (request.claim()) {
        int n;
        synchronized (waiting) {
          n = take(request.target(), 0, request.length());
        }
        // Outside of the lock: what this wakes may call the source again.
        if (n > 0) {
          request.complete(n);
        } else {
          request.fail(closed());
        }
      }
    }
  }

  private void failFirst(EntropySourceException cause) {
    EntropyRequest first;
    synchronized (waiting) {
      first = waiting.pollFirst();
    }
    if (first != null) {
      first.fail(cause);
    }
  }

  private FileChannel channel() throws IOException {
    synchronized (waiting) {
      if (channel != null) {
        return channel;
      }
    }
    FileChannel opened = FileChannel.open(path, StandardOpenOption.READ);
    synchronized (waiting) {
      if (!closed) {
        channel = opened;
        return opened;
      }
    }
    opened.close();
    throw closed();
  }

  private void discardChannel() throws IOException {
    FileChannel spent;
    synchronized (waiting) {
      spent = channel;
      channel = null;
    }
    if (spent != null) {
      spent.close();
    }
  }

  private EntropySourceException closed() {
    return new EntropySourceException(Reason.CLOSED, "the source " + path + " has been closed");
  }

  @Override
  public void close() {
    ArrayDeque<EntropyRequest> left;
    synchronized (waiting) {
      if (closed) {
        return;
      }
      closed = true;
      left = new ArrayDeque<>(waiting);
      waiting.clear();
      waiting.notifyAll();
      Wipe.range(decoded.clear(), 0, CHUNK);
      decoded.limit(0);
    }
    left.forEach(request -> request.fail(closed()));
    try {
      discardChannel(); // ends a read that waits
    } catch (IOException e) {
      System.getLogger(HexSource.class.getName())
          .log(System.Logger.Level.DEBUG, "closing {0}: {1}", path, e.getMessage());
    }
  }

  @Override
  public String toString() {
    return "hex:" + path;
  }
}
