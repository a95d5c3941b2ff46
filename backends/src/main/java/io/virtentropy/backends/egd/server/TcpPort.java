package io.virtentropy.backends.egd.server;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;

/**
 * Ports of this machine and others: what they are called, which are acceptable, and how to listen.
 */
final class TcpPort {
  private TcpPort() {}

  static Listening.Bound bind(InetSocketAddress address) throws IOException {
    ServerSocketChannel channel = ServerSocketChannel.open();
    try {
      // A restart must not wait for what the last one's connections left behind.
      channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      channel.bind(address, Listening.BACKLOG);
      String name = name((InetSocketAddress) channel.getLocalAddress());
      return new Listening.Bound(channel, name, () -> {});
    } catch (IOException e) {
      channel.close();
      throw new IOException(name(address) + " can't be listened on: " + e.getMessage(), e);
    }
  }

  static String name(InetSocketAddress address) {
    String host =
        address.isUnresolved() ? address.getHostString() : address.getAddress().getHostAddress();
    return "tcp:" + (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + address.getPort();
  }

  static void requireResolved(InetSocketAddress address) {
    if (address.isUnresolved()) {
      throw new IllegalArgumentException("the host '" + address.getHostString() + "' is unknown");
    }
  }

  static void requireLoopback(InetSocketAddress address) {
    requireResolved(address);
    if (!address.getAddress().isLoopbackAddress()) {
      throw new IllegalArgumentException(
          name(address)
              + " is no loopback address, and without TLS entropy does not leave this machine;"
              + " a loopback address, or TLS, is accepted");
    }
  }
}
