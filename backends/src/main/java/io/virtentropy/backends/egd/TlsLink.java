package io.virtentropy.backends.egd;

import io.netty.buffer.ByteBuf;
import io.virtentropy.backends.Wipe;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;

/**
 * A stream socket with TLS on it, by the JDK's engine.
 *
 * <pre>
 *   socket ──▶ received ── unwrap ──▶ plain ──▶ read
 *   socket ◀── unsent  ◀── wrap ◀───────────── write
 * </pre>
 *
 * <p>What has been decrypted lies in {@code plain} until it is read, and is wiped there. What the
 * JDK's engine copies inside itself is out of reach.
 */
final class TlsLink implements Link, EgdLoop.Selected {
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0).asReadOnlyBuffer();

  private final SocketChannel channel;
  private final SelectionKey key;
  private final SSLEngine engine;
  private final LinkEvents events;

  /** Of the network, ready to be unwrapped. */
  private final ByteBuffer received;

  /** For the network, ready to be sent. */
  private final ByteBuffer unsent;

  /** Decrypted, ready to be read. */
  private final ByteBuffer plain;

  private IOException broken;
  private boolean opened;
  private boolean ended;
  private boolean closed;

  TlsLink(SocketChannel channel, SelectionKey key, SSLEngine engine, LinkEvents events) {
    this.channel = channel;
    this.key = key;
    this.engine = engine;
    this.events = events;
    int packet = engine.getSession().getPacketBufferSize();
    this.received = ByteBuffer.allocateDirect(packet).limit(0);
    this.unsent = ByteBuffer.allocateDirect(2 * packet).limit(0);
    this.plain = ByteBuffer.allocateDirect(engine.getSession().getApplicationBufferSize()).limit(0);
  }

  void begin() {
    selected();
  }

  @Override
  public void selected() {
    if (opened) {
      try {
        boolean unused = flush();
      } catch (IOException e) {
        broken = e; // for the next read to tell
      }
      events.ready();
      return;
    }
    try {
      engine.beginHandshake();
      if (!shake()) {
        Sockets.want(key, !unsent.hasRemaining(), unsent.hasRemaining());
        return;
      }
    } catch (IOException e) {
      sayGoodbye();
      events.failed("TLS: " + EgdSession.words(e));
      return;
    }
    opened = true;
    events.opened(this);
  }

  /** Goes on with the handshake as far as can be; true once it is over and all of it sent. */
  private boolean shake() throws IOException {
    while (true) {
      if (!flush()) {
        return false;
      }
      switch (engine.getHandshakeStatus()) {
        case NEED_TASK -> runTasks();
        case NEED_WRAP -> wrap(NOTHING);
        case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
          if (!unwrap()) {
            if (ended) {
              throw new EOFException("the connection ended during the handshake");
            }
            return false;
          }
        }
        case FINISHED, NOT_HANDSHAKING -> {
          return true;
        }
      }
    }
  }

  private void runTasks() {
    Runnable task;
    while ((task = engine.getDelegatedTask()) != null) {
      task.run(); // some milliseconds, once per connection
    }
  }

  /** Encrypts; there must be nothing unsent. */
  private void wrap(ByteBuffer data) throws IOException {
    unsent.clear();
    try {
      SSLEngineResult result = engine.wrap(data, unsent);
      if (result.getStatus() == SSLEngineResult.Status.CLOSED && unsent.position() == 0) {
        throw new EOFException("the connection was closed");
      }
    } finally {
      unsent.flip();
    }
  }

  private boolean flush() throws IOException {
    if (unsent.hasRemaining()) {
      int unused = channel.write(unsent);
    }
    return !unsent.hasRemaining();
  }

  /** Decrypts one record into {@link #plain}; false if none is there. */
  private boolean unwrap() throws IOException {
    while (true) {
      plain.compact();
      SSLEngineResult result;
      try {
        result = engine.unwrap(received, plain);
      } finally {
        plain.flip();
      }
      switch (result.getStatus()) {
        case OK -> {
          return true;
        }
        case BUFFER_UNDERFLOW -> {
          if (!receive()) {
            return false;
          }
        }
        case CLOSED -> {
          ended = true;
          return false;
        }
        case BUFFER_OVERFLOW -> throw new IOException("a record of TLS that is too large");
      }
    }
  }

  private boolean receive() throws IOException {
    received.compact();
    int n;
    try {
      n = channel.read(received);
    } finally {
      received.flip();
    }
    if (n < 0) {
      ended = true;
    }
    return n > 0;
  }

  @Override
  public int read(ByteBuf in, int most) throws IOException {
    if (broken != null) {
      throw broken;
    }
    while (!plain.hasRemaining()) {
      plain.clear().limit(0);
      if (ended || !unwrap()) {
        return ended ? END : 0;
      }
      if (engine.getHandshakeStatus() != HandshakeStatus.NOT_HANDSHAKING) {
        boolean unused = shake(); // a new key, for example; unsent parts go with the next write
      }
    }
    int from = plain.position();
    int part = Math.min(most, plain.remaining());
    int end = plain.limit();
    plain.limit(from + part);
    try {
      in.writeBytes(plain);
    } finally {
      plain.limit(end);
      Wipe.range(plain, from, part);
    }
    return part;
  }

  @Override
  public boolean hasBuffered() {
    return plain.hasRemaining() || received.hasRemaining();
  }

  @Override
  public void write(ByteBuf out) throws IOException {
    if (!flush() || !out.isReadable()) {
      return;
    }
    ByteBuffer data = out.internalNioBuffer(out.readerIndex(), out.readableBytes());
    int before = data.remaining();
    wrap(data);
    out.skipBytes(before - data.remaining());
    boolean unused = flush();
  }

  @Override
  public void want(int bytes, boolean room) {
    Sockets.want(key, bytes > 0, room || unsent.hasRemaining());
  }

  @Override
  public boolean endsWhatIsOwed() {
    return true;
  }

  /** Tries once to tell the other side, also why a handshake failed. */
  private void sayGoodbye() {
    engine.closeOutbound();
    try {
      if (flush()) {
        wrap(NOTHING);
        boolean unused = flush();
      }
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
    Wipe.range(plain.clear(), 0, plain.capacity());
    Wipe.range(received.clear(), 0, received.capacity());
    Wipe.range(unsent.clear(), 0, unsent.capacity());
  }
}
