package io.virtentropy.conformance.qemu;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * Lines over a socket, each read waited for up to a deadline. One thread at a time.
 *
 * <p>After a failure the state of the conversation is unknown, so every later call fails too.
 */
final class LineSocket implements AutoCloseable {
  private static final int FIRST_CAPACITY = 8192;

  /** After this the other side counts as slow. */
  private static final long PATIENCE_MILLIS = 100;

  private final SocketChannel channel;
  private final Selector selector;
  private final SelectionKey key;
  private Duration deadline;
  private final Supplier<String> lastWords;

  /** Filled to its position; bytes before {@link #scanned} hold no line feed. */
  private ByteBuffer in = ByteBuffer.allocate(FIRST_CAPACITY);

  private int start;
  private int scanned;
  private String broken;
  private Runnable whileWaiting = () -> {};

  /**
   * Takes over a socket.
   *
   * @param lastWords what is added to messages about failures
   */
  LineSocket(SocketChannel channel, Duration deadline, Supplier<String> lastWords)
      throws IOException {
    this.channel = channel;
    this.deadline = deadline;
    this.lastWords = lastWords;
    channel.configureBlocking(false);
    this.selector = Selector.open();
    this.key = channel.register(selector, 0);
  }

  /** Sets how long an answer is waited for from now on. */
  void answerWithin(Duration time) {
    deadline = time;
  }

  /**
   * Has something done from time to time while the other side is slow: it may be waiting for this
   * thread to read from somewhere else.
   */
  void whileWaiting(Runnable task) {
    whileWaiting = task;
  }

  void writeLine(String line) {
    requireWhole();
    ByteBuffer out = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.US_ASCII));
    long end = System.nanoTime() + deadline.toNanos();
    try {
      channel.write(out);
      while (out.hasRemaining()) {
        await(SelectionKey.OP_WRITE, end, "take a command");
        channel.write(out);
      }
    } catch (IOException e) {
      throw gone(e);
    }
  }

  /** The next line, without its end. */
  String readLine() {
    requireWhole();
    long end = System.nanoTime() + deadline.toNanos();
    while (true) {
      String line = bufferedLine();
      if (line != null) {
        return line;
      }
      try {
        if (!fill()) {
          await(SelectionKey.OP_READ, end, "answer");
        }
      } catch (IOException e) {
        throw gone(e);
      }
    }
  }

  private String bufferedLine() {
    for (; scanned < in.position(); scanned++) {
      if (in.get(scanned) == '\n') {
        int length = scanned - start;
        if (length > 0 && in.get(scanned - 1) == '\r') {
          length--;
        }
        String line = new String(in.array(), start, length, StandardCharsets.UTF_8);
        scanned++;
        start = scanned;
        if (start == in.position()) {
          in.clear();
          start = 0;
          scanned = 0;
        }
        return line;
      }
    }
    return null;
  }

  /** Reads what is there; false if nothing is. */
  private boolean fill() throws IOException {
    if (!in.hasRemaining()) {
      int kept = in.position() - start;
      ByteBuffer larger = start > 0 ? in : ByteBuffer.allocate(2 * in.capacity());
      System.arraycopy(in.array(), start, larger.array(), 0, kept);
      larger.clear().position(kept);
      in = larger;
      scanned -= start;
      start = 0;
    }
    int count = channel.read(in);
    if (count < 0) {
      throw new IOException("it closed the socket");
    }
    return count > 0;
  }

  private void await(int operation, long end, String what) throws IOException {
    key.interestOps(operation);
    long left = end - System.nanoTime();
    // Once at least, however late it is: it may be this side that was slow.
    if (selector.select(Math.max(1, Math.min(left / 1_000_000, PATIENCE_MILLIS))) == 0) {
      whileWaiting.run();
    }
    selector.selectedKeys().clear();
    if (Thread.currentThread().isInterrupted()) {
      throw new InterruptedIOException("the thread was interrupted");
    }
    // What has come is taken however late, for the same reason.
    if (end - System.nanoTime() <= 0 && selector.selectNow() == 0) {
      broken = "QEMU did not " + what + " within " + deadline.toMillis() + " ms";
      throw new QemuSilentException(broken + lastWords.get());
    }
    selector.selectedKeys().clear();
  }

  private void requireWhole() {
    if (broken != null) {
      throw new QemuGoneException("nothing more can be asked, because before, " + broken);
    }
  }

  private QemuGoneException gone(IOException e) {
    broken = "QEMU is gone: " + e.getMessage();
    return new QemuGoneException(broken + lastWords.get(), e);
  }

  @Override
  public void close() throws IOException {
    if (broken == null) {
      broken = "it was closed";
    }
    try (selector) {
      channel.close();
    }
  }
}
