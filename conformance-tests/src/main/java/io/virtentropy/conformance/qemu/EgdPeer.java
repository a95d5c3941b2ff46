package io.virtentropy.conformance.qemu;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * An entropy gathering daemon in a test's hands: it listens where QEMU's {@code rng-egd} connects,
 * shows what QEMU asks for, and answers what and when the test says.
 *
 * <p>QEMU sends the command 2 and a count of 1 to 255, and expects that many bytes and nothing
 * else. Nothing here waits or has a thread: {@link #takeBytes()} gives what has arrived, so the
 * test lets QEMU take a turn first ({@link QtestClient#turn()}).
 */
public final class EgdPeer implements AutoCloseable {
  private static final int BLOCKING_READ = 2;

  private final Path path;
  private final ServerSocketChannel server;
  private final ByteBuffer in = ByteBuffer.allocate(4096);
  private final ByteArrayOutputStream arrived = new ByteArrayOutputStream();
  private SocketChannel connection;
  private ByteBuffer unsent = ByteBuffer.allocate(0);
  private int halfCommand = -1;

  private EgdPeer(Path path, ServerSocketChannel server) {
    this.path = path;
    this.server = server;
  }

  /**
   * Listens. QEMU connects while it starts, so the peer has to be there before.
   *
   * @param path of a socket that isn't there yet
   * @return one that QEMU may connect to
   * @throws IOException if the path can't be listened on
   */
  public static EgdPeer listen(Path path) throws IOException {
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      server.bind(UnixDomainSocketAddress.of(path));
      server.configureBlocking(false);
      return new EgdPeer(path, server);
    } catch (IOException | RuntimeException e) {
      server.close();
      throw e;
    }
  }

  /**
   * Where QEMU is to connect.
   *
   * @return the socket's path
   */
  public Path path() {
    return path;
  }

  /**
   * What QEMU has sent since the last call, as it is.
   *
   * @return nothing if nothing has arrived
   */
  public byte[] takeBytes() {
    drain();
    byte[] taken = arrived.toByteArray();
    arrived.reset();
    return taken;
  }

  /** Makes room in the socket: keeps what has arrived for {@link #takeBytes()}. */
  void drain() {
    if (!isConnected()) {
      return;
    }
    try {
      while (connection.read(in.clear()) > 0) {
        arrived.write(in.array(), 0, in.position());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The counts in what QEMU has sent since the last call.
   *
   * @return 1 to 255 each, in order
   * @throws IllegalStateException if QEMU sent anything but the blocking read, command 2
   */
  public List<Integer> takeRequests() {
    List<Integer> counts = new ArrayList<>();
    byte[] bytes = takeBytes();
    for (byte next : bytes) {
      if (halfCommand >= 0) {
        counts.add(next & 0xff);
        halfCommand = -1;
      } else if (next == BLOCKING_READ) {
        halfCommand = next;
      } else {
        throw new IllegalStateException(
            "an EGD client sent " + HexFormat.of().formatHex(bytes) + ", which holds no command 2");
      }
    }
    return counts;
  }

  /**
   * Answers. What the socket doesn't hold is kept for {@link #flush()}, so this never waits.
   *
   * @param bytes any number, fewer or more than QEMU asked for included
   * @throws IllegalStateException if QEMU isn't connected
   */
  public void send(byte[] bytes) {
    if (!isConnected()) {
      throw new IllegalStateException("nobody is connected to " + path);
    }
    ByteBuffer both = ByteBuffer.allocate(unsent.remaining() + bytes.length);
    unsent = both.put(unsent).put(bytes).flip();
    boolean unused = flush();
  }

  /**
   * Goes on sending.
   *
   * @return whether all that was to be sent is on the socket
   */
  public boolean flush() {
    try {
      while (unsent.hasRemaining() && isConnected()) {
        if (connection.write(unsent) == 0) {
          return false;
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return !unsent.hasRemaining();
  }

  /**
   * Whether QEMU is connected, as far as this side knows.
   *
   * @return whether {@link #send} is possible
   */
  public boolean isConnected() {
    if (connection == null) {
      try {
        connection = server.accept();
        if (connection != null) {
          connection.configureBlocking(false);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return connection != null;
  }

  /** Ends the connection; the peer goes on listening. */
  public void disconnect() {
    if (isConnected()) {
      try {
        connection.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      connection = null;
      halfCommand = -1;
      arrived.reset();
      unsent.clear().limit(0);
    }
  }

  /** Ends the connection and removes the socket. */
  @Override
  public void close() throws IOException {
    try (server) {
      disconnect();
    } finally {
      Files.deleteIfExists(path);
    }
  }
}
