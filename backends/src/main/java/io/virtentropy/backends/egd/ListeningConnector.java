package io.virtentropy.backends.egd;

import io.virtentropy.backends.EntropySourceException;
import io.virtentropy.backends.EntropySourceException.Reason;
import io.virtentropy.backends.egd.tls.TlsEngines;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;

/**
 * Waits for the server to connect, as QEMU does with {@code server=on}: one connection at a time;
 * who comes meanwhile waits in the socket's queue.
 */
final class ListeningConnector implements Connector {
  /** Servers that may wait to be let in; there is to be one. */
  private static final int BACKLOG = 1;

  private final EgdAddress address;
  private final Supplier<SSLContext> tls;
  private final ServerSocketChannel server;
  private final SelectionKey key;
  private final EgdLoop loop;
  private final AtomicBoolean closed = new AtomicBoolean();
  private LinkEvents events;
  private Handshake shaking;

  /**
   * Listens from now on.
   *
   * @param tls null for none
   * @throws EntropySourceException if the address can't be listened on
   */
  ListeningConnector(EgdLoop loop, EgdAddress address, Supplier<SSLContext> tls) {
    this.loop = loop;
    this.address = address;
    this.tls = tls;
    ServerSocketChannel opened = null;
    try {
      opened =
          address instanceof EgdAddress.Unix unix ? listen(unix) : listen((EgdAddress.Tcp) address);
      opened.configureBlocking(false);
      this.server = opened;
      this.key = loop.register(opened, 0, this::accept);
    } catch (IOException e) {
      if (opened != null) {
        Sockets.closeQuietly(opened);
      }
      throw new EntropySourceException(
          Reason.IO_ERROR, "egd:" + address + " can't be listened on: " + EgdSession.words(e), e);
    }
  }

  private static ServerSocketChannel listen(EgdAddress.Unix unix) throws IOException {
    Path path = unix.path();
    if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      removeStale(path);
    }
    ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      channel.bind(UnixDomainSocketAddress.of(path), BACKLOG);
      // Whoever may connect decides what this source delivers.
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
      return channel;
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** Removes a socket that nobody listens on any more, and nothing else. */
  private static void removeStale(Path path) throws IOException {
    int type = (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS) & 0170000;
    if (type != 0140000) { // S_IFSOCK
      throw new IOException("the path is in use, and not by a socket");
    }
    try (SocketChannel probe = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      throw new IOException("somebody listens there already (" + probe + ")");
    } catch (java.net.ConnectException e) {
      Files.delete(path);
    }
  }

  private static ServerSocketChannel listen(EgdAddress.Tcp tcp) throws IOException {
    InetSocketAddress local =
        tcp.host().isEmpty()
            ? new InetSocketAddress(tcp.port())
            : new InetSocketAddress(InetAddress.getByName(tcp.host()), tcp.port());
    ServerSocketChannel channel = ServerSocketChannel.open();
    try {
      channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      channel.bind(local, BACKLOG);
      return channel;
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** Where it listens, for those who left the choice of the port to the system. */
  SocketAddress localAddress() {
    try {
      return server.getLocalAddress();
    } catch (IOException e) {
      throw new EntropySourceException(Reason.CLOSED, "egd:" + address + " is closed", e);
    }
  }

  @Override
  public void connect(LinkEvents listener) {
    events = listener;
    if (key.isValid()) {
      key.interestOps(SelectionKey.OP_ACCEPT);
    }
  }

  private void accept() {
    SocketChannel channel = null;
    try {
      channel = server.accept();
      if (channel == null) {
        return;
      }
      key.interestOps(0);
      channel.configureBlocking(false);
      SelectionKey accepted = loop.register(channel, 0, () -> {});
      if (address instanceof EgdAddress.Tcp) {
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
      }
      if (tls == null) {
        StreamLink link = new StreamLink(channel, accepted, events);
        accepted.attach(link);
        events.opened(link);
      } else {
        events.arrived();
        shaking = new Handshake(events);
        shaking.begin(channel, accepted, TlsEngines.server(tls.get(), true));
      }
    } catch (IOException e) {
      if (channel != null) {
        Sockets.closeQuietly(channel);
      }
      events.failed(EgdSession.words(e));
    }
  }

  @Override
  public void abort() {
    if (key.isValid()) {
      key.interestOps(0);
    }
    if (shaking != null) {
      shaking.abort();
      shaking = null;
    }
  }

  @Override
  public boolean listens() {
    return true;
  }

  /** From any thread: who opens the same address next must find it free. */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    Sockets.closeQuietly(server);
    if (address instanceof EgdAddress.Unix unix) {
      try {
        Files.deleteIfExists(unix.path());
      } catch (IOException e) {
        System.getLogger(EgdBackend.class.getName())
            .log(System.Logger.Level.DEBUG, "removing {0}: {1}", unix.path(), e.getMessage());
      }
    }
  }
}
