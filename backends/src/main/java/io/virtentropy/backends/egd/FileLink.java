package io.virtentropy.backends.egd;

import io.netty.buffer.ByteBuf;
import io.virtentropy.backends.Wipe;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/**
 * A pair of files whose reads and writes wait. One thread reads, never more than is due; one
 * writes; the loop's thread only exchanges bytes with them.
 */
final class FileLink implements Link {
  private static final int CAPACITY = 1 << 13;

  private final EgdLoop loop;
  private final Runnable ready;
  private final Object lock = new Object();

  /** What has been read, from 0 to its position. Guarded by the lock, like all below. */
  private final ByteBuffer arrived = ByteBuffer.allocateDirect(CAPACITY);

  /** What is to be written, from 0 to its position. */
  private final ByteBuffer unsent = ByteBuffer.allocateDirect(CAPACITY);

  private FileChannel replies;
  private FileChannel requests;

  /** How many bytes the reader may read now. */
  private int credit;

  private IOException failure;
  private boolean closed;

  FileLink(EgdLoop loop, LinkEvents events) {
    this.loop = loop;
    this.ready = events::ready;
  }

  // ---- the reading and the writing thread

  void opened(FileChannel from, FileChannel to) {
    boolean late;
    synchronized (lock) {
      replies = from;
      requests = to;
      late = closed;
    }
    if (late) {
      closeChannels();
    }
  }

  void startWriting() {
    Thread writer = loop.threads().newThread(this::write);
    if (writer == null) {
      fail(new IOException("no thread to write in"));
    } else {
      writer.start();
    }
  }

  /** Reads as long as the link lives. */
  void read() {
    ByteBuffer staging = ByteBuffer.allocateDirect(CAPACITY);
    try {
      while (awaitCredit(staging)) {
        int n = replies.read(staging);
        if (n <= 0) {
          throw new IOException("the other side hung up");
        }
        hand(staging);
      }
    } catch (IOException e) {
      fail(e);
    } finally {
      Wipe.range(staging.clear(), 0, CAPACITY);
    }
  }

  private boolean awaitCredit(ByteBuffer staging) {
    synchronized (lock) {
      while (!closed && (credit == 0 || arrived.position() > 0)) {
        await();
      }
      staging.clear().limit(Math.min(credit, CAPACITY));
      return !closed;
    }
  }

  private void hand(ByteBuffer staging) {
    synchronized (lock) {
      if (!closed) {
        credit = Math.max(0, credit - staging.position());
        arrived.put(staging.flip());
      }
    }
    Wipe.range(staging.clear(), 0, CAPACITY);
    loop.execute(ready);
  }

  private void write() {
    ByteBuffer staging = ByteBuffer.allocateDirect(CAPACITY);
    try {
      while (awaitUnsent(staging)) {
        while (staging.hasRemaining()) {
          int unused = requests.write(staging);
        }
      }
    } catch (IOException e) {
      fail(e);
    }
  }

  private boolean awaitUnsent(ByteBuffer staging) {
    synchronized (lock) {
      while (!closed && unsent.position() == 0) {
        await();
      }
      staging.clear().put(unsent.flip()).flip();
      unsent.clear();
      return !closed;
    }
  }

  /** These threads are the link's own: who wants to end them closes it. */
  @SuppressWarnings("WaitNotInLoop") // the callers loop
  private void await() {
    try {
      lock.wait();
    } catch (InterruptedException e) {
      System.getLogger(EgdBackend.class.getName())
          .log(System.Logger.Level.DEBUG, "an egd source's thread was interrupted, and goes on");
    }
  }

  private void fail(IOException e) {
    synchronized (lock) {
      if (closed) {
        return; // that is what ended it
      }
      failure = e;
    }
    loop.execute(ready);
  }

  // ---- the loop's thread

  @Override
  public int read(ByteBuf in, int most) throws IOException {
    synchronized (lock) {
      int count = arrived.position();
      int part = Math.min(most, count);
      if (part == 0 && failure != null) {
        throw failure;
      }
      arrived.flip().limit(part);
      in.writeBytes(arrived);
      arrived.limit(count).compact();
      Wipe.range(arrived, count - part, part); // what compacting left behind
      lock.notifyAll();
      return part;
    }
  }

  @Override
  public void write(ByteBuf out) {
    synchronized (lock) {
      int part = Math.min(out.readableBytes(), unsent.remaining());
      int end = unsent.limit();
      unsent.limit(unsent.position() + part);
      out.readBytes(unsent);
      unsent.limit(end);
      lock.notifyAll();
    }
  }

  @Override
  public void want(int bytes, boolean room) {
    synchronized (lock) {
      credit = bytes;
      lock.notifyAll();
    }
  }

  @Override
  public boolean endsWhatIsOwed() {
    return false;
  }

  @Override
  public void close() {
    synchronized (lock) {
      if (closed) {
        return;
      }
      closed = true;
      Wipe.range(arrived.clear(), 0, CAPACITY);
      Wipe.range(unsent.clear(), 0, CAPACITY);
      lock.notifyAll();
    }
    closeChannels();
  }

  private void closeChannels() {
    FileChannel from;
    FileChannel to;
    synchronized (lock) {
      from = replies;
      to = requests;
    }
    // Closing ends a read or write that waits.
    if (from != null) {
      Sockets.closeQuietly(from);
    }
    if (to != null) {
      Sockets.closeQuietly(to);
    }
  }
}
