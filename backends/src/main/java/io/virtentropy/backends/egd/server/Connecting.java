package io.virtentropy.backends.egd.server;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;

/**
 * An endpoint where the client listens, such as a QEMU started with {@code server=on}. It is
 * connected to again whenever it is lost; who serves and who connects are two matters.
 */
final class Connecting implements Endpoint {
  private final EgdServer server;
  private final EgdService service;
  private final SocketAddress address;
  private final EgdTls tls;
  private final String name;
  private final Retry retry;
  private SocketChannel pending;
  private Connection connection;
  private SelectionKey key;
  private boolean closed;

  /**
   * What the client waits for though it can't say so: it remembers, and its connection was lost.
   */
  private long owed;

  /**
   * Creates an endpoint.
   *
   * @param tls null for none; then the address is a socket's in the file system, or of this machine
   */
  Connecting(EgdServer server, EgdService service, SocketAddress address, EgdTls tls, String name) {
    this.server = server;
    this.service = service;
    this.address = address;
    this.tls = tls;
    this.name = name;
    this.owed = service.primer();
    this.retry = new Retry(server, this::connect);
  }

  @Override
  public void open() {
    connect();
  }

  @Override
  public String name() {
    return name;
  }

  private void connect() {
    try {
      boolean unix = address instanceof UnixDomainSocketAddress;
      pending = unix ? SocketChannel.open(StandardProtocolFamily.UNIX) : SocketChannel.open();
      pending.configureBlocking(false);
      if (pending.connect(current())) {
        connected();
      } else if (unix) {
        failed("too many wait there already"); // such a socket connects at once or not at all
      } else {
        key = server.register(pending, SelectionKey.OP_CONNECT, this);
      }
    } catch (IOException e) {
      failed(e.getMessage());
    }
  }

  /** A host's name is looked up each time, since it may move. */
  private SocketAddress current() {
    return address instanceof InetSocketAddress inet && inet.isUnresolved()
        ? new InetSocketAddress(inet.getHostString(), inet.getPort())
        : address;
  }

  @Override
  public void ready() {
    try {
      if (pending != null && pending.finishConnect()) {
        // The connection registers anew, with its own attachment.
        connected();
      }
    } catch (IOException e) {
      failed(e.getMessage());
    }
  }

  private void connected() throws IOException {
    SocketChannel made = pending;
    pending = null;
    if (key != null) {
      key.interestOps(0);
      key = null;
    }
    retry.clear();
    int debt = (int) owed;
    Supplier<SSLEngine> engine =
        tls == null ? null : () -> tls.forConnecting((InetSocketAddress) address);
    owed = 0; // before it is taken, since it may end at once
    connection = server.admission().take(made, name, service, engine, this, debt);
    if (connection == null) {
      owed = debt;
      retry.soon();
    }
  }

  private void failed(String why) {
    abandon();
    if (retry.failed()) {
      server.listener().unreachable(name, why + "; tried again and again");
    }
  }

  private void abandon() {
    if (pending != null) {
      try {
        pending.close();
      } catch (IOException e) {
        server.log("a socket could not be closed", e);
      }
      pending = null;
      key = null;
    }
  }

  @Override
  public void established() {
    retry.succeeded();
  }

  @Override
  public void ended(EgdPeer peer, String failure) {
    connection = null;
    owed = service.remembersDebts() ? Math.min(peer.owed(), service.maxOwed()) : 0;
    if (closed) {
      return;
    }
    if (failure == null) {
      retry.soon();
    } else {
      failed(failure);
    }
  }

  /** Stops, and ends the connection too. */
  void giveUp() {
    stop();
    if (connection != null) {
      connection.close(EgdDisconnection.Cause.SERVER_CLOSED, "");
    }
  }

  @Override
  public void stop() {
    closed = true;
    retry.clear();
    abandon();
  }
}
