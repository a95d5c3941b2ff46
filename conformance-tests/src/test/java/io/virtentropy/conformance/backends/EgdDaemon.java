package io.virtentropy.conformance.backends;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.virtentropy.backends.egd.protocol.EgdRequestDecoder;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.function.IntFunction;

/**
 * A daemon that hands out bytes of a known stream as far as it has been supplied with them, to
 * whoever connected last. What it sent on a connection that has ended may not have been received,
 * so that many more are handed out on the next.
 */
final class EgdDaemon implements AutoCloseable {
  private final Selector selector;
  private final ServerSocketChannel server;
  private final IntFunction<byte[]> stream;
  private final ByteBuffer in = ByteBuffer.allocate(4096);
  private final Thread thread;

  /** Guarded by this. */
  private int credit;

  private SocketChannel connection;
  private EgdRequestDecoder decoder = new EgdRequestDecoder();
  private ByteBuf commands = Unpooled.buffer();
  private int owed;
  private int sent;
  private int next;

  /**
   * Listens.
   *
   * @param stream gives the first bytes of it
   */
  EgdDaemon(ServerSocketChannel server, IntFunction<byte[]> stream) throws IOException {
    this.server = server;
    this.stream = stream;
    this.selector = Selector.open();
    server.configureBlocking(false);
    server.register(selector, SelectionKey.OP_ACCEPT);
    thread = new Thread(this::run, "egd-daemon");
    thread.setDaemon(true);
    thread.start();
  }

  SocketAddress address() throws IOException {
    return server.getLocalAddress();
  }

  void supply(int bytes) {
    synchronized (this) {
      credit += bytes;
    }
    selector.wakeup();
  }

  private synchronized int take(int most) {
    int part = Math.min(credit, most);
    credit -= part;
    return part;
  }

  private synchronized void putBack(int bytes) {
    credit += bytes;
  }

  private void run() {
    try {
      while (selector.isOpen()) {
        selector.select();
        if (!selector.isOpen()) {
          return;
        }
        selector.selectedKeys().clear();
        turn();
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private void turn() throws IOException {
    SocketChannel accepted = server.accept();
    if (accepted != null) {
      end();
      accepted.configureBlocking(false);
      accepted.register(selector, SelectionKey.OP_READ);
      connection = accepted;
    }
    if (connection == null) {
      return;
    }
    try {
      int n;
      while ((n = connection.read(in.clear())) > 0) {
        commands.writeBytes(in.flip());
      }
      while (decoder.next(commands) == EgdRequestDecoder.Item.BLOCKING_READ) {
        owed += decoder.count();
      }
      if (n < 0) {
        end();
        return;
      }
      answer();
    } catch (IOException e) {
      end(); // the client has gone while it was answered
    }
  }

  private void answer() throws IOException {
    int part = take(owed);
    if (part > 0) {
      ByteBuffer bytes =
          ByteBuffer.wrap(Arrays.copyOfRange(stream.apply(next + part), next, next + part));
      next += part;
      owed -= part;
      sent += part;
      while (bytes.hasRemaining()) {
        int unused = connection.write(bytes);
      }
    }
  }

  private void end() throws IOException {
    if (connection != null) {
      connection.close();
      connection = null;
    }
    putBack(sent);
    sent = 0;
    owed = 0;
    decoder = new EgdRequestDecoder();
    commands = Unpooled.buffer();
  }

  @Override
  public void close() throws IOException {
    selector.close();
    server.close();
    if (connection != null) {
      connection.close();
    }
  }
}
