package io.virtentropy.backends.egd;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;

/**
 * UDP: each datagram carries commands or replies, and may get lost. A new link has a new port, so
 * what is late for the old one never arrives.
 */
final class DatagramConnector implements Connector {
  private final EgdLoop loop;
  private final HostLookup lookup;

  DatagramConnector(EgdLoop loop, EgdAddress.Udp address) {
    this.loop = loop;
    this.lookup = new HostLookup(loop, address.host(), address.port());
  }

  @Override
  public void connect(LinkEvents events) {
    lookup.next(address -> connect(address, events), events::failed);
  }

  private void connect(InetSocketAddress address, LinkEvents events) {
    DatagramChannel channel = null;
    DatagramLink link;
    try {
      channel = DatagramChannel.open();
      channel.configureBlocking(false);
      channel.connect(address);
      link = new DatagramLink(channel, events);
      link.key = loop.register(channel, 0, link);
    } catch (IOException e) {
      if (channel != null) {
        Sockets.closeQuietly(channel);
      }
      events.failed(EgdSession.words(e));
      return;
    }
    events.opened(link);
  }

  @Override
  public void abort() {
    lookup.abort();
  }

  @Override
  public boolean listens() {
    return false;
  }

  private static final class DatagramLink implements Link, EgdLoop.Selected {
    private final DatagramChannel channel;
    private final LinkEvents events;
    private SelectionKey key;

    DatagramLink(DatagramChannel channel, LinkEvents events) {
      this.channel = channel;
      this.events = events;
    }

    @Override
    public void selected() {
      events.ready();
    }

    @Override
    public int read(ByteBuf in, int most) throws IOException {
      int from = in.writerIndex();
      int n = Math.max(0, in.writeBytes(channel, in.writableBytes()));
      int kept = Math.min(n, most);
      in.setZero(from + kept, n - kept);
      in.writerIndex(from + kept);
      return kept;
    }

    @Override
    public boolean cutsSurplus() {
      return true; // a datagram can come twice, or late
    }

    @Override
    public void write(ByteBuf out) throws IOException {
      int unused = out.readBytes(channel, out.readableBytes());
    }

    @Override
    public void want(int bytes, boolean room) {
      Sockets.want(key, true, room); // what is late is taken away
    }

    @Override
    public boolean endsWhatIsOwed() {
      return true;
    }

    @Override
    public void close() {
      Sockets.closeQuietly(channel);
    }
  }
}
