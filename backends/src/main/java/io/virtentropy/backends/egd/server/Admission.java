package io.virtentropy.backends.egd.server;

import io.virtentropy.backends.egd.tls.TlsStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.nio.file.attribute.UserPrincipal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import jdk.net.ExtendedSocketOptions;

/** Who is connected, who is let in, and who is sent away again. */
final class Admission {
  /** What the kernel may hold of a client's replies: bytes that are lost if it never reads them. */
  private static final int SEND_BUFFER_BYTES = 16_384;

  private final EgdServer server;
  private final int maxConnections;
  private final List<Connection> connections = new ArrayList<>();

  /** Those whose handshake is not over, oldest first. */
  private final ArrayDeque<Connection> shaking = new ArrayDeque<>();

  private final ArrayDeque<Session.Buffers> spare = new ArrayDeque<>();
  private long nextNumber = 1;

  Admission(EgdServer server, int maxConnections) {
    this.server = server;
    this.maxConnections = maxConnections;
  }

  /** The connections that are there, in no order; one that ends makes the last take its place. */
  List<Connection> connections() {
    return connections;
  }

  /** Begins to serve a connection; null if it was refused, and is closed. */
  Connection take(
      SocketChannel channel,
      String name,
      EgdService service,
      Supplier<SSLEngine> tls,
      Endpoint endpoint,
      int owed) {
    server.counters().increment(EgdServerCounter.CONNECTIONS);
    EgdPeer peer = null;
    try {
      channel.configureBlocking(false);
      peer = describe(channel, name);
      String refusal = refusal(peer, service);
      if (refusal == null) {
        return begin(channel, peer, service, tls, endpoint, owed);
      }
      server.counters().increment(EgdServerCounter.REFUSED);
      server.listener().refused(peer, refusal);
    } catch (IOException e) {
      server.counters().increment(EgdServerCounter.REFUSED);
      EgdPeer known = peer == null ? new EgdPeer(nextNumber++, name, "", null) : peer;
      server.listener().refused(known, "the connection can't be used: " + e.getMessage());
    }
    closeQuietly(channel);
    return null;
  }

  private String refusal(EgdPeer peer, EgdService service) {
    if (connections.size() >= maxConnections) {
      return maxConnections + " others are connected already, which is the most";
    }
    return service.admits(peer) ? null : "it is not admitted here";
  }

  private Connection begin(
      SocketChannel channel,
      EgdPeer peer,
      EgdService service,
      Supplier<SSLEngine> tls,
      Endpoint endpoint,
      int owed)
      throws IOException {
    TlsStream stream = tls == null ? null : new TlsStream(channel, tls.get());
    Link link = stream == null ? new Link.Plain(channel) : new Link.Tls(stream);
    Session.Buffers buffers = spare.isEmpty() ? new Session.Buffers() : spare.pop();
    Connection connection =
        new Connection(server, service, peer, channel, link, buffers, endpoint, owed);
    if (stream != null) {
      stream.computeBy(task -> server.handshakes().compute(task, connection));
    }
    connection.open();
    connection.index = connections.size();
    connections.add(connection);
    if (tls != null && endpoint == null) {
      shaking.addLast(connection);
      if (shaking.size() > EgdServer.MAX_HANDSHAKES) {
        shaking.removeFirst().refuse("it was crowded out, by newer handshakes than its own");
      }
    }
    connection.begin();
    return connection;
  }

  /** The handshake of a connection is over. */
  void established(Connection connection) {
    stopShaking(connection);
    server.listener().connected(connection.peer());
  }

  private void stopShaking(Connection connection) {
    shaking.removeIf(one -> one == connection);
  }

  private EgdPeer describe(SocketChannel channel, String name) throws IOException {
    SocketAddress remote = channel.getRemoteAddress();
    channel.setOption(StandardSocketOptions.SO_SNDBUF, SEND_BUFFER_BYTES);
    if (remote instanceof InetSocketAddress inet) {
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
      return new EgdPeer(nextNumber++, name, TcpPort.name(inet), null);
    }
    UserPrincipal user =
        channel.supportedOptions().contains(ExtendedSocketOptions.SO_PEERCRED)
            ? channel.getOption(ExtendedSocketOptions.SO_PEERCRED).user()
            : null;
    return new EgdPeer(nextNumber++, name, "", user);
  }

  /** A connection has ended; its buffers are wiped. */
  void ended(Connection connection, Session.Buffers buffers, boolean served) {
    server
        .counters()
        .increment(served ? EgdServerCounter.DISCONNECTIONS : EgdServerCounter.REFUSED);
    if (!served) {
      stopShaking(connection);
    }
    spare.push(buffers);
    int last = connections.size() - 1;
    Connection moved = connections.remove(last);
    if (moved != connection) {
      connections.set(connection.index, moved);
      moved.index = connection.index;
    }
  }

  private void closeQuietly(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      server.log("a socket could not be closed", e);
    }
  }
}
