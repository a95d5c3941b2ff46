package io.virtentropy.backends.egd;

import io.virtentropy.backends.egd.tls.TlsEngines;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;

/** Connects to a socket of a server: unix, or TCP with or without TLS. */
final class SocketConnector implements Connector {
  private final EgdLoop loop;
  private final EgdAddress address;
  private final HostLookup lookup;
  private final Supplier<SSLContext> tls;
  private SocketChannel connecting;
  private Handshake shaking;

  SocketConnector(EgdLoop loop, EgdAddress.Unix address) {
    this.loop = loop;
    this.address = address;
    this.lookup = null;
    this.tls = null;
  }

  /**
   * Connects by TCP.
   *
   * @param tls null for none
   */
  SocketConnector(EgdLoop loop, EgdAddress.Tcp address, Supplier<SSLContext> tls) {
    this.loop = loop;
    this.address = address;
    this.lookup = new HostLookup(loop, address.host(), address.port());
    this.tls = tls;
  }

  @Override
  public void connect(LinkEvents events) {
    if (address instanceof EgdAddress.Unix unix) {
      connect(UnixDomainSocketAddress.of(unix.path()), events);
    } else {
      lookup.next(found -> connect(found, events), events::failed);
    }
  }

  private void connect(SocketAddress to, LinkEvents events) {
    try {
      SocketChannel channel =
          lookup == null ? SocketChannel.open(StandardProtocolFamily.UNIX) : SocketChannel.open();
      connecting = channel;
      channel.configureBlocking(false);
      if (channel.connect(to)) {
        connected(channel, loop.register(channel, 0, () -> {}), events);
        return;
      }
      SelectionKey[] key = new SelectionKey[1];
      key[0] =
          loop.register(channel, SelectionKey.OP_CONNECT, () -> finish(channel, key[0], events));
    } catch (IOException e) {
      refused(e, events);
    }
  }

  private void finish(SocketChannel channel, SelectionKey key, LinkEvents events) {
    try {
      if (channel.finishConnect()) {
        connected(channel, key, events);
      }
    } catch (IOException e) {
      refused(e, events);
    }
  }

  private void connected(SocketChannel channel, SelectionKey key, LinkEvents events)
      throws IOException {
    key.interestOps(0);
    if (lookup != null) {
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
    }
    if (tls == null) {
      StreamLink link = new StreamLink(channel, key, events);
      key.attach(link);
      connecting = null;
      events.opened(link);
      return;
    }
    EgdAddress.Tcp tcp = (EgdAddress.Tcp) address;
    SSLEngine engine = TlsEngines.client(tls.get(), tcp.host(), tcp.port());
    connecting = null;
    shaking = new Handshake(events);
    shaking.begin(channel, key, engine);
  }

  private void refused(IOException e, LinkEvents events) {
    abort();
    events.failed(EgdSession.words(e));
  }

  @Override
  public void abort() {
    if (lookup != null) {
      lookup.abort();
    }
    if (connecting != null) {
      Sockets.closeQuietly(connecting);
      connecting = null;
    }
    if (shaking != null) {
      shaking.abort();
      shaking = null;
    }
  }

  @Override
  public boolean listens() {
    return false;
  }
}
