package io.virtentropy.backends.egd;

import io.netty.buffer.ByteBuf;
import io.virtentropy.backends.egd.tls.TlsStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;

/** A stream socket with TLS on it. */
final class TlsLink implements Link, EgdLoop.Selected {
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0).asReadOnlyBuffer();

  private final SocketChannel channel;
  private final SelectionKey key;
  private final TlsStream stream;
  private final LinkEvents events;
  private IOException broken;
  private boolean opened;
  private boolean closed;

  TlsLink(SocketChannel channel, SelectionKey key, SSLEngine engine, LinkEvents events)
      throws SSLException {
    this.channel = channel;
    this.key = key;
    this.stream = new TlsStream(channel, engine);
    this.events = events;
  }

  void begin() {
    selected();
  }

  @Override
  public void selected() {
    if (opened) {
      try {
        stream.flush();
      } catch (IOException e) {
        broken = e; // for the next read to tell
      }
      events.ready();
      return;
    }
    try {
      if (stream.read(NOTHING) == END) {
        throw new EOFException("the connection ended during the handshake");
      }
    } catch (IOException e) {
      sayGoodbye();
      events.failed("TLS: " + EgdSession.words(e));
      return;
    }
    if (!stream.isReady() || stream.hasOutput()) {
      Sockets.want(key, !stream.hasOutput(), stream.hasOutput());
      return;
    }
    opened = true;
    events.opened(this);
  }

  @Override
  public int read(ByteBuf in, int most) throws IOException {
    if (broken != null) {
      throw broken;
    }
    int n = stream.read(in.internalNioBuffer(in.writerIndex(), most));
    if (n > 0) {
      in.writerIndex(in.writerIndex() + n);
    }
    return n;
  }

  @Override
  public boolean hasBuffered() {
    return stream.hasInput();
  }

  @Override
  public void write(ByteBuf out) throws IOException {
    ByteBuffer data = out.internalNioBuffer(out.readerIndex(), out.readableBytes());
    int before = data.remaining();
    stream.write(data);
    out.skipBytes(before - data.remaining());
  }

  @Override
  public void want(int bytes, boolean room) {
    Sockets.want(key, bytes > 0, room || stream.hasOutput());
  }

  @Override
  public boolean endsWhatIsOwed() {
    return true;
  }

  /** Tries once to tell the other side, also why a handshake failed. */
  private void sayGoodbye() {
    try {
      stream.shutDown();
    } catch (IOException e) {
      System.getLogger(EgdBackend.class.getName())
          .log(System.Logger.Level.TRACE, "ending TLS: {0}", e.getMessage());
    }
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    sayGoodbye();
    Sockets.closeQuietly(channel);
  }
}
