package io.virtentropy.backends.egd;

import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;

/** The part of an attempt to connect in which TLS is agreed on. */
final class Handshake implements LinkEvents {
  private final LinkEvents outer;
  private TlsLink link;

  Handshake(LinkEvents outer) {
    this.outer = outer;
  }

  void begin(SocketChannel channel, SelectionKey key, SSLEngine engine) {
    try {
      link = new TlsLink(channel, key, engine, this);
    } catch (SSLException e) {
      Sockets.closeQuietly(channel);
      outer.failed("TLS: " + EgdSession.words(e));
      return;
    }
    key.attach(link);
    link.begin();
  }

  @Override
  public void arrived() {
    outer.arrived();
  }

  @Override
  public void opened(Link opened) {
    link = null; // from now on whose it was opened for
    outer.opened(opened);
  }

  @Override
  public void failed(String reason) {
    abort();
    outer.failed(reason);
  }

  @Override
  public void ready() {
    outer.ready();
  }

  void abort() {
    if (link != null) {
      link.close();
      link = null;
    }
  }
}
