package io.virtentropy.backends.egd.server;

import io.virtentropy.backends.egd.tls.TlsStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.security.Principal;

/** What moves the bytes of a connection: a socket, or a socket with TLS around it. */
sealed interface Link {
  /**
   * Reads what is there.
   *
   * @return how many bytes, 0 if none, -1 if the peer sends no more
   */
  int read(ByteBuffer target) throws IOException;

  /** Writes what can be written; what is left stays in the buffer. */
  void write(ByteBuffer source) throws IOException;

  /** Whether something of this link's own waits to be written. */
  boolean hasOutput();

  /** Whether a read may bring bytes though the socket has none. */
  boolean hasInput();

  /** Whether it can carry bytes, because its handshake is over. */
  boolean isReady();

  /** Whether something is computed elsewhere, without which nothing can be read. */
  boolean isComputing();

  /** Whether the peer may yet refuse us though the handshake is over on our side. */
  boolean needsProof();

  /** Who the peer's certificate says it is; null if there is none. */
  Principal certified();

  /** Tells the peer that this is the end, as far as can be told without waiting. */
  void shutDown() throws IOException;

  /** A socket. */
  record Plain(SocketChannel channel) implements Link {
    @Override
    public int read(ByteBuffer target) throws IOException {
      return channel.read(target);
    }

    @Override
    public void write(ByteBuffer source) throws IOException {
      int written = channel.write(source);
      assert written >= 0;
    }

    @Override
    public boolean hasOutput() {
      return false;
    }

    @Override
    public boolean hasInput() {
      return false;
    }

    @Override
    public boolean isReady() {
      return true;
    }

    @Override
    public boolean isComputing() {
      return false;
    }

    @Override
    public boolean needsProof() {
      return false;
    }

    @Override
    public Principal certified() {
      return null;
    }

    @Override
    public void shutDown() {
      // Closing the socket says it.
    }
  }

  /** A socket with TLS around it. */
  record Tls(TlsStream stream) implements Link {
    @Override
    public int read(ByteBuffer target) throws IOException {
      return stream.read(target);
    }

    @Override
    public void write(ByteBuffer source) throws IOException {
      stream.write(source);
    }

    @Override
    public boolean hasOutput() {
      return stream.hasOutput();
    }

    @Override
    public boolean hasInput() {
      return stream.hasInput();
    }

    @Override
    public boolean isReady() {
      return stream.isReady();
    }

    @Override
    public boolean isComputing() {
      return stream.isComputing();
    }

    @Override
    public boolean needsProof() {
      return stream.isClient();
    }

    @Override
    public Principal certified() {
      return stream.certified();
    }

    @Override
    public void shutDown() throws IOException {
      stream.shutDown();
    }
  }
}
