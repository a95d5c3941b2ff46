package io.virtentropy.conformance.egd;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.HexFormat;
import java.util.function.Supplier;

/** A client's end of a connection. Everything that is awaited is awaited for a limited time. */
final class EgdLine implements AutoCloseable {
  private final SocketChannel channel;
  private final Selector selector;
  private final SelectionKey key;
  private final Duration patience;

  EgdLine(SocketChannel channel, Duration patience) throws IOException {
    this.channel = channel;
    this.patience = patience;
    this.selector = Selector.open();
    channel.configureBlocking(false);
    this.key = channel.register(selector, 0);
  }

  void send(byte[] bytes) throws IOException {
    long deadline = deadline();
    ByteBuffer out = ByteBuffer.wrap(bytes);
    while (out.hasRemaining()) {
      if (channel.write(out) == 0) {
        await(
            SelectionKey.OP_WRITE,
            deadline,
            () -> "the server has not taken " + HexFormat.of().formatHex(bytes));
      }
    }
  }

  void halfClose() throws IOException {
    channel.shutdownOutput();
  }

  /** Receives so many bytes and no more. */
  byte[] receive(int count, String what) throws IOException {
    long deadline = deadline();
    ByteBuffer in = ByteBuffer.allocate(count);
    while (in.hasRemaining()) {
      int read = channel.read(in);
      if (read < 0) {
        throw new AssertionError("the server has closed the connection; " + awaited(in, what));
      }
      if (read == 0) {
        await(SelectionKey.OP_READ, deadline, () -> "nothing more comes; " + awaited(in, what));
      }
    }
    return in.array();
  }

  private static String awaited(ByteBuffer in, String what) {
    byte[] got = new byte[in.position()];
    in.get(0, got);
    return "awaited: "
        + what
        + ", "
        + in.capacity()
        + " bytes, of which "
        + got.length
        + " came: "
        + HexFormat.of().formatHex(got);
  }

  /** Waits until the server has closed the connection, and sees that nothing comes before. */
  void receiveEnd() throws IOException {
    long deadline = deadline();
    ByteBuffer in = ByteBuffer.allocate(1);
    int read = receive(in);
    while (read == 0) {
      await(SelectionKey.OP_READ, deadline, () -> "the server does not close the connection");
      read = receive(in);
    }
    if (read > 0) {
      throw new AssertionError(
          "the server sends a byte that nobody has asked for, "
              + in.get(0)
              + ", instead of closing");
    }
  }

  /** A server that closes without having read everything resets the connection. */
  private int receive(ByteBuffer in) {
    try {
      return channel.read(in);
    } catch (IOException e) {
      return -1;
    }
  }

  private long deadline() {
    return System.nanoTime() + patience.toNanos();
  }

  private void await(int operation, long deadline, Supplier<String> otherwise) throws IOException {
    long left = deadline - System.nanoTime();
    if (left <= 0) {
      throw new AssertionError(otherwise.get() + " (after " + patience.toSeconds() + " s)");
    }
    key.interestOps(operation);
    selector.select(1 + left / 1_000_000);
    selector.selectedKeys().clear();
  }

  /** Gives the connection back, in blocking mode, instead of closing it. */
  SocketChannel release() throws IOException {
    selector.close();
    channel.configureBlocking(true);
    return channel;
  }

  @Override
  public void close() throws IOException {
    selector.close();
    channel.close();
  }
}
