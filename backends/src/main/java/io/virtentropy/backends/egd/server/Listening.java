package io.virtentropy.backends.egd.server;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** An endpoint where clients connect. */
final class Listening implements Endpoint {
  /** How many may wait to be taken; ESDM's figure. Linux caps it by {@code net.core.somaxconn}. */
  static final int BACKLOG = 2048;

  /** The most connections taken before others have their turn. */
  private static final int TAKEN_AT_ONCE = 64;

  /** Opens the socket; apart from the constructor because it may fail. */
  interface Opener {
    /** Binds it. */
    Bound open() throws IOException;
  }

  /** A socket that listens, its name, and what remains to be done when it is closed. */
  record Bound(ServerSocketChannel channel, String name, Runnable afterClose) {}

  private final EgdServer server;
  private final EgdService service;
  private final EgdTls tls;
  private final Opener opener;
  private final Retry retry;
  private Bound bound;
  private SelectionKey key;

  Listening(EgdServer server, EgdService service, EgdTls tls, Opener opener) {
    this.server = server;
    this.service = service;
    this.tls = tls;
    this.opener = opener;
    this.retry = new Retry(server, this::listenAgain);
  }

  @Override
  public void open() throws IOException {
    bound = opener.open();
    bound.channel().configureBlocking(false);
    key = server.register(bound.channel(), SelectionKey.OP_ACCEPT, this);
  }

  @Override
  public String name() {
    return bound.name();
  }

  @Override
  public void ready() {
    try {
      for (int i = 0; i < TAKEN_AT_ONCE && key.isValid(); i++) {
        SocketChannel taken = bound.channel().accept();
        if (taken == null) {
          break;
        }
        retry.succeeded();
        Connection unused =
            server
                .admission()
                .take(
                    taken, bound.name(), service, tls == null ? null : tls::forListening, null, 0);
      }
    } catch (IOException e) {
      // Out of descriptors, most likely: the event would come again at once.
      key.interestOps(0);
      if (retry.failed()) {
        server
            .listener()
            .unreachable(bound.name(), "no connection can be taken: " + e.getMessage());
      }
    }
  }

  @Override
  public void established() {
    // The socket listens whatever becomes of it.
  }

  @Override
  public void ended(EgdPeer peer, String failure) {
    // The next client comes by itself.
  }

  private void listenAgain() {
    if (key.isValid()) {
      key.interestOps(SelectionKey.OP_ACCEPT);
    }
  }

  @Override
  public void stop() {
    retry.clear();
    if (bound == null) {
      return;
    }
    try {
      bound.channel().close();
    } catch (IOException e) {
      server.log("a listening socket could not be closed", e);
    }
    bound.afterClose().run();
  }
}
