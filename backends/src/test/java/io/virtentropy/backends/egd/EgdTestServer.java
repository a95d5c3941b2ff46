package io.virtentropy.backends.egd;

import io.virtentropy.backends.Streams;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;

/**
 * A server of EGD in the plainest way: a thread per connection that reads a command, answers it,
 * and reads the next. All connections together give out one stream, {@link Streams#stream}, each
 * byte once.
 */
final class EgdTestServer implements AutoCloseable {
  private static final byte[] STREAM = Streams.stream(4 << 20);

  /** Something to accept connections from, whatever they are. */
  private interface Door extends AutoCloseable {
    Connection accept() throws IOException;

    @Override
    void close() throws IOException;
  }

  private record Connection(InputStream in, OutputStream out, AutoCloseable socket) {}

  private final Door door;
  private final int port;
  private final List<Connection> connections = new ArrayList<>();
  private final AtomicInteger accepted = new AtomicInteger();
  private final AtomicInteger ended = new AtomicInteger();
  private final AtomicInteger handed = new AtomicInteger();
  private final AtomicInteger requested = new AtomicInteger();
  private final CountDownLatch open;

  /** After how many bytes of replies on a connection it is broken off; never if 0. */
  private volatile int breakAfter;

  private EgdTestServer(Door door, int port, boolean silent) {
    this.door = door;
    this.port = port;
    this.open = new CountDownLatch(silent ? 1 : 0);
    start("accept", this::accept);
  }

  static EgdTestServer unix(Path path) throws IOException {
    return unix(path, false);
  }

  /** One that answers nothing until told to. */
  static EgdTestServer silent(Path path) throws IOException {
    return unix(path, true);
  }

  private static EgdTestServer unix(Path path, boolean silent) throws IOException {
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(path), 512);
    return new EgdTestServer(
        new Door() {
          @Override
          public Connection accept() throws IOException {
            return connection(server.accept());
          }

          @Override
          public void close() throws IOException {
            server.close();
            java.nio.file.Files.deleteIfExists(path);
          }
        },
        0,
        silent);
  }

  static EgdTestServer tcp() throws IOException {
    return of(new ServerSocket(0, 512, InetAddress.getLoopbackAddress()));
  }

  /** With certificates on both sides. */
  static EgdTestServer tls(SSLContext context) throws IOException {
    SSLServerSocket socket =
        (SSLServerSocket)
            context
                .getServerSocketFactory()
                .createServerSocket(0, 16, InetAddress.getLoopbackAddress());
    socket.setNeedClientAuth(true);
    return of(socket);
  }

  private static EgdTestServer of(ServerSocket server) {
    return new EgdTestServer(
        new Door() {
          @Override
          public Connection accept() throws IOException {
            return connection(server.accept());
          }

          @Override
          public void close() throws IOException {
            server.close();
          }
        },
        server.getLocalPort(),
        false);
  }

  /** Connects to a source that listens, and serves it. */
  static EgdTestServer connecting(SocketChannel channel) {
    CountDownLatch once = new CountDownLatch(1);
    return new EgdTestServer(
        new Door() {
          private boolean used;

          @Override
          public Connection accept() throws IOException {
            if (!used) {
              used = true;
              return connection(channel);
            }
            try {
              once.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
            throw new IOException("that was all");
          }

          @Override
          public void close() {
            once.countDown();
          }
        },
        0,
        false);
  }

  /** Serves streams that are there already: a pair of pipes, a terminal. */
  static EgdTestServer on(InputStream in, OutputStream out) {
    CountDownLatch once = new CountDownLatch(1);
    return new EgdTestServer(
        new Door() {
          private boolean used;

          @Override
          public Connection accept() throws IOException {
            if (!used) {
              used = true;
              return new Connection(in, out, () -> {});
            }
            try {
              once.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
            throw new IOException("that was all");
          }

          @Override
          public void close() {
            once.countDown();
          }
        },
        0,
        false);
  }

  private static Connection connection(SocketChannel channel) {
    return new Connection(
        Channels.newInputStream(channel), Channels.newOutputStream(channel), channel);
  }

  private static Connection connection(Socket socket) throws IOException {
    return new Connection(socket.getInputStream(), socket.getOutputStream(), socket);
  }

  int port() {
    return port;
  }

  int accepted() {
    return accepted.get();
  }

  /** Connections that have been served to their end. */
  int ended() {
    return ended.get();
  }

  /** Bytes asked for so far, on all connections. */
  int requested() {
    return requested.get();
  }

  /** The bytes of the stream that have been handed out so far. */
  byte[] handedOut() {
    return Arrays.copyOf(STREAM, handed.get());
  }

  static byte[] stream(int from, int to) {
    return Arrays.copyOfRange(STREAM, from, to);
  }

  void speak() {
    open.countDown();
  }

  /** Has the connections that are, and those to come, broken off after so many bytes. */
  void breakAfter(int bytes) {
    breakAfter = bytes;
  }

  private void accept() {
    try {
      while (true) {
        Connection connection = door.accept();
        synchronized (connections) {
          connections.add(connection);
        }
        accepted.incrementAndGet();
        start("serve", () -> serve(connection));
      }
    } catch (IOException e) {
      // closed
    }
  }

  private void serve(Connection connection) {
    int sent = 0;
    try {
      while (true) {
        int command = connection.in.read();
        if (command < 0) {
          break;
        }
        int count = connection.in.read();
        if (command != 2 || count < 1) {
          throw new IOException("a client sent " + command + " " + count);
        }
        requested.addAndGet(count);
        open.await();
        int limit = breakAfter;
        int part = limit > 0 ? Math.max(0, Math.min(count, limit - sent)) : count;
        int from = handed.getAndAdd(part);
        connection.out.write(STREAM, from, part);
        connection.out.flush();
        sent += part;
        if (part < count) {
          throw new EOFException("broken off as told");
        }
      }
    } catch (IOException | InterruptedException e) {
      // what a client makes of it is what is tested
    } finally {
      close(connection);
      ended.incrementAndGet();
    }
  }

  private static void close(Connection connection) {
    try {
      connection.socket.close();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static void start(String name, Runnable task) {
    Thread thread = new Thread(task, "egd-test-" + name);
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() throws IOException {
    open.countDown();
    door.close();
    synchronized (connections) {
      connections.forEach(EgdTestServer::close);
    }
  }
}
