package io.virtentropy.backends.egd;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;

/** A stream socket, as it is. */
final class StreamLink implements Link, EgdLoop.Selected {
  private final SocketChannel channel;
  private final SelectionKey key;
  private final LinkEvents events;

  StreamLink(SocketChannel channel, SelectionKey key, LinkEvents events) {
    this.channel = channel;
    this.key = key;
    this.events = events;
  }

  @Override
  public void selected() {
    events.ready();
  }

  @Override
  public int read(ByteBuf in, int most) throws IOException {
    return in.writeBytes(channel, most);
  }

  @Override
  public void write(ByteBuf out) throws IOException {
    int unused = out.readBytes(channel, out.readableBytes());
  }

  @Override
  public void want(int bytes, boolean room) {
    Sockets.want(key, bytes > 0, room);
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
